"""Answers in other words than the question's: found by meaning with the real model, within what the asker may see, and explained."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.search._whoosh import open_engine
from app.search.engine import CUSTOMER, INTERNAL, SearchDocument, SearchEngine, SearchRequest
from tests.factories.model import MODEL_FILE
from tests.search.search_documents import EVERYBODY, TODAY, ask, found, passage

pytestmark = pytest.mark.model

STOLEN = "Is our data protected when a drive is stolen?"
SHELF = (
    passage(1, "Files at rest are enciphered with AES-256, so nobody can read a disk that was taken away.", facets=(7,)),
    passage(2, "Licences are billed per warehouse and year."),
    passage(3, "The canteen serves lunch from noon."),
    passage(4, "A stolen pallet is reported to the insurer.", facets=(8,)),
    passage(5, "Hard disks are encrypted, so nobody reads customer data of a lost laptop.", audience=INTERNAL),
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SearchEngine]:
    """An engine that knows what the shelf means."""
    opened = open_engine(tmp_path / "index", MODEL_FILE)
    opened.rebuild(SHELF)
    assert list(opened.list_unread()) == [1, 2, 3, 4, 5]
    opened.read_meaning(SHELF)
    assert not opened.list_unread()
    yield opened
    opened.close()


def test_an_answer_in_other_words_is_found_counted_and_said_to_be(engine: SearchEngine, tmp_path: Path) -> None:
    result = ask(engine, STOLEN, facet_groups={"stage": frozenset({7, 8})}, audiences=frozenset({CUSTOMER}))
    assert {hit.asset_id: hit.by_meaning for hit in result.hits}[1]
    assert (result.counts[7], result.total) == (1, len(result.hits))
    assert not {2, 3} & {hit.asset_id for hit in result.hits}, "what means something else is no answer"
    plain = open_engine(tmp_path / "plain")
    plain.rebuild(SHELF)
    assert found(plain, STOLEN, audiences=frozenset({CUSTOMER})) == [4], "the control: by words alone"
    plain.close()


def test_nothing_hidden_is_found_by_its_meaning(engine: SearchEngine) -> None:
    assert 5 in found(engine, STOLEN)
    assert 5 not in found(engine, STOLEN, audiences=frozenset({CUSTOMER}))
    engine.update(1, [replace(SHELF[0], expires_on=TODAY - 1)])
    assert 1 not in found(engine, STOLEN)
    engine.update(1, [])
    assert 1 not in found(engine, STOLEN, hide_expired=False)


def test_nonsense_has_no_answer_and_a_phrase_stays_a_phrase(engine: SearchEngine) -> None:
    assert found(engine, "zeppelin moonstone quicksilver") == []
    assert found(engine, '"protected data"') == []
    assert found(engine, "enciph", prefix_last=True) == [1]


def test_what_was_changed_is_read_again_and_goes_by_words_until_then(engine: SearchEngine) -> None:
    changed = replace(SHELF[2], text="Backups are kept in a second country.")
    engine.update(3, [changed])
    assert list(engine.list_unread()) == [3]
    assert found(engine, "backups") == [3]
    engine.read_meaning([changed])
    assert 3 in found(engine, "Where do copies of our files lie abroad?")


def test_the_parts_add_up_to_the_score(engine: SearchEngine) -> None:
    for hit in ask(engine, STOLEN).hits:
        told = engine.explain(SearchRequest(text=STOLEN, audiences=EVERYBODY, today=TODAY), hit.asset_id)
        assert told is not None and told.meaning > 0
        assert (sum(word.points for word in told.words) + told.meaning) * told.factor + told.second == pytest.approx(hit.score, rel=1e-4)


def test_the_sentence_that_means_it_is_named(engine: SearchEngine) -> None:
    sentences = ["Lunch is at noon.", SHELF[0].text, "Trucks wait."]
    assert engine.best_sentence(STOLEN, sentences) == 1
    assert engine.best_sentence(STOLEN, ["Lunch is at noon.", "Trucks wait."]) is None


def test_without_the_file_it_goes_by_words(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "index", tmp_path / "missing.onnx")
    documents: list[SearchDocument] = list(SHELF)
    engine.rebuild(documents)
    engine.read_meaning(documents)
    assert (found(engine, "canteen"), engine.list_unread(), engine.best_sentence("x", ["y"])) == ([3], [], None)
    engine.close()
