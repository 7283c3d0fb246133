"""Nothing of a document shows to somebody who may not see it: not by hits, totals, counts, corrections, completions or order."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.search.engine import CUSTOMER, INTERNAL, PARTNER, SearchDocument, SearchEngine, SearchResult
from app.search.rules import Synonyms
from tests.search.search_documents import EVERYBODY, ask, engine_with, passage

PARTNERS = frozenset({PARTNER, CUSTOMER})
GROUPS = {"stage": frozenset({1, 2}), "kind": frozenset({11, 12})}
OPEN = [
    passage(
        number, f"dock scheduling number {number} for warehouses", facets=(1 + number % 2, 11), audience=PARTNER + number % 2, title="Docks"
    )
    for number in range(1, 9)
]
SECRET = [
    passage(101, "dock zanzibar", audience=INTERNAL, facets=(2, 12)),
    passage(102, "dock dock dock scheduling", audience=INTERNAL, title="quicksilver", tags="moonstone", questions="about larkspur?"),
    passage(103, "warehousing " * 40, audience=INTERNAL, heading="foxglove", twin="t"),
    passage(104, "hollyhock dock", status=2, audience=CUSTOMER),
]
QUESTIONS = [
    "dock", "scheduling a dock", "zanzibar", "zanzibr", "zan*", "quicksilver", "quiksilver", "moonstone", "monstone", "larkspur", "larkspr",
    "", "foxglove", "foxglov", '"dock zanzibar"', "warehousing", "warehuosing", "hollyhock", "holyhock", "dokc", "pier", "d*", "q*",
]  # fmt: skip
SYNONYMS = Synonyms((("pier", "zanzibar", "dock"),))


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SearchEngine, SearchEngine]]:
    """One index with the secret documents among the open ones, one without."""
    mixed = [document for pair in zip(SECRET, OPEN[:4], strict=True) for document in pair] + OPEN[4:]
    with (
        engine_with(tmp_path_factory.mktemp("mixed"), *mixed) as with_secrets,
        engine_with(tmp_path_factory.mktemp("open"), *OPEN) as without,
    ):
        yield with_secrets, without


def _asked(engine: SearchEngine, question: str, audiences: frozenset[int]) -> SearchResult:
    return ask(engine, question, audiences=audiences, facet_groups=GROUPS, synonyms=SYNONYMS)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_partner_gets_the_same_answer_as_if_the_secret_did_not_exist(engines: tuple[SearchEngine, SearchEngine], question: str) -> None:
    with_secrets, without = engines
    assert _asked(with_secrets, question, PARTNERS) == _asked(without, question, PARTNERS)


@pytest.mark.parametrize("question", ["zanzibr", "zan*", "quiksilver", "monstone", "larkspr", "foxglov", '"dock zanzibar"', "pier"])
def test_who_may_see_it_finds_it(engines: tuple[SearchEngine, SearchEngine], question: str) -> None:
    """The control: the canaries are there to be found."""
    with_secrets, _ = engines
    secret = {document.asset_id for document in SECRET}
    assert secret & {hit.asset_id for hit in _asked(with_secrets, question, EVERYBODY).hits}


def test_nobody_sees_nothing(engines: tuple[SearchEngine, SearchEngine]) -> None:
    result = _asked(engines[0], "dock", frozenset())
    assert (result.hits, result.total, set(result.counts.values())) == ((), 0, {0})


def test_how_rare_a_word_is_goes_by_what_the_asker_sees(tmp_path: Path) -> None:
    hidden = [passage(200 + number, "the docks and dokc", audience=INTERNAL) for number in range(30)]
    seen = [passage(150, "a dokc somewhere"), *(passage(100 + number, f"a dock door {number}") for number in range(25))]
    with engine_with(tmp_path / "with", *hidden, *seen) as with_secrets, engine_with(tmp_path / "without", *seen) as without:
        for question in ("dokc doors", "doors dokcs"):
            expected = _asked(without, question, PARTNERS)
            assert _asked(with_secrets, question, PARTNERS) == expected
        assert _asked(with_secrets, "dokc doors", PARTNERS).widened == (("dokc", "dock"),)
        assert _asked(with_secrets, "dokc doors", EVERYBODY).widened == ()


def test_what_is_withdrawn_is_not_offered_as_a_correction(tmp_path: Path) -> None:
    gone: list[SearchDocument] = [passage(1, "zanzibar")]
    with engine_with(tmp_path, *gone, *OPEN[1:]) as engine:
        assert ask(engine, "zanzibr").corrected == (("zanzibr", "zanzibar"),)
        engine.update(1, [replace(gone[0], audience=INTERNAL)])
        assert ask(engine, "zanzibr", audiences=PARTNERS) == SearchResult()
        engine.update(1, [])
        assert ask(engine, "zanzibr").corrected == ()
