"""The loops over every posting, document and vector that the speed of a search rests on: with numpy, or compiled by numba where the extra
`fast` is installed. Both give the same. Chosen by the engine, carried by the snapshot and by stored vectors."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from app.search._arrays import Bits, Docs, Floats, Ints, Mask, run_starts

try:
    import numba
except ImportError:
    numba = None

Tally = NDArray[np.complex64]  # of each document: its score in the real part, how much of the question it covers in the other


class Gains(NamedTuple):
    """What a word gives each document that holds it, as a multiple of its rarity, and what it is worth in the question."""

    impacts: Floats
    rarity: float
    worth: float


class Kernels(Protocol):
    """What _ranking asks for; arrays run over all documents of a snapshot."""

    def add(self, tally: Tally, allowed: Mask, docs: Docs, gains: Gains) -> float:
        """A word counts for the documents that hold it; gives the most that one of those allowed covers by now."""

    def answering(self, tally: Tally, allowed: Mask, least: float) -> Docs:
        """The documents, ascending, that are allowed and cover at least so much."""

    def best_of_runs(self, tally: Tally, docs: Docs, run_of: Docs, runs: int) -> Floats:
        """The best score in each of so many runs of documents, of these documents, ascending; 0 where there is none."""

    def least_differing(self, signs: Bits, question: Bits, rows: Ints, most: int) -> Ints:
        """The places in `rows` of about so many columns of `signs` that differ from the question's in the fewest bits."""


def fastest(folder: Path) -> Kernels:
    """What this installation has; compiled code is kept in the folder, so that only the first start takes the second it costs."""
    if numba is None:
        return NumpyKernels()
    numba.config.CACHE_DIR = str(folder)
    return compiled_kernels()


@cache
def compiled_kernels() -> "CompiledKernels":
    """One for all engines of a process: compiling takes a second."""
    return CompiledKernels()


class NumpyKernels:
    """Plain operations on arrays."""

    def add(self, tally: Tally, allowed: Mask, docs: Docs, gains: Gains) -> float:
        np.add.at(tally, docs, gains.impacts * np.float32(gains.rarity) + np.complex64(1j * gains.worth))
        return float((tally.imag[docs] * allowed[docs]).max(initial=0.0))

    def answering(self, tally: Tally, allowed: Mask, least: float) -> Docs:
        return np.flatnonzero(allowed & (tally.imag >= np.float32(least))).astype(np.int32)

    def best_of_runs(self, tally: Tally, docs: Docs, run_of: Docs, runs: int) -> Floats:
        best = np.zeros(runs, dtype=np.float32)
        if len(docs):
            run = run_of[docs]
            starts = run_starts(run)
            best[run[starts]] = np.maximum.reduceat(tally.real[docs], starts)
        return best

    def least_differing(self, signs: Bits, question: Bits, rows: Ints, most: int) -> Ints:
        differing = np.zeros(signs.shape[1], dtype=np.uint16)
        for line, sign in zip(signs, question, strict=True):
            differing += np.bitwise_count(line ^ sign)
        asked = differing[rows]
        return np.flatnonzero(asked <= _reach(np.bincount(asked), most))


class CompiledKernels:
    """The same as machine code; it runs beside other threads of Python."""

    def __init__(self) -> None:
        compiled: Callable[[Any], Any] = numba.njit(cache=True, nogil=True, fastmath=True)
        self._add, self._answering, self._best_of_runs = compiled(_add), compiled(_answering), compiled(_best_of_runs)
        self._differing, self._within = compiled(_differing), compiled(_within)
        tally, allowed, docs = np.zeros(1, dtype=np.complex64), np.ones(1, dtype=np.bool_), np.zeros(1, dtype=np.int32)
        self.add(tally, allowed, docs, Gains(np.zeros(1, dtype=np.float32), 1.0, 1.0))
        self.answering(tally, allowed, 1.0)
        self.best_of_runs(tally, docs, docs, 1)
        self.least_differing(np.zeros((1, 1), dtype=np.uint64), np.zeros(1, dtype=np.uint64), np.zeros(1, dtype=np.int64), 1)

    def add(self, tally: Tally, allowed: Mask, docs: Docs, gains: Gains) -> float:
        return float(self._add(_pairs(tally), allowed, docs, gains.impacts, np.float32(gains.rarity), np.float32(gains.worth)))

    def answering(self, tally: Tally, allowed: Mask, least: float) -> Docs:
        docs = np.empty(len(allowed), dtype=np.int32)
        return docs[: self._answering(_pairs(tally), allowed, np.float32(least), docs)]

    def best_of_runs(self, tally: Tally, docs: Docs, run_of: Docs, runs: int) -> Floats:
        best = np.zeros(runs, dtype=np.float32)
        self._best_of_runs(_pairs(tally), docs, run_of, best)
        return best

    def least_differing(self, signs: Bits, question: Bits, rows: Ints, most: int) -> Ints:
        differing, held = np.zeros(signs.shape[1], dtype=np.uint16), np.zeros(64 * len(question) + 1, dtype=np.int64)
        self._differing(signs, question, rows, differing, held)
        reach = _reach(held, most)
        places = np.empty(int(held[: reach + 1].sum()), dtype=np.int64)
        self._within(differing, rows, reach, places)
        return places


def _pairs(tally: Tally) -> Floats:
    return tally.view(np.float32).reshape(-1, 2)


def _add(tally: Floats, allowed: Mask, docs: Docs, impacts: Floats, rarity: np.float32, worth: np.float32) -> np.float32:
    most = np.float32(0)
    for place in range(docs.shape[0]):
        doc = docs[place]
        tally[doc, 0] += impacts[place] * rarity
        covered = tally[doc, 1] + worth
        tally[doc, 1] = covered
        if covered > most and allowed[doc]:
            most = covered
    return most


def _answering(tally: Floats, allowed: Mask, least: np.float32, docs: Docs) -> int:
    found = 0
    for doc in range(allowed.shape[0]):
        if tally[doc, 1] >= least and allowed[doc]:  # few do
            docs[found] = doc
            found += 1
    return found


def _best_of_runs(tally: Floats, docs: Docs, run_of: Docs, best: Floats) -> None:
    for place in range(docs.shape[0]):
        doc = docs[place]
        run = run_of[doc]
        best[run] = max(best[run], tally[doc, 0])


def _reach(held: Ints, most: int) -> int:
    """The number of bits up to which about so many columns differ, of which `held` says how many differ in each number."""
    return int(np.searchsorted(np.cumsum(held), most))


def _differing(signs: Bits, question: Bits, rows: Ints, differing: NDArray[np.uint16], held: Ints) -> None:
    for line in range(signs.shape[0]):
        for column in range(signs.shape[1]):
            bits = signs[line, column] ^ question[line]
            bits -= (bits >> np.uint64(1)) & np.uint64(0x5555555555555555)
            bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
            bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
            differing[column] += (bits * np.uint64(0x0101010101010101)) >> np.uint64(56)
    for place in range(rows.shape[0]):
        held[differing[rows[place]]] += 1


def _within(differing: NDArray[np.uint16], rows: Ints, reach: int, places: Ints) -> None:
    found = 0
    for place in range(rows.shape[0]):
        if differing[rows[place]] <= reach:
            places[found] = place
            found += 1
