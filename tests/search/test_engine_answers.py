"""What the engine finds and in which order: words, phrases, codes, typos, synonyms, folding, freshness."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.search import _ranking, rules
from app.search._folding import STALE_FACTOR
from app.search.engine import SearchDocument, SearchEngine, SearchRequest, fingerprint
from app.search.rules import Synonyms
from tests.search.search_documents import EVERYBODY, TODAY, ask, engine_with, found, passage

Build = Callable[..., SearchEngine]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """An engine over the given documents."""
    with ExitStack() as stack:
        yield lambda *documents: stack.enter_context(engine_with(tmp_path / "index", *documents))


FILLER = tuple(passage(900 + number, f"nothing of interest number {number}") for number in range(20))


def test_word_forms_find_each_other(build: Build) -> None:
    engine = build(passage(1, "Schedules for every dock"), passage(2, "Pallets"), *FILLER)
    assert found(engine, "scheduling docks") == [1]


@pytest.mark.parametrize(
    "question, asset",
    [
        ("iso 5230", 1),
        ("part B", 2),
        ("V8.2", 3),
        ("8.2", 3),
        ("c++", 4),
        ("C", 5),
        ("muller", 6),
        ("MÜLLER", 6),
        ("Straße", 7),
        ("e-mail", 8),
    ],
)
def test_codes_letters_and_accents_are_words(build: Build, question: str, asset: int) -> None:
    texts = ["Certified to ISO 5230", "The part B is new", "Since v8.2 only", "An interface in C++", "An interface in C"]
    texts += ["Talk to Müller", "In der Strasse", "Sent by e-mail"]
    engine = build(*(passage(number, text) for number, text in enumerate(texts, start=1)), *FILLER)
    assert found(engine, question)[0] == asset
    assert ask(engine, question).corrected == ()


CODES = {
    "ISO 5230": "Certified to ISO 5230 since May",
    "part B": "The part B is new here",
    "v8.2": "Since v8.2 only, not before",
    "C++": "An interface in C++ is given",
    "C#": "An interface in C# is given",
    ".NET": "It runs on .NET as well",
    "24/7": "Support is given 24/7 by us",
    "AES-256": "Enciphered with AES-256 at rest",
    "SOC 2": "A SOC 2 report is there",
    "ISO/IEC 27001:2022": "Audited to ISO/IEC 27001:2022 again",
    "S3": "Kept in S3 for good",
    "TLS 1.3": "Only TLS 1.3 is spoken",
    "X.509": "With X.509 papers",
    "OAuth2": "Signed in by OAuth2 there",
}
NEAR_CODES = [
    "An interface in C",
    "The part A is old",
    "Part of the whole",
    "Plan B",
    "Since v8.3 and v8.21",
    "ISO 27002",
    "net price of nets",
    "24 pallets in 7 days",
]
NEAR_CODES += ["AES-128", "SOC 1", "A soc of two rooms", "S 4 and S 5", "TLS 1.2", "OAuth 1"]


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    """Codes among what looks like them."""
    texts = [*CODES.values(), *NEAR_CODES]
    with engine_with(tmp_path_factory.mktemp("codes"), *(passage(number, text) for number, text in enumerate(texts, 1)), *FILLER) as engine:
        yield engine


@pytest.mark.parametrize("code", CODES)
def test_a_product_code_is_found_first_however_it_is_asked(coded: SearchEngine, code: str) -> None:
    place = list(CODES).index(code) + 1
    for question in (code, code.lower(), f"Do you have {code}?", f"What is your {code.lower()} report", f'"{code}"'):
        result = ask(coded, question)
        assert [hit.asset_id for hit in result.hits][:1] == [place], (question, result)
        assert result.corrected == ()


@pytest.mark.parametrize(
    "question, text",
    [
        ("SOC2", "A SOC 2 report"),
        ("soc 2", "A SOC2 report"),
        ("SOC-2", "A SOC2 report"),
        ("ISO27001", "ISO 27001"),
        ("ISO 27001", "ISO27001"),
        ("TLS1.3", "TLS 1.3"),
        ("AES256", "AES-256"),
        ("AES 256", "AES256"),
        ("24x7", "24/7"),
        ("8.2", "V8.2"),
    ],
)
def test_a_code_is_found_written_together_and_apart(build: Build, question: str, text: str) -> None:
    engine = build(passage(1, text), passage(2, "SOC 1, 2 rooms, ISO 9001, TLS 1.2, AES-128, 24 pallets, v8.3"), *FILLER)
    result = ask(engine, question)
    assert (result.hits[0].asset_id, result.corrected) == (1, ())
    request = SearchRequest(text=question, audiences=EVERYBODY, today=TODAY)
    told = engine.explain(request, 1)
    assert told is not None and told.score == pytest.approx(result.hits[0].score, rel=1e-4)
    assert all(word.how == "word" and word.fields for word in told.words)


def test_a_phrase_must_stand_so_in_one_field(build: Build) -> None:
    engine = build(
        passage(1, "A proof of concept takes a week"),
        passage(2, "The concept of proof"),
        passage(3, "concept", title="Proof of"),
        passage(4, "In a proof", heading="of concept"),
    )
    assert found(engine, '"proof of concept"') == [1]
    assert found(engine, "“Proof of Concepts”") == [1]
    assert sorted(found(engine, "proof of concept")) == [1, 2, 3, 4]
    assert found(engine, '"proof of pallets"') == []


def test_a_phrase_narrows_and_the_other_words_rank(build: Build) -> None:
    engine = build(passage(1, "dock door for trucks"), passage(2, "dock door for trains"), passage(3, "trains, door, dock"))
    assert found(engine, '"dock door" trains') == [2, 1]


def test_a_question_of_stop_words_is_still_a_question(build: Build) -> None:
    engine = build(passage(1, "What it is"), passage(2, "Pallets"))
    assert found(engine, "what is it?") == [1]


@pytest.mark.parametrize("typed", ["warehose", "warehuose", "varehouse", "warehousee"])
def test_one_letter_off_is_forgiven(build: Build, typed: str) -> None:
    engine = build(passage(1, "Any warehouse"), passage(2, "Any ware"), *FILLER)
    result = ask(engine, typed)
    assert [hit.asset_id for hit in result.hits] == [1]
    assert result.corrected == ((typed, "warehouse"),)
    assert result.terms == (("warehous",),)


def test_two_letters_off_are_forgiven_in_long_words_only(build: Build) -> None:
    engine = build(passage(1, "appointments"), passage(2, "docks"), *FILLER)
    assert found(engine, "apointmants") == [1]
    assert found(engine, "duckz") == []


def test_known_words_and_codes_are_never_corrected(build: Build) -> None:
    engine = build(passage(1, "form"), *(passage(number, "from") for number in range(2, 30)), passage(40, "ISO 5230"))
    assert found(engine, "form") == [1]
    assert ask(engine, "5231").corrected == ()
    assert found(engine, '"fomr"') == []


DOORS = tuple(passage(number, f"dock door number {number}") for number in range(1, 25))


def test_a_typo_that_somebody_else_made_too_does_not_hide_the_right_word(build: Build) -> None:
    engine = build(passage(50, "a dokc somewhere"), *DOORS, *FILLER)
    result = ask(engine, "dokc doors", limit=50)
    assert (result.corrected, result.widened) == ((), (("dokc", "dock"),))
    assert {hit.asset_id for hit in result.hits} >= {document.asset_id for document in DOORS}
    assert result.terms == (("dokc",), ("door",), ("dock",))
    for hit in result.hits:
        told = engine.explain(SearchRequest(text="dokc doors", audiences=EVERYBODY, today=TODAY), hit.asset_id)
        assert told is not None and told.score == pytest.approx(hit.score, rel=1e-4)
    assert ask(engine, '"dokc" doors').widened == ()


@pytest.mark.parametrize(
    "rare, question",
    [
        (["a dokc somewhere with doors"], "dokc doors"),
        (["a dokc somewhere"], "dokc"),
        (["a dokc somewhere"] * 4, "dokc doors"),
        (["dockers here"], "docker doors"),
        (["the doc"], "doc doors"),
    ],
    ids=["it stands with the rest", "there is no rest", "it is not that rare", "a form of its own", "too short"],
)
def test_a_rare_word_is_not_doubted_without_reason(build: Build, rare: list[str], question: str) -> None:
    engine = build(*(passage(50 + number, text) for number, text in enumerate(rare)), *DOORS, *FILLER)
    assert ask(engine, question).widened == ()
    assert {hit.asset_id for hit in ask(engine, question, limit=50).hits} >= {50}


def test_a_rare_word_is_not_doubted_for_one_that_is_rare_itself(build: Build) -> None:
    engine = build(passage(50, "a dokc somewhere"), *DOORS[:10], *FILLER)
    assert ask(engine, "dokc doors").widened == ()


def test_an_unfinished_word(build: Build) -> None:
    engine = build(passage(1, "deployment plan"), passage(2, "deployed yesterday"), passage(3, "deploy"), passage(4, "dock"))
    assert sorted(found(engine, "deploy*")) == [1, 2, 3]
    assert found(engine, "deployme*") == [1]


def test_a_last_word_that_nobody_wrote_is_taken_for_the_beginning_of_one(build: Build) -> None:
    engine = build(
        passage(1, "Encryption plan"), passage(2, "encrypting yesterday"), passage(3, "a plan"), passage(4, "slots of gate27, encryption")
    )
    result = ask(engine, "plan encry")
    assert sorted(hit.asset_id for hit in result.hits) == [1, 2, 3, 4] and result.corrected == (("encry", "encryption"),)
    assert rules.snippet("An encryption plan", result.terms) == (rules.Piece("An encryption plan", True),)
    for other in ("encry plan", 'plan "encry"', "plan enc", "plan gate2"):
        assert ask(engine, other).corrected == (), "not the last, meant so, too short, a code"
    assert ask(engine, "plan slott").corrected == (("slott", "slots"),), "one letter off comes first"


def test_house_synonyms_find_each_other_a_little_lower(build: Build) -> None:
    synonyms = Synonyms((("slot", "time window"), ("POC", "proof of concept")))
    engine = build(
        passage(1, "Book a slot"), passage(2, "Book a time window"), passage(3, "a window in time"), passage(4, "our PoC"), *FILLER
    )
    assert found(engine, "slots", synonyms=synonyms) == [1, 2]
    assert found(engine, "slots") == [1]
    assert 4 in found(engine, "proof of concept", synonyms=synonyms)
    assert ask(engine, "slots", synonyms=synonyms).corrected == ()


def test_related_words_find_each_other_lower_still(build: Build) -> None:
    engine = build(passage(1, "Book a slot"), passage(2, "Book a berth"), passage(3, "Book a time window"), *FILLER)
    synonyms = Synonyms(same=(("slot", "berth"),), related=(("slot", "time window"),))
    assert found(engine, "slot", synonyms=synonyms) == [1, 2, 3]
    own, same, related = (hit.score for hit in ask(engine, "slot", synonyms=synonyms).hits)
    assert own > same > related > 0
    assert found(engine, "time window", synonyms=synonyms) == [3, 1]


def test_a_rare_word_that_belongs_to_a_common_one_takes_no_answer_away(build: Build) -> None:
    common = [passage(number, "a parking space") for number in range(10, 40)]
    engine = build(*common, *(passage(number, "a pier") for number in range(50, 60)), passage(1, "the only quay"), *FILLER)
    plain = found(engine, "pier parking", limit=100)
    assert set(plain) == {*range(10, 40), *range(50, 60)}
    for synonyms in (Synonyms(same=(("pier", "quay"),)), Synonyms(related=(("pier", "quay"),))):
        assert set(found(engine, "pier parking", synonyms=synonyms, limit=100)) == {1, *plain}


def test_title_and_curated_questions_weigh_more_than_text(build: Build) -> None:
    same = "pallet pallet pallet"
    engine = build(
        passage(1, same + " detention"),
        passage(2, same, title="Detention"),
        passage(3, same, questions="Who pays detention?"),
        passage(4, same, tags="detention"),
    )
    ranked = found(engine, "detention")
    assert set(ranked[:2]) == {2, 3}
    assert ranked[2:] == [1, 4]


def test_passages_of_one_asset_are_one_answer(build: Build) -> None:
    texts = {11: "dock", 12: "dock dock doors", 13: "dock among many other words that make it longer"}
    engine = build(*(passage(number, text, asset_id=1) for number, text in texts.items()), passage(2, "dock"), *FILLER)
    result = ask(engine, "dock")
    assert (result.total, len(result.hits)) == (2, 2)
    first = result.hits[0]
    assert (first.asset_id, first.passage_id) == (1, 12)
    assert first.other_passages == (11, 13)
    assert first.score > result.hits[1].score


def test_at_most_five_other_passages_and_never_the_card(build: Build) -> None:
    card = passage(0, "dock", asset_id=1)
    engine = build(card, *(passage(number, "dock", asset_id=1) for number in range(11, 20)))
    hit = ask(engine, "dock").hits[0]
    assert (hit.passage_id, hit.other_passages) == (11, (12, 13, 14, 15, 16))


def test_format_twins_are_one_answer(build: Build) -> None:
    engine = build(
        passage(1, "dock dock", twin="x"),
        passage(2, "dock and much else besides", twin="x"),
        passage(3, "dock", twin="y"),
        passage(4, "dock"),
    )
    result = ask(engine, "dock")
    assert result.total == 3
    assert {hit.asset_id: hit.twin_assets for hit in result.hits} == {1: (2,), 3: (), 4: ()}


def test_stale_sinks_by_the_factor(build: Build) -> None:
    text = "dock doors"
    engine = build(
        passage(1, text, stale_now=True),
        passage(2, text, review_on=TODAY - 1),
        passage(3, text, review_on=TODAY),
        passage(4, text),
        *FILLER,
    )
    result = ask(engine, "dock doors")
    scores = {hit.asset_id: hit.score for hit in result.hits}
    assert [hit.asset_id for hit in result.hits] == [3, 4, 1, 2]
    assert scores[1] == scores[2] == pytest.approx(scores[4] * STALE_FACTOR)


def test_expired_is_hidden_and_counted(build: Build) -> None:
    engine = build(passage(1, "dock", expires_on=TODAY - 1), passage(2, "dock", expires_on=TODAY), passage(3, "dock"))
    hidden = ask(engine, "dock")
    assert [hit.asset_id for hit in hidden.hits] == [2, 3]
    assert (hidden.total, hidden.expired_hidden) == (2, 1)
    shown = ask(engine, "dock", hide_expired=False)
    assert [hit.asset_id for hit in shown.hits] == [2, 3, 1]
    assert (shown.total, shown.expired_hidden) == (3, 0)


def test_newest_first_and_pages(build: Build) -> None:
    engine = build(*(passage(number, "dock", changed_on=number % 5) for number in range(1, 13)))
    order = found(engine, "dock", sort="newest", limit=12)
    assert order == [4, 9, 3, 8, 2, 7, 12, 1, 6, 11, 5, 10]
    assert [found(engine, "dock", sort="newest", offset=start, limit=5) for start in (0, 5, 10, 15)] == [
        order[:5],
        order[5:10],
        order[10:],
        [],
    ]


def test_passages_that_cover_little_of_the_question_are_no_answers(build: Build) -> None:
    common = [passage(number, "dock") for number in range(1, 40)]
    engine = build(*common, passage(50, "dock detention carrier refund"), *FILLER)
    assert found(engine, "dock detention carrier refund") == [50]


def test_a_blank_question_asks_for_all_there_is(build: Build) -> None:
    engine = build(passage(1, "dock", facets=(5,)), passage(2, "gate", changed_on=7), passage(3, "slot", expires_on=TODAY - 1))
    result = ask(engine, "  ", facet_groups={"stage": frozenset({5, 6})})
    assert [hit.asset_id for hit in result.hits] == [2, 1]
    assert (result.total, result.expired_hidden, result.counts) == (2, 1, {5: 1, 6: 0})


@pytest.mark.parametrize("text", ['""', "?!", '"', "*"])
def test_nothing_asked_is_nothing_found(build: Build, text: str) -> None:
    result = ask(build(passage(1, "dock")), text, facet_groups={"stage": frozenset({5})})
    assert (result.hits, result.total, result.ready, result.counts) == ((), 0, True, {5: 0})


def test_out_of_time_it_answers_with_what_it_has(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = build(passage(1, "dock"))
    assert not ask(engine, "dock").timed_out
    monkeypatch.setattr(_ranking, "TIME_LIMIT", -1.0)
    assert ask(engine, "dock").timed_out


def test_an_update_is_seen_at_once_and_replaces_the_asset(build: Build) -> None:
    engine = build(passage(11, "dock", asset_id=1), passage(12, "dock", asset_id=1), passage(2, "dock"))
    engine.update(1, [passage(13, "pallet", asset_id=1)])
    assert found(engine, "dock") == [2]
    assert found(engine, "pallet") == [1]
    engine.update_many({1: [], 2: [passage(2, "door")], 3: [passage(3, "pallet")]})
    assert (found(engine, "dock"), found(engine, "door"), found(engine, "pallet")) == ([], [2], [3])
    engine.rebuild([passage(4, "gate")])
    assert (found(engine, "pallet"), found(engine, "gate")) == ([], [4])


def test_many_saves_stay_exact_through_merges(build: Build) -> None:
    engine = build()
    current: dict[int, SearchDocument] = {}
    for step in range(60):
        document = passage(step % 25 + 1, f"dock save{step} in part B")
        current[document.asset_id] = document
        engine.update(document.asset_id, [document])
    result = ask(engine, '"part b" dock', limit=50)
    assert {hit.asset_id for hit in result.hits} == set(current)
    assert [found(engine, f"save{step}") for step in range(35)] == [[]] * 35
    assert [found(engine, f"save{step}") for step in range(35, 60)] == [[step % 25 + 1] for step in range(35, 60)]
    assert engine.known() == {asset: fingerprint([document]) for asset, document in current.items()}


def test_the_fingerprint_tells_every_change(build: Build) -> None:
    documents: list[SearchDocument] = [passage(1, "dock", asset_id=1), passage(2, "door", asset_id=1)]
    engine = build(*documents)
    assert engine.known() == {1: fingerprint(reversed(documents))}
    assert fingerprint(documents) != fingerprint([documents[0], passage(2, "door", asset_id=1, stale_now=True)])


def test_a_request_needs_no_more_than_a_question(build: Build) -> None:
    request = SearchRequest(text="dock", audiences=EVERYBODY, today=TODAY)
    assert build(passage(1, "dock")).search(request).total == 1
