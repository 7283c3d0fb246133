"""Vectors beside the index: found again, near as a full comparison says, whole after a kill, seen elsewhere, made anew when damaged."""

import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.search import _vectors
from app.search._kernels import Kernels, NumpyKernels, compiled_kernels
from app.search._model import WIDTH, Vectors
from app.search._vectors import StoredVectors, VectorStore, digest_of, embedded_text


def digests(count: int, start: int = 0) -> list[bytes]:
    return [digest_of(f"text {number}") for number in range(start, start + count)]


def some(count: int, seed: int = 1) -> Vectors:
    """Vectors of length 1 around a few centres, as texts on a few subjects have them."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(20, WIDTH))
    return of_length_one(centres[random.integers(0, 20, count)] + random.normal(size=(count, WIDTH)))


def of_length_one(vectors: NDArray[np.float64]) -> Vectors:
    """The same directions."""
    made: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return made


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    return VectorStore(tmp_path / "index", "a model")


def again(store: VectorStore) -> StoredVectors:
    """What another process would read."""
    return VectorStore(store.folder, "a model").read()


def test_equal_texts_share_a_digest_and_blank_parts_say_nothing() -> None:
    assert digest_of(embedded_text("Title", "", "text")) == digest_of(embedded_text("Title", "text", ""))
    assert digest_of("text") != digest_of("text ")
    assert len(digest_of("\ud800")) == 16


def test_what_was_stored_is_found_by_its_text(store: VectorStore) -> None:
    vectors = some(500)
    store.append(digests(300), vectors[:300])
    store.append(digests(500), vectors)  # the first 300 are known
    stored = again(store)
    assert stored.size == 500
    rows = stored.find([*reversed(digests(500)), digest_of("never seen")])
    assert rows[-1] == -1
    for number in (0, 299, 300, 499):
        question = vectors[number]
        assert stored.scores(question, rows)[499 - number] == pytest.approx(1, abs=1e-3)
    assert stored.scores(vectors[0], rows)[-1] == 0
    assert stored.find([]).tolist() == []


def test_an_empty_store_finds_nothing(store: VectorStore) -> None:
    assert store.read().find(digests(2)).tolist() == [-1, -1]
    places, scores = store.read().nearest(some(1)[0], np.array([], dtype=np.int64))
    assert (places.tolist(), scores.tolist()) == ([], [])


@pytest.mark.parametrize("first_pass", [100_000, 600])
@pytest.mark.parametrize("kernels", [NumpyKernels, compiled_kernels])
def test_the_nearest_are_those_of_a_full_comparison(store: VectorStore, kernels: Callable[[], Kernels], first_pass: int) -> None:
    vectors = some(6000)
    store.append(digests(6000), vectors)
    stored = VectorStore(store.folder, "a model", kernels()).read()
    random = np.random.default_rng(5)
    allowed = stored.find(digests(6000))[random.permutation(6000)[:4000]]
    for question in of_length_one(vectors[:20] + random.normal(size=(20, WIDTH), scale=0.03)):
        exact = vectors[allowed].astype(np.float16).astype(np.float32) @ question
        wanted = np.argsort(-exact, kind="stable")[:50]
        places, scores = stored.nearest(question, allowed, k=50, first_pass=first_pass)
        assert np.all(np.diff(scores) <= 0)
        assert scores == pytest.approx(exact[places], abs=1e-4)
        if first_pass > 6000:
            assert places.tolist() == wanted.tolist()
        else:
            assert len(set(places.tolist()) & set(wanted.tolist())) >= 49


def test_what_no_text_uses_is_dropped(store: VectorStore) -> None:
    vectors = some(100)
    store.append(digests(100), vectors)
    before = again(store)
    assert store.keep([*digests(40, start=30), digest_of("never stored")]) == 60
    after = again(store)
    assert after.size == 40
    assert (after.find(digests(100)) >= 0).tolist() == [30 <= number < 70 for number in range(100)]
    assert after.scores(vectors[50], after.find(digests(100)))[50] == pytest.approx(1, abs=1e-3)
    assert before.scores(vectors[0], before.find(digests(100)))[0] == pytest.approx(1, abs=1e-3), "who reads the old file keeps it"
    assert store.keep(digests(100)) == 0
    store.append(digests(100), vectors)
    assert again(store).size == 100


def write_and_vanish(folder: Path, step: str) -> None:
    """Add fifty, but end without notice at the first or second time that bytes are to be made durable."""
    store, calls = VectorStore(folder, "a model"), iter(range(9))
    real = os.fsync

    def kill(descriptor: int) -> None:
        real(descriptor)
        if next(calls) == int(step):
            os._exit(9)

    _vectors.os.fsync = kill  # type: ignore[attr-defined]  # in a process of its own
    store.append(digests(50, start=50), some(100)[50:])


@pytest.mark.parametrize("step, there", [("0", 50), ("1", 100)])
def test_a_kill_leaves_what_was_whole(store: VectorStore, step: str, there: int) -> None:
    store.append(digests(50), some(100)[:50])
    process = multiprocessing.get_context("spawn").Process(target=write_and_vanish, args=(store.folder, step))
    process.start()
    process.join(30)
    assert process.exitcode == 9
    assert again(store).size == there
    store.append(digests(100), some(100))
    stored = again(store)
    assert stored.size == 100
    assert stored.scores(some(100)[70], stored.find(digests(100)))[70] == pytest.approx(1, abs=1e-3)


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


def cut_in_the_header(file: Path) -> None:
    os.truncate(file, 10)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def scribble(file: Path) -> None:
    file.write_bytes(b"x" * file.stat().st_size)


def of_another_model(file: Path) -> None:
    file.unlink()
    VectorStore(file.parent, "another model").append(digests(3), some(3))


def make_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()
    os.rmdir(file)


def remove(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("damage", [cut, cut_in_the_header, empty, scribble, of_another_model, make_a_folder, remove])
def test_a_damaged_file_is_made_anew(store: VectorStore, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture) -> None:
    store.append(digests(10), some(10))
    # a copy is damaged, as the bytes of a file that is being read are never taken away by us
    damage(fresh_copy(store.folder / _vectors.FILE))
    assert again(store).size == 0
    assert store.read(at_once=True).size == 0
    assert ("made anew" in caplog.text) is (damage not in (make_a_folder, remove))
    store.append(digests(4), some(4))
    assert (store.read().size, again(store).size) == (4, 4)


def fresh_copy(file: Path) -> Path:
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content)
    return file


def test_damaged_numbers_never_win(store: VectorStore) -> None:
    store.append(digests(10), some(10))
    file = store.folder / _vectors.FILE
    content = file.read_bytes()
    file.write_bytes(content[: -2 * WIDTH] + b"\xff" * (2 * WIDTH))  # not a number, 384 times
    stored = again(store)
    places, scores = stored.nearest(some(10)[0], stored.find(digests(10)), k=10)
    assert places[0] == 0 and scores[places.tolist().index(9)] == 0


def add_when_told(folder: Path, ready: Event, told: Event) -> None:
    store = VectorStore(folder, "a model")
    ready.set()
    told.wait(30)
    store.append(digests(50, start=50), some(100)[50:])


def test_another_process_is_seen_within_a_second(store: VectorStore) -> None:
    context = multiprocessing.get_context("spawn")
    ready, told = context.Event(), context.Event()
    store.append(digests(50), some(100)[:50])
    writer = context.Process(target=add_when_told, args=(store.folder, ready, told))
    writer.start()
    assert ready.wait(30) and store.read().size == 50
    told.set()
    writer.join(30)
    done = time.monotonic()
    while store.read().size < 100 and time.monotonic() < done + 5:
        time.sleep(0.01)
    assert store.read().size == 100 and time.monotonic() - done <= 1
    assert store.read().find(digests(100)).min() >= 0
