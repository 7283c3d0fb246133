"""What a search reads: one immutable Snapshot of all segments as numpy arrays, and a View of it for what an asker may see.
Built by the engine at each commit; read by _ranking, _words and _folding. Knows nothing of the index on disk."""

import json
import struct
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.search.engine import RELEASED, SearchDocument, combined_digest, document_digest
from app.search.rules import MAX_TERMS

FIELDS = ("title", "heading", "text", "questions", "tags")
MAX_CACHED_TERMS = 4096

Ints = NDArray[np.int64]
Docs = NDArray[np.int32]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Postings:
    """Where a term stands in one field: document numbers, ascending, and how often."""

    field: int
    docs: Docs
    counts: Floats


@dataclass(frozen=True)
class Records:
    """What is kept of each document of a segment besides its words. Rows of `numbers` follow NUMBERS, then the word count of each field."""

    keys: Sequence[str]
    digests: Sequence[bytes]
    twins: Sequence[str]
    facets: Ints  # two rows: document, facet value
    numbers: Ints


NUMBERS = ("asset", "passage", "audience", "status", "review_on", "expires_on", "stale_now", "changed_on")
_FIXED = struct.Struct(f"<{len(NUMBERS) + len(FIELDS)}q8s")


def packed(document: SearchDocument, lengths: Sequence[int]) -> bytes:
    """What the index keeps of a document besides its words; `lengths` counts the words of each field."""
    numbers = (document.asset_id, document.passage_id, document.audience, document.status, document.review_on, document.expires_on)
    fixed = _FIXED.pack(*numbers, document.stale_now, document.changed_on, *lengths, document_digest(document))
    return fixed + json.dumps([document.key, document.twin, *document.facets]).encode("ascii")


def unpacked(rows: Sequence[bytes]) -> Records:
    """The records of a segment out of its rows as packed."""
    fixed = b"".join(each[: _FIXED.size] for each in rows)
    table = np.frombuffer(fixed, dtype=np.int64).reshape(len(rows), -1)
    rest = [json.loads(each[_FIXED.size :]) for each in rows]
    return Records(
        keys=[each[0] for each in rest],
        twins=[each[1] for each in rest],
        facets=np.array([(number, value) for number, each in enumerate(rest) for value in each[2:]], dtype=np.int64).reshape(-1, 2).T,
        digests=[each[_FIXED.size - 8 : _FIXED.size] for each in rows],
        numbers=table[:, :-1].copy(),
    )


class Segment(Protocol):
    """The decoded side of one immutable index segment; document numbers count from 0 in each."""

    records: Records

    def postings(self, term: str) -> Sequence[Postings]:
        """The term in every field that has it."""

    def positions(self, term: str, field: int, docs: Docs) -> Sequence[Sequence[int]]:
        """Where the term stands in that field of each of these documents, all of which have it."""

    def documents_with(self, word: str) -> Docs:
        """Documents that hold the word in exactly this form."""

    def words(self) -> Sequence[str]:
        """Every word form of the segment, sorted."""


