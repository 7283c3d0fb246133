"""The index is a cache: whatever happens to its files, the engine opens, says it is not ready, and can be rebuilt."""

import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh.index import TOC

from app.search import _store, _whoosh
from app.search._store import IndexStore
from app.search._whoosh import open_engine
from app.search.engine import IndexBusy, IndexNotReady, SearchDocument, SearchEngine
from tests.search.search_documents import ask, engine_with, found, passage

DOCUMENTS = [passage(number, f"dock number {number} in part B") for number in range(1, 30)]

WORDS = ("dock", "docks", "ramp", "Straße", "C++", "ISO-5230", "v8.2", "été", "日本語", "\U0001d504", "don't")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join)


def _segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("g*/*.seg"))


def _arrays(folder: Path) -> list[Path]:
    return sorted(folder.glob("g*/*.arrays"))


def _places(folder: Path) -> list[Path]:
    return sorted(folder.glob("g*/*.places"))


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _each(files: Iterable[Path], damage: Callable[[Path], object]) -> None:
    for file in list(files):
        damage(file)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut segment": lambda folder: _cut(_segments(folder)[0]),
    "empty segment": lambda folder: _segments(folder)[0].write_bytes(b""),
    "flipped byte of the arrays": lambda folder: _flip(_arrays(folder)[0]),
    "cut places": lambda folder: _cut(_places(folder)[0]),
    "flipped byte of the places": lambda folder: _flip(_places(folder)[0]),
    "cut arrays": lambda folder: _cut(_arrays(folder)[0]),
    "flipped byte": lambda folder: _flip(_segments(folder)[0]),
    "missing segment": lambda folder: _segments(folder)[0].unlink(),
    "cut table of contents": lambda folder: _each(folder.glob("g*/*.toc"), _cut),
    "foreign table of contents": lambda folder: (next(folder.glob("g*")) / "_MAIN_999.toc").write_bytes(b"garbage"),
    "no table of contents": lambda folder: _each(folder.glob("g*/*.toc"), Path.unlink),
    "pointer to nowhere": lambda folder: (folder / "current").write_text("g77"),
    "pointer outside": lambda folder: (folder / "current").write_text("../.."),
    "unreadable pointer": lambda folder: (folder / "current").write_bytes(b"\xff\x00"),
    "no pointer": lambda folder: (folder / "current").unlink(),
    "no checksums": lambda folder: _each(folder.glob("g*/manifest.json"), Path.unlink),
    "garbled checksums": lambda folder: _each(folder.glob("g*/manifest.json"), lambda file: file.write_text("[1]")),
}


def _built(folder: Path) -> SearchEngine:
    engine = open_engine(folder)
    engine.rebuild(DOCUMENTS)
    engine.update(30, [passage(30, "gate")])
    return engine


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_opens_not_ready_and_is_rebuilt(tmp_path: Path, damage: str) -> None:
    _built(tmp_path).close()
    DAMAGES[damage](tmp_path)
    engine = open_engine(tmp_path)
    assert not engine.ready
    assert not ask(engine, "dock").ready
    assert engine.known() == {}
    with pytest.raises(IndexNotReady):
        engine.update(1, [])
    engine.rebuild(DOCUMENTS)
    assert (engine.ready, ask(engine, "dock").total) == (True, len(DOCUMENTS))
    assert len(list(tmp_path.glob("g*"))) == 1
    engine.close()


def test_an_undamaged_index_opens_ready(tmp_path: Path) -> None:
    """The control of the damages."""
    before = _built(tmp_path)
    engine = open_engine(tmp_path)
    assert engine.ready
    assert engine.known() == before.known()
    assert found(engine, "gate") == [30]
    for each in (before, engine):
        each.close()
        assert not ask(each, "dock").ready


