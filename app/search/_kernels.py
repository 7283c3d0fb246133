"""The loops over every posting and every document that the speed of a search rests on: with numpy, or compiled by numba where the extra
`fast` is installed. Both give the same. Chosen by the engine, carried by the snapshot, called by _ranking."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.search._segment import Docs, Floats, Ints, Mask

try:
    import numba
except ImportError:
    numba = None

Tally = NDArray[np.complex64]  # of each document: its score in the real part, how much of the question it covers in the other


class Kernels(Protocol):
    """What _ranking asks for; arrays run over all documents of a snapshot."""

    def add(self, tally: Tally, docs: Docs, impacts: Floats, rarity: float, worth: float) -> None:
        """A word counts for the documents that hold it."""

    def best_of_runs(self, tally: Tally, allowed: Mask, starts: Ints, least: float) -> Floats:
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

    def add(self, tally: Tally, docs: Docs, impacts: Floats, rarity: float, worth: float) -> None:
        np.add.at(tally, docs, impacts * np.float32(rarity) + np.complex64(1j * worth))

    def best_of_runs(self, tally: Tally, allowed: Mask, starts: Ints, least: float) -> Floats:
        scores: Floats = tally.real * (allowed & (tally.imag >= np.float32(least)))
        return np.maximum.reduceat(scores, starts) if len(starts) else scores


class CompiledKernels:
    """The same as machine code; it runs beside other threads of Python."""

    def __init__(self) -> None:
        compiled: Callable[[Any], Any] = numba.njit(cache=True, nogil=True, fastmath=True)
        self._add, self._best_of_runs = compiled(_add), compiled(_best_of_runs)
        tally, docs = np.zeros(1, dtype=np.complex64), np.zeros(1, dtype=np.int32)
        self.add(tally, docs, np.zeros(1, dtype=np.float32), 1.0, 1.0)
        self.best_of_runs(tally, np.ones(1, dtype=np.bool_), np.zeros(1, dtype=np.int64), 1.0)

    def add(self, tally: Tally, docs: Docs, impacts: Floats, rarity: float, worth: float) -> None:
        self._add(_pairs(tally), docs, impacts, np.float32(rarity), np.float32(worth))

    def best_of_runs(self, tally: Tally, allowed: Mask, starts: Ints, least: float) -> Floats:
        best = np.zeros(len(starts), dtype=np.float32)
        self._best_of_runs(_pairs(tally), allowed, np.append(starts[1:], len(tally)), np.float32(least), best)
        return best


def _pairs(tally: Tally) -> Floats:
    return tally.view(np.float32).reshape(-1, 2)


def _add(tally: Floats, docs: Docs, impacts: Floats, rarity: np.float32, worth: np.float32) -> None:
    for place in range(docs.shape[0]):
        tally[docs[place], 0] += impacts[place] * rarity
        tally[docs[place], 1] += worth


def _best_of_runs(tally: Floats, allowed: Mask, ends: Ints, least: np.float32, best: Floats) -> None:
    start = 0
    for run in range(ends.shape[0]):
        top = np.float32(0)
        for doc in range(start, ends[run]):
            score = tally[doc, 0] * np.float32(allowed[doc] & (tally[doc, 1] >= least))
            top = score if score > top else top
        best[run] = top
        start = ends[run]
