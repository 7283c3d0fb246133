"""Answers in other words than the question's: found by meaning with the real model, within what the asker may see, and explained."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.search._whoosh import open_engine
from app.search.engine import CUSTOMER, INTERNAL, MeaningState, SearchDocument, SearchEngine, SearchRequest
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


def test_a_title_that_means_it_is_no_answer_while_there_are_passages(engine: SearchEngine) -> None:
    asked = STOLEN
    card = replace(passage(0, "", asset_id=6), title="Hard disks are encrypted against theft")
    engine.update(6, [card])
    engine.read_meaning([card])
    assert 6 in found(engine, asked), "it is all there is of an item without text"
    both = [card, replace(passage(61, "The canteen is closed on Sundays.", asset_id=6), title="Opening hours")]
    engine.update(6, both)
    engine.read_meaning(both)
    assert 6 not in found(engine, asked)


def test_a_misspelt_question_means_what_its_corrected_words_mean(engine: SearchEngine) -> None:
    right, wrong = (ask(engine, f"Who pays when the {word} is taken away?") for word in ("pallet", "palet"))
    assert wrong.corrected == (("palet", "pallet"),)
    assert [hit.asset_id for hit in wrong.hits] == [hit.asset_id for hit in right.hits]
    assert [hit.score for hit in wrong.hits] == pytest.approx([hit.score for hit in right.hits])


def test_nonsense_has_no_answer_and_a_phrase_stays_a_phrase(engine: SearchEngine) -> None:
    assert found(engine, "zeppelin moonstone quicksilver") == []
    assert found(engine, '"protected data"') == []


@pytest.mark.parametrize("code", ["C++", "27001", '"27001"'])
def test_a_code_has_no_answer_in_other_words(engine: SearchEngine, code: str) -> None:
    other = passage(6, "The programmer compiles source code of a machine language. Certified for ISO 27002.")
    engine.update(6, [other])
    engine.read_meaning([other])
    assert found(engine, code) == []
    assert engine.explain(SearchRequest(text=code, audiences=EVERYBODY, today=TODAY), 6) is None
    assert 6 in found(engine, code.strip('"') + " software"), "the control: it does mean something to the model"


def test_what_was_changed_is_read_again_and_goes_by_words_until_then(engine: SearchEngine) -> None:
    changed = replace(SHELF[2], text="Backups are kept in a second country.")
    engine.update(3, [changed])
    assert list(engine.list_unread()) == [3]
    assert found(engine, "backups") == [3]
    engine.read_meaning([changed])
    assert 3 in found(engine, "Where do copies of our files lie abroad?")


def test_how_far_reading_is_can_be_asked(engine: SearchEngine) -> None:
    assert engine.meaning_state() == MeaningState("ready", 5, 5)
    engine.update(3, [replace(SHELF[2], text="Backups are kept in a second country.")])
    engine.update(2, [])
    assert engine.meaning_state() == MeaningState("ready", 3, 4)
    engine.close()
    assert engine.meaning_state() is None


def test_what_nothing_indexed_uses_is_forgotten_and_read_when_it_comes_back(engine: SearchEngine) -> None:
    assert engine.forget_meaning() == 0
    engine.update(1, [])
    engine.update(2, [SHELF[1], replace(SHELF[1], passage_id=7)])
    assert engine.forget_meaning() == 1
    assert engine.meaning_state() == MeaningState("ready", 5, 5)
    assert 5 in found(engine, STOLEN)
    engine.update(1, [SHELF[0]])
    assert list(engine.list_unread()) == [1]
    engine.read_meaning([SHELF[0]])
    assert 1 in found(engine, STOLEN)


def test_without_an_index_nothing_is_forgotten(engine: SearchEngine, tmp_path: Path) -> None:
    engine.close()
    assert engine.forget_meaning() == 0
    again = open_engine(tmp_path / "index", MODEL_FILE)
    assert again.meaning_state(wait=True) == MeaningState("ready", 5, 5)
    again.close()


def test_questions_are_answered_by_meaning_while_vectors_are_forgotten_and_read(engine: SearchEngine, tmp_path: Path) -> None:
    reader = open_engine(tmp_path / "index", MODEL_FILE)  # as in another serving process
    reader.meaning_state(wait=True)
    ended, faults = threading.Event(), list[str]()

    def keep_asking(asked: SearchEngine) -> None:
        while not ended.is_set():
            state, hits = asked.meaning_state(), found(asked, STOLEN)
            if 1 not in hits or state is None or state.fault:
                faults.append(f"{state} {hits}")

    threads = [threading.Thread(target=keep_asking, args=(each,)) for each in (engine, engine, reader)]
    for thread in threads:
        thread.start()
    for number in range(20):
        changed = replace(SHELF[2], text=f"Backup {number} lies in a second country.")
        engine.update(3, [changed])
        engine.read_meaning([changed])
        assert engine.forget_meaning() == 1
    ended.set()
    for thread in threads:
        thread.join(30)
    assert not faults
    reader.close()


def test_a_wrong_file_is_told_and_search_goes_by_words(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"no model")
    engine = open_engine(tmp_path / "index", wrong)
    engine.rebuild(SHELF)
    state = engine.meaning_state(wait=True)
    assert state is not None and (state.model, state.read, state.total) == ("none", 0, 5)
    assert "is damaged" in state.fault and state.fault.endswith("Search goes by words alone.") and state.fault in caplog.text
    assert found(engine, "canteen") == [3]
    engine.close()


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
    assert engine.meaning_state(wait=True) == MeaningState("none", 0, 5)
    assert engine.forget_meaning() == 0
    engine.close()
