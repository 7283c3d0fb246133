"""Several words one right after the other, as in quotes: from where the index says they stand. Called by _ranking and _explaining."""

import time
from collections.abc import Sequence
from functools import reduce
from itertools import chain

import numpy as np

from app.search._segment import FIELDS, Docs, Floats, Ints, Segment, saturated, weighted
from app.search._snapshot import Places, Snapshot
from app.search.rules import MAX_TERMS, Run, Stems

LONGEST_RUN = 2 * MAX_TERMS  # pairs of characters, where there are no spaces
AT_ONCE = 1000  # documents between two looks at the clock


def in_a_row(snapshot: Snapshot, run: Run, deadline: float) -> tuple[Docs, Floats, bool]:
    """The documents in which these words follow one another in one field, what that gives each, and whether there was time for all."""
    docs, impacts = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.float32)]
    for base, segment, places in zip(snapshot.bases, snapshot.segments, snapshot.places, strict=True):
        candidates = reduce(np.intersect1d, (_holding(segment, stems) for stems in run))
        for start in range(0, len(candidates), AT_ONCE):
            if time.monotonic() > deadline:
                return np.concatenate(docs), np.concatenate(impacts), False
            some, given = _standing(segment, places, run, candidates[start : start + AT_ONCE])
            docs.append(some + np.int32(base))
            impacts.append(given)
    return np.concatenate(docs), np.concatenate(impacts), True


def counts_in(places: Places, run: Run, field: int, docs: Docs) -> Ints:
    """How often the words follow one another in that field of each document."""
    starts = [_places_of(places, stems, field, docs) - offset for offset, stems in enumerate(run)]
    together = reduce(np.intersect1d, starts)
    return np.bincount(np.searchsorted(docs, together >> 32), minlength=len(docs))


def _holding(segment: Segment, stems: Stems) -> Docs:
    return reduce(np.union1d, (segment.postings(stem)[0] for stem in stems))


def _standing(segment: Segment, places: Places, run: Run, docs: Docs) -> tuple[Docs, Floats]:
    total = np.zeros(len(docs), dtype=np.float32)
    for field in range(len(FIELDS)):
        counts = counts_in(places, run, field, docs).astype(np.float32)
        total += weighted(field, counts, segment.lengths[field, docs])
    found = np.flatnonzero(total)
    return docs[found], saturated(total[found])


def _places_of(places: Places, stems: Stems, field: int, docs: Docs) -> Ints:
    """Where any of the stems stands."""
    found = [_places(docs, places.positions(stem, field, docs)) for stem in stems]
    return found[0] if len(found) == 1 else np.unique(np.concatenate(found))


def _places(docs: Docs, positions: Sequence[Sequence[int]]) -> Ints:
    """Every occurrence as one number: document in the high half, position in the low one."""
    sizes = [len(some) for some in positions]
    flat = np.fromiter(chain.from_iterable(positions), np.int64, sum(sizes))
    return (np.repeat(docs.astype(np.int64), sizes) << 32) + flat + LONGEST_RUN
