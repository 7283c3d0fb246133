"""The vectors of passages, beside the index: one file that grows, read by all processes through memory, written by one at a time. A cache:
a file of another model, cut short or not to be read is made anew. Called by the engine and the job that computes vectors."""

import logging
import mmap
import os
import struct
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from io import FileIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.core.storage import sync_folder
from app.search._arrays import Bits, Ints
from app.search._kernels import Kernels, NumpyKernels
from app.search._model import WIDTH, Vectors
from app.search._store import only_one

FILE, LOCK = "vectors", "vectors.lock"
LOOK_EVERY = 0.25  # seconds until what another process wrote is seen
# A first pass compares signs alone; the best so many are compared in full. Of 200,000 it keeps 97 of the best hundred and 99 % of the best
# thirty (judged by 20,000 real passages with a tenth of it).
FIRST_PASS = 1000
DIGEST_SIZE = 16
MOST = 1.01  # that vectors of length 1 can come to, rounded as they are
BLOCK = 4096  # rows read or written at once

_HEADER = struct.Struct("<8s16s8sQ")  # what the file is, whose vectors, which file it is, how many rows are whole
_MAGIC = b"QVECTOR1"
_SIGN_EXPONENT_MANTISSA = np.int32(-0x70002000)  # bits 31, 27 to 23 and 22 to 13
_ROW = np.dtype([("digest", "<u8", 2), ("signs", "<u8", WIDTH // 64), ("vector", "<f2", WIDTH)])

Rows = Ints
Records = NDArray[np.void]

_log = logging.getLogger(__name__)


def embedded_text(title: str, heading: str, text: str) -> str:
    """What of a passage is made into a vector."""
    return "\n".join(part for part in (title, heading, text) if part)


def digest_of(text: str) -> bytes:
    """Sixteen bytes that stand for a text; equal texts share a vector."""
    return blake2b(text.encode(errors="replace"), digest_size=DIGEST_SIZE).digest()


@dataclass(frozen=True)
class StoredVectors:
    """What was there at one moment, safe to share between threads. Rows are numbers from 0 that count here only; -1: no vector yet."""

    kernels: Kernels
    rows: Records  # memory-mapped, of _ROW
    signs: Bits  # a line for each 64 dimensions
    ordered: Bits  # first halves of the digests, ascending
    order: Rows  # their rows

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.rows)

    def find(self, digests: Sequence[bytes]) -> Rows:
        """The row of each text by its digest."""
        asked = np.frombuffer(b"".join(digests), dtype="<u8").reshape(-1, 2)
        if not (self.size and len(asked)):
            return np.full(len(asked), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(self.ordered, asked[:, 0]), self.size - 1)
        found = self.order[places]
        return np.where((self.rows["digest"][found] == asked).all(axis=1), found, -1)

    def scores(self, question: Vectors, rows: Rows) -> Vectors:
        """How near the question is to each row, from -1 to 1; 0 for a missing one."""
        found = np.zeros(len(rows), dtype=np.float32)
        there = np.flatnonzero(rows >= 0)
        for start in range(0, len(there), BLOCK):
            some = there[start : start + BLOCK]
            found[some] = _products(self.rows["vector"][rows[some]], question)
        found[np.abs(found) > MOST] = 0  # of a damaged page of the disk
        return np.clip(found, -1.0, 1.0)

    def nearest(self, question: Vectors, rows: Rows, k: int = 100, first_pass: int = FIRST_PASS) -> tuple[Rows, Vectors]:
        """The places within `rows` of the k nearest, nearest first, and how near they are. `rows` is what may be found, in any order;
        none is missing."""
        places = np.arange(len(rows))
        if len(rows) > first_pass:
            places = self.kernels.least_differing(self.signs, _signs(question[None])[0], rows, first_pass)
        scores = self.scores(question, rows[places])
        some = np.argpartition(scores, len(scores) - k)[len(scores) - k :] if len(scores) > k else np.arange(len(scores))
        best = some[np.lexsort((places[some], -scores[some]))]
        return places[best], scores[best]


def _nothing(kernels: Kernels) -> StoredVectors:
    halves, signs = np.zeros(0, dtype=np.uint64), np.zeros((WIDTH // 64, 0), dtype=np.uint64)
    return StoredVectors(kernels, np.zeros(0, dtype=_ROW), signs, halves, np.zeros(0, dtype=np.int64))


class VectorStore:
    """The file of vectors of one model in the folder of the index."""

    def __init__(self, folder: Path, model: str, kernels: Kernels | None = None) -> None:
        self.folder = folder
        self._nothing = _nothing(kernels or NumpyKernels())
        self._whose = digest_of(model)
        self._seen = self._nothing
        self._birth = b""  # of the file that was seen; empty without one
        self.fault = ""  # a sentence, while the file cannot be used
        self._looked = -LOOK_EVERY
        self._lock = threading.Lock()

    def read(self, *, at_once: bool = False) -> StoredVectors:
        """What is stored, at most LOOK_EVERY old; nothing of a file that cannot be used."""
        if at_once or time.monotonic() - self._looked >= LOOK_EVERY:
            with self._lock:
                self._looked = time.monotonic()
                self._look()
        return self._seen

    def append(self, digests: Sequence[bytes], vectors: Vectors) -> None:
        """Keep the vectors of these different texts for good; known ones are left out. IndexBusy or OSError: nothing was added."""
        with self._writing() as stored:
            new = np.flatnonzero(stored.find(digests) < 0).tolist()
            if new:
                added = _rows([digests[number] for number in new], vectors[new])
                with open(self.folder / FILE, "r+b", buffering=0) as file:
                    file.seek(_HEADER.size + stored.size * _ROW.itemsize)
                    _write(file, [added])
                    file.seek(0)
                    file.write(self._header(self._birth, stored.size + len(added)))
                    os.fsync(file.fileno())

    def keep(self, digests: Collection[bytes]) -> int:
        """Drop what none of these texts uses, and say how many that were. IndexBusy or OSError: nothing was dropped."""
        with self._writing() as stored:
            used = np.unique(stored.find(sorted(digests)))
            used = used[used >= 0]
            if len(used) < stored.size:
                self._replace([stored.rows[used[start : start + BLOCK]] for start in range(0, len(used), BLOCK)])
            return stored.size - len(used)

    @contextmanager
    def _writing(self) -> Iterator[StoredVectors]:
        """The one writer, with what is stored now and a file to add to; what it changed is seen at once in this process."""
        with only_one(self.folder / LOCK):
            stored = self.read(at_once=True)
            if not self._birth:
                self._replace([])
                stored = self.read(at_once=True)
            yield stored
            self.read(at_once=True)

    def _replace(self, parts: Sequence[Records]) -> None:
        """A new file in the old one's place; who reads the old one keeps it until looking again."""
        beside = self.folder / f"{FILE}.new"
        with open(beside, "wb", buffering=0) as file:
            file.write(self._header(os.urandom(8), sum(map(len, parts))))
            _write(file, parts)
        os.replace(beside, self.folder / FILE)
        sync_folder(self.folder)

    def _header(self, birth: bytes, size: int) -> bytes:
        return _HEADER.pack(_MAGIC, self._whose, birth, size)

    def _look(self) -> None:
        try:
            with open(self.folder / FILE, "rb") as file:
                birth, size = self._checked(file)
                if (birth, size) != (self._birth, self._seen.size):
                    before = self._seen if birth == self._birth else self._nothing
                    self._seen = _mapped(file, size, before) if size else self._nothing
                    self._birth, self.fault = birth, ""
        except FileNotFoundError:
            self._seen, self._birth = self._nothing, b""
        except (OSError, ValueError, struct.error) as problem:
            self._seen, self._birth = self._nothing, b""
            told = f"The stored vectors cannot be used and are made anew: {problem}."
            if self.fault != told:
                self.fault = told
                _log.warning(told)

    def _checked(self, file: BinaryIO) -> tuple[bytes, int]:
        magic, whose, birth, size = _HEADER.unpack(file.read(_HEADER.size))
        if (magic, whose) != (_MAGIC, self._whose):
            raise ValueError("they are of another model or shape")
        if os.fstat(file.fileno()).st_size < _HEADER.size + size * _ROW.itemsize:
            raise ValueError("the file was cut short")
        return birth, size


def _mapped(file: BinaryIO, size: int, before: StoredVectors) -> StoredVectors:
    """The first `size` rows of the file; what was seen of them before is not read again."""
    whole = mmap.mmap(file.fileno(), _HEADER.size + size * _ROW.itemsize, access=mmap.ACCESS_READ)
    rows = np.frombuffer(whole, dtype=_ROW, offset=_HEADER.size, count=size)
    signs = np.concatenate([before.signs, np.ascontiguousarray(rows["signs"][before.size :].T)], axis=1)
    halves = np.empty(size, dtype=np.uint64)
    halves[before.order] = before.ordered
    halves[before.size :] = rows["digest"][before.size :, 0]
    order = np.argsort(halves, kind="stable")
    return StoredVectors(before.kernels, rows, signs, halves[order], order)


def _rows(digests: Sequence[bytes], vectors: Vectors) -> Records:
    made = np.zeros(len(digests), dtype=_ROW)
    made["digest"] = np.frombuffer(b"".join(digests), dtype="<u8").reshape(-1, 2)
    made["signs"] = _signs(vectors)
    made["vector"] = vectors
    return made


def _products(halves: NDArray[np.float16], question: Vectors) -> Vectors:
    """Of half-precision rows and a question. Widened by hand, as numpy takes five times as long: exponent and mantissa of a half, moved to
    where a single has them, read 2**-112 of it, as exponents count from 15 in the one and from 127 in the other."""
    moved = halves.view(np.int16).astype(np.int32)
    moved <<= 13
    moved &= _SIGN_EXPONENT_MANTISSA
    products: Vectors = moved.view(np.float32) @ (question * np.float32(2.0**112))
    return products


def _signs(vectors: Vectors) -> Bits:
    """A bit for each number, set where it is above 0; (n, 6)."""
    return np.packbits(vectors > 0, axis=1).view("<u8")


def _write(file: FileIO, parts: Iterable[Records]) -> None:
    """All rows, from where the file stands, on the disk when this returns."""
    for part in parts:
        rest = memoryview(part.tobytes())
        while rest:
            rest = rest[file.write(rest) :]
    os.fsync(file.fileno())
