"""Several words one right after the other, as in quotes: from where the index says they stand. Called by _ranking and _explaining."""

import numpy as np

from app.search._arrays import Docs, Floats, Ints, Mask
from app.search._places import HALF, Places
from app.search._segment import FIELDS, Segment, saturated, weighted
from app.search._snapshot import Snapshot
from app.search._store import BrokenIndex
from app.search.rules import Run


def in_a_row(snapshot: Snapshot, run: Run) -> tuple[Docs, Floats]:
    """The documents in which these words follow one another in one field, ascending, and what that gives each."""
    docs, impacts = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.float32)]
    for base, segment, places in zip(snapshot.bases, snapshot.segments, snapshot.places, strict=True):
        if all(any(segment.terms.find(stem) >= 0 for stem in stems) for stems in run):
            some, given = _standing(segment, places, run)
            docs.append(some + np.int32(base))
            impacts.append(given)
    return np.concatenate(docs), np.concatenate(impacts)


def count_in(segment: Segment, places: Places, run: Run, field: int, doc: int) -> int:
    """How often the words follow one another in that field of the document."""
    return int(np.count_nonzero(_starts(segment, places, run, field) >> HALF == doc))


def _standing(segment: Segment, places: Places, run: Run) -> tuple[Docs, Floats]:
    total = np.zeros(segment.size, dtype=np.float32)
    for field in range(len(FIELDS)):
        docs, counts = np.unique(_starts(segment, places, run, field) >> HALF, return_counts=True)
        total[docs] += weighted(field, counts.astype(np.float32), segment.lengths[field, docs])
    found = np.flatnonzero(total)
    return found.astype(np.int32), saturated(total[found])


def _starts(segment: Segment, places: Places, run: Run, field: int) -> Ints:
    """Where the words follow one another in that field: the occurrences of the first. The rarest is looked at first."""
    words = [[segment.occurrences(field, stem) for stem in stems] for stems in run]
    rarest_first = sorted(range(len(run)), key=lambda offset: sum(span.stop - span.start for span in words[offset]))
    together = _read(segment, places, words[rarest_first[0]]) - rarest_first[0]
    for offset in rarest_first[1:]:
        if len(together):
            together = together[_among(together + offset, _read(segment, places, words[offset]))]
    return together


def _read(segment: Segment, places: Places, spans: list[slice]) -> Ints:
    """Every occurrence of any of these stems."""
    found = [places.read(span) for span in spans if span.stop > span.start]
    if any(some[0] < 0 or some[-1] >> HALF >= segment.size for some in found):
        raise BrokenIndex("the file of where words stand is damaged")
    if len(found) == 1:
        return found[0]
    return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *found]))


def _among(some: Ints, others: Ints) -> Mask:
    """Which of these are among the others; both ascend."""
    if not len(others):
        return np.zeros(len(some), dtype=np.bool_)
    found: Mask = others[np.minimum(np.searchsorted(others, some), len(others) - 1)] == some
    return found
