"""Kinds of arrays that the read side is made of, and where runs of equal values begin in one."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Docs = NDArray[np.int32]  # numbers of documents
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Bits = NDArray[np.uint64]  # 64 yes or no to a number


def run_starts(values: NDArray[np.generic]) -> Ints:
    """Where each run of equal values begins."""
    return np.flatnonzero(np.concatenate((np.ones(min(len(values), 1), dtype=np.bool_), values[1:] != values[:-1])))