def test_without_the_arrays_beside_it_the_index_is_decoded_again(tmp_path: Path) -> None:
    before = _built(tmp_path)
    _each(_arrays(tmp_path), Path.unlink)
    engine = open_engine(tmp_path)
    assert (engine.ready, engine.known()) == (True, before.known())
    assert found(engine, "gate") == [30]
    for each in (before, engine):
        each.close()


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=3), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_what_a_save_keeps_beside_the_index_is_what_the_index_says(assets: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with engine_with(folder, *DOCUMENTS) as engine:
            some = {
                asset_id: [
                    passage(100 * asset_id + each, text, asset_id, title=text[:9], questions=text[5:]) for each, text in enumerate(texts)
                ]
                for asset_id, texts in enumerate(assets, start=50)
            }
            engine.update_many(some)
        kept = {file: file.read_bytes() for file in (*_arrays(folder), *_places(folder))}
        _each(kept, Path.unlink)
        again = open_engine(folder)
        again.update(40, [passage(40, "gate")])  # a save keeps what had to be read from the index
        assert len(kept) == 4 and {file: file.read_bytes() for file in kept} == kept
        again.close()


def test_a_reader_whose_files_are_taken_away_by_a_commit_looks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = _built(tmp_path)
    reader = open_engine(tmp_path)
    read, times = TOC.read, 0

    def slowly(*where: Any) -> Any:
        nonlocal times
        times += 1
        if times == 1:
            monkeypatch.setattr(TOC, "read", read)
            writer.update(31, [passage(31, "gate")])
            monkeypatch.setattr(TOC, "read", slowly)
            raise FileNotFoundError("the table of contents of before is gone")
        return read(*where)

    writer.update(30, [passage(30, "a gate")])
    monkeypatch.setattr(TOC, "read", slowly)
    time.sleep(_whoosh.LOOK_EVERY)
    assert found(reader, "gate") == [31, 30]
    assert times == 2
    for each in (writer, reader):
        each.close()


def test_a_first_start_and_a_file_in_the_way(tmp_path: Path) -> None:
    assert not open_engine(tmp_path / "nothing" / "here").ready
    (tmp_path / "file").write_text("no folder")
    assert not open_engine(tmp_path / "file").ready


def test_an_index_of_an_older_shape_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _built(tmp_path).close()
    monkeypatch.setattr(_whoosh, "VERSION", "next")
    assert not open_engine(tmp_path).ready


def test_damage_under_a_running_engine_is_noticed_where_it_counts(tmp_path: Path) -> None:
    many = [
        passage(number, " ".join(f"w{number * 20 + each}" for each in range(20))) for number in range(100, 300)
    ]  # more than a file's buffer
    engine = open_engine(tmp_path)
    engine.rebuild([*DOCUMENTS, *many])
    for file in [*_segments(tmp_path), *_arrays(tmp_path), *_places(tmp_path)]:
        file.write_bytes(b"x" * (file.stat().st_size // 3))
    for question in ("dock", "do*", "dokc"):
        assert ask(engine, question).total == len(DOCUMENTS), "what is in memory goes on"
    result = ask(engine, '"part b"')
    assert (result.ready, result.hits) == (False, ())
    assert not engine.ready
    engine.rebuild(DOCUMENTS)
    assert ask(engine, '"part b"').total == len(DOCUMENTS)
    engine.close()


def test_a_failed_rebuild_leaves_the_old_index(tmp_path: Path) -> None:
    engine = _built(tmp_path)

    def broken() -> list[SearchDocument]:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        engine.rebuild(document for _ in [1] for document in broken())
    assert (engine.ready, ask(engine, "dock").total) == (True, len(DOCUMENTS))
    assert len(list(tmp_path.glob("g*"))) == 1
    engine.close()


def test_a_failed_save_leaves_the_old_state_and_the_lock_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _built(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(_whoosh, "_only_alive", _full_disk)
        with pytest.raises(OSError, match="No space"):
            engine.update(1, [passage(1, "pallet")])
    assert (found(engine, "pallet"), ask(engine, "dock").total) == ([], len(DOCUMENTS))
    engine.update(1, [passage(1, "pallet")])
    assert found(engine, "pallet") == [1]
    engine.close()


def test_a_merge_that_fails_does_not_undo_the_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _built(tmp_path)
    monkeypatch.setattr(_whoosh, "_merged", _full_disk)
    saves = _whoosh.MERGES[0][2] + 5
    for number in range(40, 40 + saves):
        engine.update(number, [passage(number, "pallet")])
    assert ask(engine, "pallet").total == saves
    monkeypatch.undo()
    engine.update(39, [passage(39, "pallet")])
    assert ask(engine, "pallet").total == saves + 1
    assert len(_segments(tmp_path)) < 4
    engine.close()


def _full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_while_another_process_writes_reading_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _built(tmp_path).close()
    context = multiprocessing.get_context("spawn")
    locked, finish = context.Event(), context.Event()
    other = context.Process(target=_hold_lock, args=(tmp_path, locked, finish))
    other.start()
    try:
        assert locked.wait(30)
        monkeypatch.setattr(_store, "LOCK_PATIENCE", 0.1)
        engine = open_engine(tmp_path)
        assert ask(engine, "dock").total == len(DOCUMENTS)
        with pytest.raises(IndexBusy):
            engine.update(1, [])
    finally:
        finish.set()
        other.join()
    engine.update(1, [])
    assert ask(engine, "dock").total == len(DOCUMENTS) - 1
    engine.close()


def _hold_lock(folder: Path, locked: Event, finish: Event) -> None:
    with IndexStore(folder).writing():
        locked.set()
        finish.wait(60)


def test_another_engine_sees_commits_and_swaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_whoosh, "LOOK_EVERY", 0.0)
    writing = _built(tmp_path)
    reading = open_engine(tmp_path)
    writing.update(31, [passage(31, "pallet")])
    assert found(reading, "pallet") == [31]
    writing.rebuild([passage(32, "pallet")])
    assert found(reading, "pallet") == [32]
    reading.update(33, [passage(33, "pallet")])
    assert found(writing, "pallet") == [32, 33]
    for each in (writing, reading):
        each.close()


def test_searches_go_on_during_saves_and_rebuilds(tmp_path: Path) -> None:
    engine = _built(tmp_path)
    totals: list[int] = []
    stop = threading.Event()

    def searching() -> None:
        while not stop.is_set():
            totals.append(ask(engine, '"part b" dock').total)

    threads = [threading.Thread(target=searching) for _ in range(3)]
    for thread in threads:
        thread.start()
    for round_ in range(12):
        engine.update(30, [passage(30, f"gate {round_}")])
        if round_ % 4 == 3:
            engine.rebuild([*DOCUMENTS, passage(30, "gate")])
    stop.set()
    for thread in threads:
        thread.join()
    assert len(totals) > 3
    assert set(totals) == {len(DOCUMENTS)}
    engine.close()
