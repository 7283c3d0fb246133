"""Made-up vectors for benchmarks, each near one of a few hundred centres as those of real passages are: the real ones of 200,000 passages
take forty minutes."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np

from app.search._model import WIDTH, read_model
from app.search._segment import meaning_of
from app.search._vectors import VectorStore
from app.search.engine import SearchDocument

CENTRES, BATCH = 400, 20_000


def write_vectors(folder: Path, model_file: Path, documents: Iterable[SearchDocument]) -> None:
    """Keep a vector of each document beside the index in this folder, as this model's."""
    store, chance = VectorStore(folder, read_model(model_file).name), np.random.default_rng(5)
    centres, left = chance.standard_normal((CENTRES, WIDTH)).astype(np.float32), iter(documents)
    while texts := list(dict.fromkeys(meaning_of(each) for each in islice(left, BATCH))):
        near = centres[chance.integers(0, CENTRES, len(texts))] + chance.standard_normal((len(texts), WIDTH)).astype(np.float32)
        store.append(texts, near / np.linalg.norm(near, axis=1, keepdims=True))
