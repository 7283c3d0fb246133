"""The loops over every posting and every document that the speed of a search rests on: with numpy, or compiled by numba where the extra
`fast` is installed. Both give the same. Chosen by the engine, carried by the snapshot, called by _ranking."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from app.search._segment import Docs, Floats, Ints, Mask

try:
    import numba
except ImportError:
    numba = None

Tally = NDArray[np.complex64]  # of each document: its score in the real part, how much of the question it covers in the other


class Runs(NamedTuple):
    """Documents of one asset follow one another: where each run of them starts, and which run each document is in."""

    starts: Ints
    of: Docs


class Gains(NamedTuple):
    """What a word gives each document that holds it, as a multiple of its rarity, and what it is worth in the question."""

    impacts: Floats
    rarity: float
    worth: float


class Kernels(Protocol):
    """What _ranking asks for; arrays run over all documents of a snapshot."""

    def add(self, tally: Tally, allowed: Mask, docs: Docs, gains: Gains) -> float:
        """A word counts for the documents that hold it; gives the most that one of those allowed covers by now."""

    def best_of_runs(self, tally: Tally, allowed: Mask, runs: Runs, least: float) -> Floats:
        """The best score in each run of documents, of those allowed that cover at least so much; 0 where there is none."""


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

    def best_of_runs(self, tally: Tally, allowed: Mask, runs: Runs, least: float) -> Floats:
        scores: Floats = tally.real * (allowed & (tally.imag >= np.float32(least)))
        return np.maximum.reduceat(scores, runs.starts) if len(runs.starts) else scores


class CompiledKernels:
    """The same as machine code; it runs beside other threads of Python."""

    def __init__(self) -> None:
        compiled: Callable[[Any], Any] = numba.njit(cache=True, nogil=True, fastmath=True)
        self._add, self._best_of_runs = compiled(_add), compiled(_best_of_runs)
        tally, allowed, docs = np.zeros(1, dtype=np.complex64), np.ones(1, dtype=np.bool_), np.zeros(1, dtype=np.int32)
        self.add(tally, allowed, docs, Gains(np.zeros(1, dtype=np.float32), 1.0, 1.0))
        self.best_of_runs(tally, allowed, Runs(np.zeros(1, dtype=np.int64), docs), 1.0)

    def add(self, tally: Tally, allowed: Mask, docs: Docs, gains: Gains) -> float:
        return float(self._add(_pairs(tally), allowed, docs, gains.impacts, np.float32(gains.rarity), np.float32(gains.worth)))

    def best_of_runs(self, tally: Tally, allowed: Mask, runs: Runs, least: float) -> Floats:
        best = np.zeros(len(runs.starts), dtype=np.float32)
        self._best_of_runs(_pairs(tally), allowed, runs.of, np.float32(least), best)
        return best


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


def _best_of_runs(tally: Floats, allowed: Mask, run_of: Docs, least: np.float32, best: Floats) -> None:
    for doc in range(allowed.shape[0]):
        if tally[doc, 1] >= least and allowed[doc]:  # few do
            run = run_of[doc]
            best[run] = max(best[run], tally[doc, 0])
