"""Kinds of arrays that the read side is made of."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Docs = NDArray[np.int32]  # numbers of documents
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Bits = NDArray[np.uint64]  # 64 yes or no to a number