class Snapshot:
    """All documents of the index at one commit, numbered from 0 over all segments."""

    def __init__(self, segments: Sequence[Segment], deleted: Sequence[Collection[int]]) -> None:
        self.segments = segments
        records = [segment.records for segment in segments]
        sizes = [len(record.keys) for record in records]
        self.bases = [sum(sizes[:number]) for number in range(len(sizes))]
        self.size = sum(sizes)
        self.keys = list(chain.from_iterable(record.keys for record in records))
        self.live = np.ones(self.size, dtype=np.bool_)
        for base, gone in zip(self.bases, deleted, strict=True):
            self.live[[base + number for number in gone]] = False
        width = len(NUMBERS) + len(FIELDS)
        table = np.concatenate([record.numbers for record in records] or [np.zeros((0, width), dtype=np.int64)])
        columns = np.ascontiguousarray(table.T)
        self.asset, self.passage, self.audience, self.status = columns[:4]
        self.review_on, self.expires_on, self.stale_now, self.changed_on = columns[4:8]
        self.lengths = columns[len(NUMBERS) :]
        self._records = records
        self._views: dict[frozenset[int], View] = {}
        self._terms: dict[tuple[str, ...], tuple[Postings, ...]] = {}

    @cached_property
    def answer(self) -> Ints:
        """The answer each document belongs to, numbered from 0: its asset, or the group of format twins of that asset."""
        _, asset = np.unique(self.asset, return_inverse=True)
        numbers: dict[str, int] = {"": -1}
        twins = chain.from_iterable(record.twins for record in self._records)
        twin = np.fromiter((numbers.setdefault(value, len(numbers) - 1) for value in twins), np.int64, self.size)
        group = np.full(int(asset.max(initial=-1)) + 1, -1, dtype=np.int64)
        np.maximum.at(group, asset[self.live], twin[self.live])
        fold = np.where(group[asset] >= 0, group[asset], len(numbers) + asset)
        return np.unique(fold, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def _facet_table(self) -> tuple[Ints, Mask]:
        parts = [record.facets + np.array([[base], [0]]) for base, record in zip(self.bases, self._records, strict=True)]
        docs, values = np.concatenate(parts or [np.zeros((2, 0), dtype=np.int64)], axis=1)
        known, columns = np.unique(values, return_inverse=True)
        matrix = np.zeros((self.size, known.size + 1), dtype=np.bool_)  # nothing carries the last column
        matrix[docs, columns] = True
        return known, matrix

    def carrying(self, docs: Ints, values: Sequence[int]) -> Mask:
        """Which of the documents (rows) carry which of the facet values (columns)."""
        known, matrix = self._facet_table
        columns = np.searchsorted(known, values)
        unknown = np.append(known, -1)[columns] != values
        columns[unknown] = known.size
        return matrix[docs][:, columns]

    def postings(self, run: tuple[str, ...]) -> tuple[Postings, ...]:
        """Where a stem, or several one after the other, stand in each field, over all segments."""
        found = self._terms.get(run)
        if found is None:
            if len(self._terms) >= MAX_CACHED_TERMS:
                self._terms.clear()
            found = self._terms[run] = self._gathered(run)
        return found

    def _gathered(self, run: tuple[str, ...]) -> tuple[Postings, ...]:
        parts: dict[int, list[tuple[Docs, Floats]]] = {}
        for base, segment in zip(self.bases, self.segments, strict=True):
            for posting in segment.postings(run[0]) if len(run) == 1 else _run_in(segment, run):
                parts.setdefault(posting.field, []).append((posting.docs + np.int32(base), posting.counts))
        return tuple(
            Postings(field, np.concatenate([docs for docs, _ in some]), np.concatenate([counts for _, counts in some]))
            for field, some in sorted(parts.items())
        )

    def documents_with(self, words: Iterable[str]) -> Mask:
        """Documents that hold one of the words in exactly this form."""
        mask = np.zeros(self.size, dtype=np.bool_)
        for word in words:
            for base, segment in zip(self.bases, self.segments, strict=True):
                mask[segment.documents_with(word) + np.int32(base)] = True
        return mask

    def view(self, audiences: frozenset[int]) -> "View":
        """What somebody who may see these audiences sees."""
        known = audiences & frozenset(int(value) for value in np.unique(self.audience))
        if known not in self._views:
            self._views[known] = View(self, known)
        return self._views[known]

    def fingerprints(self) -> dict[int, str]:
        """asset_id -> digest of what is indexed for it."""
        digests: dict[int, list[bytes]] = {}
        every = chain.from_iterable(record.digests for record in self._records)
        for asset, live, digest in zip(self.asset.tolist(), self.live.tolist(), every, strict=True):
            if live:
                digests.setdefault(asset, []).append(digest)
        return {asset: combined_digest(some) for asset, some in digests.items()}


class View:
    """A snapshot with the eyes of an asker: every figure of ranking comes from visible documents only, so that nothing
    of a hidden one shows through scores, corrections or counts."""

    def __init__(self, snapshot: Snapshot, audiences: frozenset[int]) -> None:
        self.snapshot = snapshot
        self.visible: Mask = snapshot.live & (snapshot.status == RELEASED) & np.isin(snapshot.audience, sorted(audiences))
        self.count = int(self.visible.sum())

    @cached_property
    def relative_lengths(self) -> Floats:
        """Words of each field of each document against the visible mean of the field (over documents that have it)."""
        lengths = self.snapshot.lengths
        seen = lengths[:, self.visible]
        means = seen.sum(axis=1) / np.maximum((seen > 0).sum(axis=1), 1)  # whole numbers: the same in whatever order
        relative: Floats = (lengths / np.maximum(means, 1.0)[:, None]).astype(np.float32)
        return relative

    def frequency(self, docs: Docs) -> int:
        """How many of the documents are visible."""
        return int(np.count_nonzero(self.visible[docs]))


def _run_in(segment: Segment, run: Sequence[str]) -> Iterable[Postings]:
    fields = [{posting.field: posting.docs for posting in segment.postings(term)} for term in run]
    for field in range(len(FIELDS)):
        if not all(field in postings for postings in fields):
            continue
        docs = reduce(np.intersect1d, (postings[field] for postings in fields))
        starts = [_places(docs, segment.positions(term, field, docs)) - offset for offset, term in enumerate(run)]
        together = reduce(np.intersect1d, starts)
        if together.size:
            where, counts = np.unique(together >> 32, return_counts=True)
            yield Postings(field, where.astype(np.int32), counts.astype(np.float32))


def _places(docs: Docs, positions: Sequence[Sequence[int]]) -> Ints:
    """Every occurrence as one number: document in the high half, position in the low one."""
    sizes = [len(some) for some in positions]
    flat = np.fromiter(chain.from_iterable(positions), np.int64, sum(sizes))
    return (np.repeat(docs.astype(np.int64), sizes) << 32) + flat + MAX_TERMS
