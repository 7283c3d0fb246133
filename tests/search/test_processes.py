"""Several processes on one index folder: one writes, two read; what was committed is seen within a second, and a second writer waits."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest

from app.search._model import WIDTH
from app.search._store import IndexStore
from app.search._vectors import VectorStore, digest_of
from app.search._whoosh import open_engine
from app.search.engine import SearchEngine
from tests.search.search_documents import found, passage

PATIENCE = 30.0  # seconds for a process to start, or to see what it never will
MODEL = "a model"
Expected = tuple[str, list[int]]  # a question, and the assets that answer it once the change is there


def _read(folder: Path, pipe: Connection) -> None:
    """A reading process: for each thing expected it tells when it saw it, by the clock all processes share."""
    engine, vectors = open_engine(folder), VectorStore(folder, MODEL)
    pipe.send(found(engine, "dock"))
    while (expected := pipe.recv()) is not None:
        until = time.monotonic() + PATIENCE
        while not _sees(engine, vectors, expected) and time.monotonic() < until:
            time.sleep(0.01)
        pipe.send(time.monotonic())
    engine.close()


def _sees(engine: SearchEngine, vectors: VectorStore, expected: Expected | int) -> bool:
    """A question's answers, or so many vectors."""
    if isinstance(expected, int):
        return vectors.read().size == expected
    return found(engine, expected[0]) == expected[1]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SearchEngine]:
    """The writing one."""
    opened = open_engine(tmp_path)
    opened.rebuild(passage(number, "a dock door") for number in (1, 2, 3))
    yield opened
    opened.close()


@pytest.fixture
def readers(engine: SearchEngine, tmp_path: Path) -> Iterator[Sequence[Connection]]:
    """Two more processes on the same folder, ready to look."""
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in range(2)]
    processes = [context.Process(target=_read, args=(tmp_path, there)) for _, there in pipes]
    for process in processes:
        process.start()
    ends = [here for here, _ in pipes]
    for end in ends:
        assert end.poll(PATIENCE) and end.recv() == [1, 2, 3]
    yield ends
    for end, process in zip(ends, processes, strict=True):
        end.send(None)
        process.join(PATIENCE)


def test_what_one_process_commits_two_others_see_within_a_second(
    engine: SearchEngine, readers: Sequence[Connection], tmp_path: Path
) -> None:
    vectors = VectorStore(tmp_path, MODEL)
    changes: list[tuple[Expected | int, Callable[[], object]]] = [
        (("pallet", [4]), lambda: engine.update(4, [passage(4, "a pallet")])),
        (("pallet", []), lambda: engine.update(4, [])),
        (("gate", [2]), lambda: engine.update(2, [passage(2, "a gate")])),
        (3, lambda: vectors.append([digest_of(word) for word in "abc"], np.ones((3, WIDTH), dtype=np.float32))),
        (("slot", [7]), lambda: engine.rebuild([passage(7, "a slot")])),
        (("gate", []), lambda: None),
        (("lane", [8]), lambda: engine.update(8, [passage(8, "a lane")])),
        (5, lambda: vectors.append([digest_of(word) for word in "de"], np.ones((2, WIDTH), dtype=np.float32))),
    ]
    for expected, change in changes:
        for reader in readers:
            reader.send(expected)
        change()
        committed = time.monotonic()
        for reader in readers:
            assert reader.poll(2 * PATIENCE)
            assert reader.recv() - committed <= 1, expected


def _keep(folder: Path, pipe: Connection) -> None:
    """Another process that is writing until told that it has done."""
    with IndexStore(folder).writing():
        pipe.send("writing")
        pipe.recv()
        pipe.send(time.monotonic())


def test_a_second_writer_waits_until_the_first_has_done(engine: SearchEngine, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    other = context.Process(target=_keep, args=(tmp_path, there))
    other.start()
    assert here.poll(PATIENCE) and here.recv() == "writing"
    saved: list[float] = []

    def save() -> None:
        engine.update(4, [passage(4, "a pallet")])
        saved.append(time.monotonic())

    saving = threading.Thread(target=save)
    saving.start()
    time.sleep(0.3)
    assert (saved, found(engine, "pallet"), found(engine, "dock")) == ([], [], [1, 2, 3]), "reading goes on"
    here.send("done")
    saving.join(PATIENCE)
    other.join(PATIENCE)
    assert saved[0] > here.recv()
    assert found(engine, "pallet") == [4]
