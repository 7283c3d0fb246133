"""Words that say nothing in a question. Called by the grammar only: documents are indexed whole, so that phrases stay exact."""

_WORDS = """
    a an the this that these those some any such other another each every both own same
    and or but nor if then else so than as because while although though unless until
    of in on at by for from to into onto with without within about between among through during over under
    after before above below up down out off again against per via upon towards toward
    i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his she her hers it its itself
    they them their theirs themselves someone somebody anyone anybody everyone everybody one ones
    am is are was were be been being do does did doing done have has had having
    can could may might must shall should will would cannot cant couldnt shouldnt wouldnt wont dont doesnt didnt isnt arent wasnt werent
    hasnt havent hadnt im ive ill id youre youve youll youd hes shes weve well wed theyre theyve theyll theyd thats theres whats
    who whom whose what which when where why how whether
    there here now just only very too also not no yes ever never please
    tell explain know want need like get got getting let lets make making made use uses used using
    way ways thing things something anything everything possible
"""

# words that a single letter may follow as a name: "Annex A"
_LETTERED = "annex appendix article category chapter class exhibit level option part phase plan schedule section series tier type version"

STOP_WORDS = frozenset(_WORDS.split())
LETTERED = frozenset(_LETTERED.split())
