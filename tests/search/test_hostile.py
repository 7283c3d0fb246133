"""Questions nobody means well: whatever is typed is answered in time, explained and marked, and the next one as ever."""

import time
from collections.abc import Iterator

import pytest

from app.search import rules
from app.search._ranking import TIME_LIMIT
from app.search.engine import SearchDocument, SearchEngine, SearchRequest
from app.search.rules import Synonyms
from benchmarks.hostile import HOSTILE
from tests.search.search_documents import EVERYBODY, TODAY, ask, engine_with, found, passage

PHRASES = "the dock of a gate is in the lane, and it is for the pallet on the slot to the carrier "
TEXTS = [f"{PHRASES}word{number} ware{number}house {chr(97 + number % 26)} {number}.{number % 7}" for number in range(2000)]
SYNONYMS = Synonyms((("dock", "pier of the harbour", "码头"), ("slot", "time window")))


@pytest.fixture(scope="module")
def shelf() -> list[SearchDocument]:
    """Common words in every passage, and every hostile question as a text of its own."""
    own = [passage(9000 + number, text[:5000], title=text[:200]) for number, text in enumerate(HOSTILE.values())]
    return [*(passage(number, text) for number, text in enumerate(TEXTS, start=1)), *own, passage(9999, "zeppelin")]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, shelf: list[SearchDocument]) -> Iterator[SearchEngine]:
    with engine_with(tmp_path_factory.mktemp("hostile"), *shelf) as opened:
        yield opened


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_answered_in_time(engine: SearchEngine, name: str) -> None:
    started = time.thread_time()
    result = ask(engine, HOSTILE[name], synonyms=SYNONYMS)
    assert time.thread_time() - started < TIME_LIMIT
    assert result.ready and not result.timed_out
    assert found(engine, "zeppelin") == [9999], "the next question is answered as ever"


@pytest.mark.parametrize("name", HOSTILE)
def test_what_it_finds_is_explained_and_marked(engine: SearchEngine, shelf: list[SearchDocument], name: str) -> None:
    texts = {document.asset_id: document.text for document in shelf}
    result = ask(engine, HOSTILE[name], synonyms=SYNONYMS, limit=3)
    for hit in result.hits:
        text = texts[hit.asset_id]
        pieces = rules.snippet(text, result.terms or HOSTILE[name])
        assert "".join(piece.text for piece in pieces).removeprefix("… ").removesuffix(" …") in text
        request = SearchRequest(text=HOSTILE[name], audiences=EVERYBODY, today=TODAY, synonyms=SYNONYMS)
        told = engine.explain(request, hit.asset_id)
        assert told is not None and told.score > 0


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 40
    assert len(set(HOSTILE.values())) == len(HOSTILE)
