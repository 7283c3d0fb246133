"""Words that say nothing in a question, by language and without accents. Called by the grammar only: documents are indexed whole, so
that phrases stay exact."""

import re
from collections.abc import Sequence

_WORDS = {
    "en": """
    a an the this that these those some any such other another each every both own same
    and or but nor if then else so than as because while although though unless until
    of in on at by for from to into onto with without within about between among through during over under
    after before above below up down out off again against per via upon towards toward
    i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his she her hers it its itself
    they them their theirs themselves someone somebody anyone anybody everyone everybody one ones
    am is are was were be been being do does did doing done has have had having
    can could may might must shall should will would cannot cant couldnt shouldnt wouldnt wont dont doesnt didnt isnt arent wasnt werent
    hasnt havent hadnt im ive ill id youre youve youll youd hes shes weve well wed theyre theyve theyll theyd thats theres whats
    who whom whose what which when where why how whether
    there here now just only very too also not no yes ever never please
    tell explain know want need like get got getting let lets make making made use uses used using
    way ways thing things something anything everything possible
    """,
    "de": """
    der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner dieser diese dieses diesen diesem
    jener jene jenes und oder aber wenn dann sonst als wie weil dass ob damit obwohl falls bis sondern denn
    in im ins an am ans auf aus bei beim mit nach seit von vom zu zum zur fur durch gegen ohne um uber unter vor vorm zwischen neben hinter
    ich mich mir mein meine meinen meinem meiner du dich dir dein deine er ihn ihm sein seine seinen seinem seiner
    sie ihr ihre ihren ihrem ihrer es wir uns unser unsere unseren unserem unserer euch euer eure man sich jemand
    alle allen aller alles andere anderen jede jeder jedes jeden
    bin bist ist sind seid war waren gewesen werden wird wurde wurden worden hat habe haben hatte hatten
    kann konnen konnte konnten mussen muss mussten soll sollen sollte will wollen wollte darf durfen mag mochte mochten
    wer wen wem wessen was welche welcher welches welchen welchem wann wo wohin woher warum wieso weshalb wozu womit
    da dort hier jetzt nur sehr auch nicht nein ja noch schon so doch mal bitte etwa etwas nichts gibt geht macht machen lasst lassen sagen
    """,
    "fr": """
    le la les un une des du de au aux ce cet cette ces ca cela ceci quelque quelques tout toute tous toutes chaque autre autres meme memes
    et ou mais ni si donc car que comme parce puisque lorsque quand
    dans en sur sous a par pour avec sans vers chez entre depuis pendant avant apres contre selon
    je me moi mon ma mes tu te toi ton ta tes il elle on nous vous ils elles lui leur leurs son sa ses notre nos votre vos se soi y
    suis es est sommes etes sont etait etaient etre ete sera seront ai as avons avez ont avait avoir eu
    peut peuvent pouvons pouvez peux doit doivent devons faut fait faire font veut veulent voulez
    qui quoi quel quelle quels quelles dont comment pourquoi combien
    ici maintenant seulement tres trop aussi ne pas non oui plus jamais rien merci dire
    """,
    "es": """
    el la los las lo un una unos unas del de al este esta esto estos estas ese esa eso esos esas aquel aquella algun alguna algunos algunas
    todo toda todos todas cada otro otra otros otras mismo misma
    y e o u pero ni si entonces que como porque mientras aunque cuando
    en a por para con sin sobre entre hasta desde hacia segun durante contra
    yo me mi mis tu te ti tus usted ustedes el ella ello nosotros nuestro nuestra nuestros nuestras vosotros ellos ellas les le se su sus
    nos os soy eres es somos son era eran ser sido sera seran estoy esta estan estaba estar he has ha hemos han habia hay haber
    puede pueden podemos puedo poder debe deben debemos hace hacer hacen quiere quieren quiero
    quien quienes cual cuales cuyo donde cuanto cuanta cuantos cuantas
    aqui ahora solo muy tambien no mas nunca nada gracias decir
    """,
    "it": """
    il lo la i gli le un uno una del dello della dei degli delle al allo alla ai agli alle dal dallo dalla dai dagli dalle
    nel nello nella nei negli nelle sul sullo sulla sui sugli sulle di a da in con su per tra fra questo questa questi queste quello quella
    quelli quelle ogni altro altra altri altre stesso stessa tutto tutta tutti tutte
    e ed o od ma ne se allora che come perche mentre anche quando
    senza sotto sopra verso contro durante dopo prima fino
    io mi me mio mia miei mie tu ti te tuo tua tuoi tue lui lei noi ci nostro nostra nostri nostre voi vi vostro vostra vostri vostre
    loro si suo sua suoi sue
    sono sei siamo siete era erano essere stato stata stati state sara saranno ho hai ha abbiamo avete hanno aveva avere
    puo possono possiamo posso deve devono dobbiamo fa fare fanno vuole vogliono
    chi cosa qual quale quali cui dove quanto quanta quanti quante
    qui ora solo molto non no piu mai niente grazie dire
    """,
    "nl": """
    de het een der den des dit dat deze die sommige elk elke ieder iedere ander andere anderen zelfde alle alles
    en of maar noch als dan want omdat terwijl hoewel tenzij totdat zodat
    in op aan bij door voor van uit naar tot met zonder binnen over onder tussen tijdens na boven tegen per via om te
    ik mij me mijn wij we ons onze jij je jou jouw jullie u uw hij hem zijn zij ze haar hun hen zich iemand iedereen men
    ben bent is was waren geweest wordt worden werd werden heb hebt heeft hebben had hadden
    kan kunnen kon konden moet moeten moest mag mogen zal zullen zou zouden wil willen doet doen gaat
    wie wat welk welke wanneer waar waarom hoe hoeveel waarmee waarvoor
    er daar hier nu alleen zeer heel ook niet geen nee ja nog al wel ooit nooit iets niets graag zeggen
    """,
}

STOP_WORDS = {language: frozenset(words.split()) for language, words in _WORDS.items()}

# words before an apostrophe: "l'offre", "dell'offerta"
_ELISIONS = {
    "fr": "c d j l m n s t qu jusqu lorsqu puisqu quoiqu",
    "it": "l un d c s t n all dall dell nell sull quell quest com dov",
}
ELISIONS = {language: frozenset(words.split()) for language, words in _ELISIONS.items()}

# words that a single letter may follow as a name: "Annex A"
_LETTERED = """
annex appendix article category chapter class exhibit level option part phase plan schedule section series tier type version
anhang anlage artikel kapitel klasse stufe teil annexe partie anexo parte allegato bijlage deel
"""
LETTERED = frozenset(_LETTERED.split())

_GRAMMAR_KANA = re.compile("[\u3041-\u3096\u30fc]{1,2}")  # of Japanese, what is written in hiragana alone is mostly grammar


def is_stop_word(word: str, language: str = "en") -> bool:
    """Whether a folded word says nothing by itself."""
    return word in STOP_WORDS[language] or _GRAMMAR_KANA.fullmatch(word) is not None


def likely_languages(words: Sequence[str], languages: Sequence[str]) -> Sequence[str]:
    """Which of the languages a question may be in: those with the most stop words among its folded words."""
    if len(languages) == 1:
        return languages
    shares = [sum(word in STOP_WORDS[language] for word in words) for language in languages]
    return [language for language, share in zip(languages, shares, strict=True) if share == max(shares)]
