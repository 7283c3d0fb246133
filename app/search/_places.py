"""Where words stand in the documents of a segment: each occurrence as one number, the document in its high half, the position in its low
one. They lie in a file beside the segment, field by field and term by term, ascending, and are read when a phrase is asked for."""

import os
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from app.search._arrays import Docs, Floats, Ints
from app.search._store import BrokenIndex

HALF = 32  # bits of the position


class Places(Protocol):
    """The occurrences of a segment."""

    def read(self, span: slice) -> Ints:
        """The occurrences from the one with this number to the other; BrokenIndex if they are not there any more."""


@dataclass(frozen=True)
class HeldPlaces:
    """In memory, of a segment that was just decoded."""

    occurrences: Ints

    def read(self, span: slice) -> Ints:
        return self.occurrences[span]


class StoredPlaces:
    """In the file. It stays open, and so there, as long as somebody has this: a search goes on in a segment that a commit removed."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_RDONLY)
        weakref.finalize(self, os.close, self._descriptor)

    def read(self, span: slice) -> Ints:
        size = 8 * (span.stop - span.start)
        try:
            content = os.pread(self._descriptor, size, 8 * span.start)
        except OSError as error:
            raise BrokenIndex("where words stand cannot be read") from error
        if len(content) < size:
            raise BrokenIndex("the file of where words stand was cut short")
        return np.frombuffer(content, dtype="<i8")


def save_places(places: HeldPlaces, file: Path) -> None:
    """Keep them beside the index; whole or not at all."""
    beside = file.with_name(f"{file.name}.new")
    places.occurrences.astype("<i8", copy=False).tofile(beside)
    os.replace(beside, file)


def occurrences_of(docs: Docs, counts: Floats, positions: list[int]) -> Ints:
    """The occurrences of one term in one field: so many in each document, and the positions of all one after the other."""
    return (np.repeat(docs.astype(np.int64), counts.astype(np.int64)) << HALF) + np.array(positions, dtype=np.int64)
