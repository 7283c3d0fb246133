"""The arrays of a new segment straight from its documents, so that a save need not read back what it has just written. Called by the
engine."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from app.search._arrays import Ints
from app.search._places import HeldPlaces, occurrences_of
from app.search._segment import FIELDS, Held, Segment, build_segment

Added = Mapping[str, Any]  # of a document, as fields_of gives it
Arrays = tuple[Segment, HeldPlaces]


def arrays_of(added: Sequence[Added]) -> Arrays:
    """What a segment of these documents holds, exactly as it would be decoded from the index."""
    found: list[Ints] = [np.zeros(0, dtype=np.int64)]
    records = [each["record"] for each in added]
    arrays = build_segment(records, lambda field: _given(added, FIELDS[field], found), _given(added, "words"))
    return arrays, HeldPlaces(np.concatenate(found))


def _given(added: Sequence[Added], field: str, occurrences: list[Ints] | None = None) -> Iterator[Held]:
    """Every word of a field in order, with its documents; where they stand in these is added to the occurrences."""
    found: dict[str, list[tuple[int, int]]] = {}
    for number, each in enumerate(added):
        for position, word in enumerate(each.get(field) or ()):
            found.setdefault(word, []).append((number, position))
    for word in sorted(found):
        often = Counter(number for number, _ in found[word])
        held = word, np.array([*often], dtype=np.int32), np.array([*often.values()], dtype=np.float32)
        if occurrences is not None:
            occurrences.append(occurrences_of(held[1], held[2], [position for _, position in found[word]]))
        yield held
