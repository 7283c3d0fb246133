"""Reading a question, house synonyms, and what is marked in an answer; no input may break any of it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.search import rules
from app.search._analysis import stems, tokens
from app.search.rules import Piece, Query, Synonyms, best_sentence, mark_spans, parse, slots, snippet

any_text = st.text(max_size=400) | st.text(alphabet='"*“” abAB.,+#-()[]~^:/\\\n\t\x00é', max_size=300)
NASTY = [
    "[a TO z]",
    "*x*",
    "(" * 5000,
    '"' * 300,
    "a AND NOT (b",
    "\ud800",
    "title:x^9~",
    "'; DROP TABLE",
    "\x00",
    "½ ﬁ ﷺ ǅ ı İ ß",
    "a" * 500,
]


def words(query: Query) -> list[str]:
    return [word.word for word in query.words]


@given(text=any_text)
@example(text='"')
def test_every_input_is_a_question_within_limits(text: str) -> None:
    query = parse(text)
    asked = [*query.words, *(word for phrase in query.phrases for word in phrase)]
    assert len(asked) <= rules.MAX_TERMS
    assert all(word.word and all(word.stems) for word in asked)
    assert all(phrase for phrase in query.phrases)
    assert query.empty == (not tokens(text[: rules.MAX_CHARACTERS]))
    assert slots(query, Synonyms(((text, "dock"), ("dock", "pier"))))[: len(query.words)] or not query.words


@pytest.mark.parametrize("text", NASTY)
def test_hostile_text_is_words(text: str) -> None:
    query = parse(text)
    assert len(query.words) <= rules.MAX_TERMS
    assert mark_spans("some text", text) == [] or query.words


@pytest.mark.parametrize(
    "text, expected",
    [
        ("How do we stop detention fees?", ["stop", "detention", "fees"]),
        ("ISO 5230 part B", ["iso", "5230", "part", "b"]),
        ("Annex A of the plan", ["annex", "a", "plan"]),
        ("WHAT IS ANNEX A", ["annex", "a"]),
        ("WHAT IS A PLAN", ["plan"]),
        ("who runs the IT team", ["runs", "it", "team"]),
        ("WHAT IS IT", ["what", "is", "it"]),
        ("is it", ["is", "it"]),
        ("C++ and C# on v8.2", ["c++", "c#", "8.2"]),
        ("the customer's don’t", ["customer"]),
        ("dock Dock docks", ["dock"]),
        ("Größe naïve ÆON", ["grosse", "naive", "aeon"]),
        ("SOC/2 self-hosted", ["soc", "2", "self", "hosted"]),
    ],
)
def test_words_of_a_question(text: str, expected: list[str]) -> None:
    assert words(parse(text)) == expected


def test_quotes_make_phrases_and_an_open_quote_does_not() -> None:
    query = parse('fees "part B" „dock door" of "')
    assert [[word.word for word in phrase] for phrase in query.phrases] == [["part", "b"], ["dock", "door"]]
    assert words(query) == ["fees"]
    assert parse('"part B').phrases == ()
    assert words(parse('"part B')) == ["part", "b"]


def test_a_star_makes_a_beginning() -> None:
    assert [(word.word, word.prefix) for word in parse("dock* sched").words] == [("dock", True), ("sched", False)]
    assert [word.prefix for word in parse("dock a*").words] == [False]
    assert [word.prefix for word in parse("* dock").words] == [False]


def test_no_more_than_the_limits() -> None:
    assert len(parse(" ".join(f"w{number}" for number in range(50))).words) == rules.MAX_TERMS
    assert "last" not in words(parse("x" * rules.MAX_CHARACTERS + " last"))
    assert sum(map(len, parse('"a b c d e f g h" "i j k l m n" o').phrases)) == rules.MAX_TERMS


def test_stems_bring_word_forms_together() -> None:
    assert len({tuple(stems(form)) for form in ("Policy", "policies", "POLICIES", "policy's")}) == 1
    assert len({tuple(stems(form)) for form in ("schedule", "scheduling", "scheduled")}) == 1


def test_synonyms_work_both_ways_and_as_phrases() -> None:
    synonyms = Synonyms((("POC", "proof of concept"), ("dock", "pier", "docks")))
    assert slots(parse("poc"), synonyms)[0].alternatives == ((("proof",), ("of",), ("concept",)),)
    assert slots(parse("a pier"), synonyms)[0].alternatives == ((("dock",),),)
    by_phrase = slots(parse("a proof of concepts"), synonyms)
    assert [slot.word.word if slot.word else None for slot in by_phrase] == ["proof", "concepts", None]
    assert by_phrase[-1].alternatives == ((("poc",),),)
    assert slots(parse("gate"), synonyms)[0].alternatives == ()


TEXT = """Warehouses run on appointments. Dock scheduling lets carriers book their own slots, e.g. at night. It cuts detention fees.
• No carrier account is needed
She said "yes." Version v8.2 is out."""


def marked(text: str, query: str | tuple[tuple[str, ...], ...]) -> list[str]:
    return [text[start:end] for start, end in mark_spans(text, query)]


def sentence(text: str, query: str | tuple[tuple[str, ...], ...]) -> str | None:
    span = best_sentence(text, query)
    return text[span[0] : span[1]] if span else None


def test_word_forms_are_marked_and_neighbours_as_one() -> None:
    assert marked(TEXT, "how do carrier schedule a dock?") == ["Dock scheduling", "carriers", "carrier"]
    assert marked(TEXT, (("carrier",), ("account",))) == ["carriers", "carrier account"]
    assert marked(TEXT, "warehou*") == ["Warehouses"]
    assert marked(TEXT, "8.2 zebra") == ["v8.2"]
    assert marked("naïve Größe", "NAIVE grosse") == ["naïve Größe"]


@pytest.mark.parametrize(
    "query, expected",
    [
        ("can carriers book dock slots?", "Dock scheduling lets carriers book their own slots, e.g. at night."),
        ("detention fees", "It cuts detention fees."),
        ((("carrier",), ("account",)), "No carrier account is needed"),
        ("who said so", 'She said "yes."'),
        ("v8.2", "Version v8.2 is out."),
        ("warehouses account", None),
        ("zebra", None),
    ],
)
def test_the_sentence_that_answers(query: str | tuple[tuple[str, ...], ...], expected: str | None) -> None:
    assert sentence(TEXT, query) == expected


def test_a_snippet_marks_the_sentence_or_else_the_words() -> None:
    assert [piece.text for piece in snippet(TEXT, "detention fees") if piece.marked] == ["It cuts detention fees."]
    assert [piece.text for piece in snippet(TEXT, "warehouses account") if piece.marked] == ["Warehouses", "account"]
    assert snippet("Nothing here", "zebra") == (Piece("Nothing here", False),)


def test_a_long_text_is_cut_around_the_answer() -> None:
    text = "Filler goes here. " * 100 + "Detention fees fall by half. " + "More filler follows. " * 100
    pieces = snippet(text, "detention fees", max_words=30)
    assert [piece.text for piece in pieces if piece.marked] == ["Detention fees fall by half."]
    assert (pieces[0].text, pieces[-1].text) == ("… ", " …")
    assert pieces[1].text == "Filler goes here. " * 4
    assert pieces[-2].text == " " + " ".join(["More filler follows."] * 4)


def test_an_excerpt_near_the_end_begins_with_a_sentence() -> None:
    text = "The first ones are long enough to be cut in two. " * 5 + "Nobody waits at the gate. " + "Detention fees fall by half."
    assert (
        "".join(piece.text for piece in snippet(text, "detention fees", max_words=12))
        == "… Nobody waits at the gate. Detention fees fall by half."
    )


def test_one_sentence_longer_than_the_excerpt_is_cut_after_as_many_words_as_fit() -> None:
    pieces = snippet("Detention " + "and more " * 50, "detention", max_words=10)
    assert pieces == (Piece("Detention", True), Piece(" and more and more and more and more and", False), Piece(" …", False))


@pytest.mark.parametrize(
    "text, query, expected",
    [
        ("1. Open the door. 2. Close it.\n2. Book a dock slot by noon.", "dock slot", "Book a dock slot by noon."),
        ("3) Book a dock slot", "dock slot", "Book a dock slot"),
        ("Sold in the U.S. Dock slots only. Elsewhere, too.", "dock slots", "Sold in the U.S. Dock slots only."),
        ("Some of it, e.g. Dock slots vs. Gates. More.", "dock gates", "Some of it, e.g. Dock slots vs. Gates."),
        ("Manches, z. B. Rampen oder Tore. Mehr.", "Rampen Tore", "Manches, z. B. Rampen oder Tore."),
        ("Plan B. Dock slots follow.", "dock slots", "Dock slots follow."),
        ("Carriers don't. Dock slots are theirs.", "dock slots", "Dock slots are theirs."),
        ("It came in 2020. Dock slots followed.", "dock slots", "Dock slots followed."),
    ],
)
def test_a_number_of_a_list_or_an_abbreviation_ends_no_sentence(text: str, query: str, expected: str) -> None:
    assert sentence(text, query) == expected


def test_a_question_in_the_text_is_answered_by_what_follows() -> None:
    text = "Can carriers book a dock slot?\nYes. They do it in the portal. Docks are many.\nWho pays the fees?\nThe carrier does."
    assert sentence(text, "can carriers book dock slots") == "Yes. They do it in the portal."
    assert sentence(text, "who pays fees") == "The carrier does."
    assert sentence("Who books a dock slot?\nWho pays the detention fees?", "detention fees") == "Who pays the detention fees?"
    assert sentence("It ends here. Who pays the fees?", "who pays the fees") == "Who pays the fees?"


def test_a_question_over_the_text_is_answered_by_its_first_sentence() -> None:
    heading, text = "Can carriers book a dock slot?", "Yes, they can. The portal shows what is free. A dock is held for an hour."
    asked = "can carriers book dock slots"
    assert [piece.text for piece in snippet(text, asked, heading=heading) if piece.marked] == [
        "Yes, they can. The portal shows what is free."
    ]
    assert [piece.text for piece in snippet(text, asked, heading="Carriers book dock slots") if piece.marked] == ["dock"]
    own = "We have rules. Carriers can book each dock slot."
    assert best_sentence(own, asked, heading=heading) == (15, 48)
    assert best_sentence("Ours\nOthers", asked, heading=heading) is None


@given(text=any_text, query=any_text, max_words=st.integers(1, 80))
def test_marking_stays_inside_the_text(text: str, query: str, max_words: int) -> None:
    end = 0
    for start, stop in mark_spans(text, query):
        assert end <= start < stop <= len(text)
        end = stop
    pieces = snippet(text, query, max_words)
    joined = "".join(piece.text for piece in pieces)
    assert joined.removeprefix("… ").removesuffix(" …") in text
    assert len(joined.removeprefix("… ").removesuffix(" …").split()) <= max_words


@given(sentences=st.lists(st.sampled_from(["dock door", "gate", "a pallet dock", "none"]), min_size=1, max_size=6))
def test_what_is_marked_matches(sentences: list[str]) -> None:
    text = ". ".join(word.capitalize() for word in sentences)
    pieces = [piece.text.lower() for piece in snippet(text, "docks gates") if piece.marked]
    assert all("dock" in piece or "gate" in piece for piece in pieces)
    assert bool(pieces) == ("dock" in text.lower() or "gate" in text.lower())
