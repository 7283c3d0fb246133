"""Items in several languages: each by its own stems, asked for in any of them; scripts without spaces; what the mix must not break."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from app.search import rules
from app.search._analysis import LANGUAGES, count_words, is_unspaced, language_of, tokens
from app.search.engine import INTERNAL, PARTNER, SearchEngine
from app.search.rules import Synonyms
from app.web import assetform
from tests.search.search_documents import ask, engine_with, found, passage

Build = Callable[..., SearchEngine]

ENGLISH = passage(1, "The costs of leases, the policies of the house and how contracts end")
GERMAN = passage(2, "Die Kosten der Miete, die Häuser und wie man Verträge kündigt", language="de")
FRENCH = passage(3, "La sécurité des données et les contrats de l'entreprise", language="fr")
SPANISH = passage(4, "Las soluciones de cifrado y sus precios", language="es")
ITALIAN = passage(5, "I prezzi dell'azienda e le integrazioni", language="it")
DUTCH = passage(6, "De prijzen van onze koppelingen", language="nl")
SHELF = (
    ENGLISH,
    GERMAN,
    FRENCH,
    SPANISH,
    ITALIAN,
    DUTCH,
    *(passage(900 + number, f"nothing of interest number {number}") for number in range(20)),
)


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """An engine over the given documents."""
    with ExitStack() as stack:
        yield lambda *documents: stack.enter_context(engine_with(tmp_path / "index", *documents))


def test_every_language_an_item_can_have_is_known() -> None:
    assert set(assetform.LANGUAGES) == {*LANGUAGES, "ja"}
    assert [language_of(tag) for tag in ("de", "DE-at", "fr_CA", "ja", "tlh", "")] == ["de", "de", "fr", "en", "en", "en"]


@pytest.mark.parametrize(
    "question, asset",
    [
        ("policy", 1),
        ("contract ends", 1),
        ("Haus", 2),
        ("Haeusern", 2),
        ("Vertrag", 2),
        ("vertraege kündigt", 2),
        ("contrat", 3),
        ("securites", 3),
        ("entreprises", 3),
        ("solución", 4),
        ("precio", 4),
        ("prezzo", 5),
        ("integrazione", 5),
        ("prijs", 6),
        ("koppeling", 6),
    ],
)
def test_a_word_is_found_in_the_forms_of_the_items_language(build: Build, question: str, asset: int) -> None:
    result = ask(build(*SHELF), question)
    assert [hit.asset_id for hit in result.hits] == [asset]
    assert result.corrected == ()


def test_in_an_english_library_words_have_english_stems_alone(build: Build) -> None:
    engine = build(ENGLISH, replace(GERMAN, language="en"))
    assert found(engine, '"Haus"') == [], "unless it is taken for the beginning of a word"
    assert rules.parse("die policies").words == (rules.Word("die", ("die",)), rules.Word("policies", ("polici",)))


@pytest.mark.parametrize(
    "question, telling",
    [
        ("Was sind die Kosten der Miete?", ["kosten", "miete"]),
        ("Wie ist der Preis für euch?", ["preis"]),
        ("how does die casting work", ["die", "casting", "work"]),
        ("Quel est le prix de l’offre d'essai ?", ["prix", "offre", "essai"]),
        ("¿Cuánto es el precio de la solución?", ["precio", "solucion"]),
        ("Qual è il prezzo dell'offerta?", ["prezzo", "offerta"]),
        ("Wat is de prijs van een koppeling?", ["prijs", "koppeling"]),
        ("Anhang A im Vertrag", ["anhang", "a", "vertrag"]),
        ("interface in C", ["interface", "c"]),
        ("der die das", ["der", "die", "das"]),
    ],
)
def test_the_stop_words_are_those_of_the_language_a_question_reads_like(question: str, telling: list[str]) -> None:
    assert [word.word for word in rules.parse(question, languages=LANGUAGES).words] == telling


def test_a_german_question_is_not_ruled_by_its_articles(build: Build) -> None:
    noise = [passage(100 + number, "der die das und wie man die der das", language="de") for number in range(5)]
    engine = build(*SHELF, *noise)
    assert found(engine, "Wie kündigt man die Verträge und das Haus der Miete?") == [2]


def test_a_word_counts_once_however_many_stems_it_has(build: Build) -> None:
    """The English "policies" and the German one are one word: as rare as both together."""
    texts = ["policies of trucks"] * 4
    same = build(*(passage(number, text) for number, text in enumerate(texts, start=1)))
    scores = [hit.score for hit in ask(same, "policies").hits]
    same.close()
    mixed = build(*(passage(number, text, language=("en", "de")[number % 2]) for number, text in enumerate(texts, start=1)))
    assert [hit.score for hit in ask(mixed, "policies").hits] == pytest.approx(scores)


def test_phrases_synonyms_and_beginnings_work_in_each_language(build: Build) -> None:
    engine = build(*SHELF)
    assert found(engine, '"Kosten der Miete"') == [2]
    assert found(engine, '"cost of lease"') == [1]
    assert found(engine, "vertr*") == [2]
    synonyms = Synonyms((("Haus", "immeuble loué", "policies"),))
    assert found(engine, "Hauses", synonyms=synonyms) == [2, 1]
    assert found(engine, "policy", synonyms=synonyms) == [1, 2]
    assert found(engine, "les immeubles loués", synonyms=synonyms)[:2] in ([1, 2], [2, 1])


def test_what_was_found_is_marked_by_the_language_of_the_text(build: Build) -> None:
    result = ask(build(*SHELF), "Haus vertrag")
    marked = [GERMAN.text[start:end] for start, end in rules.mark_spans(GERMAN.text, result.terms, "de")]
    assert marked == ["Häuser", "Verträge"]
    assert rules.mark_spans(GERMAN.text, (("kost",), ("der",), ("miet",)), "de") == [(4, 10), (15, 20)]
    assert rules.mark_spans(GERMAN.text, "die Kosten der Miete", "de-CH") == [(4, 10), (15, 20)]


def test_a_sentence_with_the_one_word_asked_for_stands_out_whatever_its_stems(build: Build) -> None:
    text = "The house is old. The policies are new. Nobody reads them."
    for other in (replace(GERMAN, text="Die Policies"), passage(2, "Die Policies")):
        engine = build(passage(1, text), other)
        terms = ask(engine, "policies").terms
        assert [piece.text for piece in rules.snippet(text, terms) if piece.marked] == ["The policies are new."]
        engine.close()


def test_a_long_german_compound_is_found_whole(build: Build) -> None:
    compound = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    assert found(build(*SHELF, passage(7, compound, language="de")), compound) == [7]


def test_a_hidden_item_in_another_language_changes_nothing(build: Build) -> None:
    """Neither its stems nor its stop words show that it is there."""
    secret = replace(GERMAN, audience=INTERNAL, text=GERMAN.text + " policies policy")
    partners = frozenset({PARTNER, ENGLISH.audience})
    questions = ["die policies", "was der policy", "Haus", "contract*", "policis"]
    with_secret = build(ENGLISH, secret)
    answers = [ask(with_secret, question, audiences=partners) for question in questions]
    with_secret.close()
    assert answers == [ask(build(ENGLISH), question, audiences=partners) for question in questions]


CHINESE = "我们的系统支持码头预约。滞期费用减少百分之三十！请联系我们。"
JAPANESE = "ドックの予約はりんごのように簡単です。C#で書かれたＡＰＩもあります。"
KOREAN = "도크 예약은 간단합니다"
THAI = "การจองท่าเรือ ลดค่าใช้จ่าย"


@pytest.fixture
def eastern(build: Build) -> SearchEngine:
    texts = {1: CHINESE, 2: JAPANESE, 3: KOREAN, 4: THAI, 5: "dock码头gate"}
    noise = (passage(100 + number, "我们的系统很好", language="zh") for number in range(5))
    return build(*(passage(number, text, language="ja") for number, text in texts.items()), *noise)


@pytest.mark.parametrize(
    "question, assets",
    [
        ("滞期费用", [1]),
        ("码头", [5, 1]),
        ("如何减少滞期费用", [1]),
        ("滞", [1]),
        ("滞*", [1]),
        ('"码头预约"', [1]),
        ('"预约码头"', []),
        ('"滞"', [1]),
        ("予約", [2]),
        ("ドック", [2]),
        ("ﾄﾞｯｸ", [2]),
        ("りんご", [2]),
        ("API C#", [2]),
        ("예약", [3]),
        ("ท่าเรือ", [4]),
        ("dock", [5]),
        ("gate", [5]),
        ("鯨", []),
    ],
)
def test_scripts_without_spaces_are_found_by_pairs_of_characters(eastern: SearchEngine, question: str, assets: list[int]) -> None:
    assert found(eastern, question) == assets


def test_a_pair_is_found_wherever_it_stands_and_both_parts_of_a_mixed_word() -> None:
    assert [(token.word, token.start, token.end) for token in tokens("dock码头预gateガ")] == [
        ("dock", 0, 4),
        ("码头", 4, 6),
        ("头预", 5, 7),
        ("gate", 7, 11),
        ("ガ", 11, 12),
    ]


def test_a_question_without_spaces_may_be_long_and_its_grammar_says_nothing() -> None:
    asked = rules.parse("ドックのスケジュールを予約するにはどうすればよいですか").words
    assert "予約" in [word.word for word in asked]
    assert "です" not in [word.word for word in asked]
    assert [word.word for word in rules.parse("りんご").words] == ["りん", "んご"]
    assert len(rules.parse("码头预约滞期费用减少百分之三十" * 3).words) <= 2 * rules.MAX_TERMS


def test_marks_and_excerpts_fit_texts_without_spaces() -> None:
    assert [CHINESE[start:end] for start, end in rules.mark_spans(CHINESE, "码头预约")] == ["码头预约"]
    span = rules.best_sentence(CHINESE, "滞期费用减少")
    assert span is not None and CHINESE[slice(*span)] == "滞期费用减少百分之三十！"
    long = CHINESE + "其他内容" * 500
    excerpt = "".join(piece.text for piece in rules.snippet(long, "码头预约"))
    assert len(excerpt) <= 2 * rules.SNIPPET_WORDS + len(" …")
    assert "码头预约" in excerpt


def test_every_character_of_scripts_without_spaces_stands_apart_from_the_word_before_it() -> None:
    unspaced = [chr(code) for code in range(0x40000) if is_unspaced(chr(code))]
    assert len(unspaced) > 100_000
    assert [char for char in unspaced if tokens(f"a{char}")[0].end != 1 or count_words(f"a{char}") != 2] == []
