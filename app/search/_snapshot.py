"""All documents of the index at one commit, and a View of them for what an asker may see. Made by the engine at each commit; read by
_ranking, _words, _folding and _explaining. Knows nothing of the index on disk."""

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar

import numpy as np

from app.search._analysis import ENGLISH, LANGUAGES
from app.search._arrays import Bits, Docs, Floats, Ints, Mask, run_starts
from app.search._kernels import Kernels
from app.search._places import Places
from app.search._segment import NUMBERS, Segment
from app.search.engine import RELEASED, combined_digest
from app.search.rules import Stems

MAX_CACHED_BYTES = 64 << 20  # of postings put together from several segments
MAX_REMEMBERED = 400

T = TypeVar("T")


class Snapshot:
    """Documents are numbered from 0 over all segments, runs (the documents of one asset, removed ones included) likewise."""

    def __init__(self, segments: Sequence[Segment], deleted: Sequence[Collection[int]], places: Sequence[Places], kernels: Kernels) -> None:
        self.segments, self.places, self.kernels = segments, places, kernels
        sizes = [segment.size for segment in segments]
        self.bases = [sum(sizes[:number]) for number in range(len(sizes))]
        self.size = sum(sizes)
        self.live = np.ones(self.size, dtype=np.bool_)
        for base, gone in zip(self.bases, deleted, strict=True):
            self.live[[base + number for number in gone]] = False
        table = np.concatenate([np.zeros((len(NUMBERS), 0), dtype=np.int32), *(segment.numbers for segment in segments)], axis=1)
        self.asset, self.passage, self.audience, self.status = table[:4]
        self.language = table[8]
        self.starts = self._joined([segment.starts for segment in segments])
        self.ends = np.append(self.starts[1:], self.size)
        self.run_of = np.repeat(np.arange(len(self.starts), dtype=np.int32), self.ends - self.starts)
        self.run_asset = self.asset[self.starts]
        self.review_on, self.expires_on, self.stale_now, self.changed_on = table[4:8, self.starts]
        self._audiences = frozenset(np.unique(self.audience).tolist())
        self._views: dict[frozenset[int], View] = {}
        self._remembered: dict[Hashable, Any] = {}
        self._cached: dict[Stems, tuple[Docs, Floats]] = {}
        self._cached_bytes = 0

    def _joined(self, parts: Iterable[Ints]) -> Ints:
        moved = [part + base for base, part in zip(self.bases, parts, strict=True)]
        return np.concatenate([np.zeros(0, dtype=np.int64), *moved])

    @cached_property
    def cards(self) -> Mask:
        """Documents that say what an asset is about while it has passages: those answer by their meaning, a title never."""
        has_passages: Mask = np.maximum.reduceat(self.passage * self.live, self.starts) > 0 if self.size else np.zeros(0, dtype=np.bool_)
        cards: Mask = (self.passage == 0) & np.repeat(has_passages, self.ends - self.starts)
        return cards

    @cached_property
    def twinned(self) -> tuple[Ints, Ints]:
        """Runs whose asset has format twins, group by group, and where each group begins among them."""
        groups: dict[str, list[int]] = {}
        for run, twin in enumerate(chain.from_iterable(segment.twins for segment in self.segments)):
            if twin and self.live[self.starts[run]]:
                groups.setdefault(twin, []).append(run)
        several = [runs for runs in groups.values() if len(runs) > 1]
        starts = np.cumsum([0, *(len(runs) for runs in several)], dtype=np.int64)[:-1]
        return np.array([*chain.from_iterable(several)], dtype=np.int64), starts

    @cached_property
    def answer(self) -> Ints:
        """The answer each run belongs to: its own number, or that of the first of its twins."""
        answers = np.arange(len(self.starts), dtype=np.int64)
        runs, starts = self.twinned
        answers[runs] = np.repeat(runs[starts], np.diff(np.append(starts, len(runs))))
        return answers

    @cached_property
    def _facet_table(self) -> tuple[Ints, Floats]:
        docs = self._joined([segment.facets[:, 0].astype(np.int64) for segment in self.segments])
        values = np.concatenate([np.zeros(0, dtype=np.int64), *(segment.facets[:, 1] for segment in self.segments)])
        known, columns = np.unique(values, return_inverse=True)
        table = np.zeros((len(self.starts), known.size + 1), dtype=np.float32)  # nothing carries the last column
        table[np.searchsorted(self.starts, docs), columns] = 1
        return known, table

    def carrying(self, values: Sequence[int]) -> Floats:
        """Which runs (rows) carry which of the facet values (columns): 1 or 0, ready to be summed."""
        return self.remembered(("carrying", *values), lambda: self._columns(values))

    def carrying_bits(self, values: Sequence[int]) -> Bits:
        """The same with a bit for each run, as `bits_of` packs them, a row for each value: ready to be counted."""
        return self.remembered(("bits", *values), lambda: bits_of(self.carrying(values).T > 0))

    def _columns(self, values: Sequence[int]) -> Floats:
        known, table = self._facet_table
        columns = np.searchsorted(known, values)
        columns[np.append(known, -1)[columns] != values] = known.size
        return table[:, columns]

    def remembered(self, name: Hashable, make: Callable[[], T]) -> T:
        """What is the same for many searches of this snapshot, worked out once."""
        found: T | None = self._remembered.get(name)
        if found is None:
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[name] = make()
        return found

    def postings(self, stems: Stems) -> tuple[Docs, Floats]:
        """The documents that hold any of the stems, ascending over all segments, and the most that one of them gives each."""
        found = self._cached.get(stems)
        if found is None:
            every = [
                (base, stem, *segment.postings(stem)) for base, segment in zip(self.bases, self.segments, strict=True) for stem in stems
            ]
            parts = [part for part in every if len(part[2])]
            if len(parts) == 1 and parts[0][0] == 0:
                return parts[0][2:]
            found = _concatenated([(base, docs, impacts) for base, _, docs, impacts in parts])
            if len({stem for _, stem, _, _ in parts}) > 1:
                found = _merged(*found)
            self._remember(stems, found)
        return found

    def _remember(self, stems: Stems, found: tuple[Docs, Floats]) -> None:
        if self._cached_bytes > MAX_CACHED_BYTES:
            self._cached, self._cached_bytes = {}, 0
        self._cached[stems] = found
        self._cached_bytes += found[0].nbytes + found[1].nbytes

    def documents_with(self, word: str) -> Docs:
        """Documents that hold the word in exactly this form, ascending."""
        parts = (segment.documents_with(word) + np.int32(base) for base, segment in zip(self.bases, self.segments, strict=True))
        return np.concatenate([np.zeros(0, dtype=np.int32), *parts])

    def view(self, audiences: frozenset[int]) -> "View":
        """What somebody who may see these audiences sees."""
        known = audiences & self._audiences
        if known not in self._views:
            self._views[known] = View(self, known)
        return self._views[known]

    def fingerprints(self) -> dict[int, str]:
        """asset_id -> digest of what is indexed for it."""
        digests: dict[int, list[bytes]] = {}
        every = chain.from_iterable(segment.digests for segment in self.segments)
        for asset, live, digest in zip(self.asset.tolist(), self.live.tolist(), every, strict=True):
            if live:
                digests.setdefault(asset, []).append(digest.tobytes())
        return {asset: combined_digest(some) for asset, some in digests.items()}


class View:
    """A snapshot with the eyes of an asker: every figure of ranking comes from visible documents only, so that nothing
    of a hidden one shows through scores, corrections or counts. `languages`: what they are written in, in the order of LANGUAGES."""

    def __init__(self, snapshot: Snapshot, audiences: frozenset[int]) -> None:
        self.snapshot = snapshot
        self.visible: Mask = snapshot.live & (snapshot.status == RELEASED) & np.isin(snapshot.audience, sorted(audiences))
        self.count = int(np.count_nonzero(self.visible))
        held = np.flatnonzero(np.bincount(snapshot.language[self.visible], minlength=len(LANGUAGES)))
        self.languages = tuple(LANGUAGES[number] for number in held) or (ENGLISH,)
        self._frequencies: dict[Stems | str, int] = {}  # of stems, and of words as they stand

    def frequency(self, docs: Docs) -> int:
        """How many of the documents are visible."""
        return int(np.count_nonzero(self.visible[docs]))

    def frequency_of(self, stems: Stems) -> int:
        """How many visible documents hold any of the stems."""
        found = self._frequencies.get(stems)
        if found is None:
            found = self._frequencies[stems] = self.frequency(self.snapshot.postings(stems)[0])
        return found

    def frequency_of_form(self, word: str) -> int:
        """How many visible documents hold the word in exactly this form."""
        found = self._frequencies.get(word)
        if found is None:
            found = self._frequencies[word] = self.frequency(self.snapshot.documents_with(word))
        return found


def bits_of(masks: Mask) -> Bits:
    """Masks over the last axis, 64 to a number, with none beyond their end."""
    packed = np.packbits(masks, axis=-1)
    words = np.zeros((*masks.shape[:-1], -(-masks.shape[-1] // 64)), dtype=np.uint64)
    words.view(np.uint8)[..., : packed.shape[-1]] = packed
    return words


def _concatenated(parts: Sequence[tuple[int, Docs, Floats]]) -> tuple[Docs, Floats]:
    docs = [some + np.int32(base) for base, some, _ in parts]
    impacts = [some for _, _, some in parts]
    return (
        np.concatenate([np.zeros(0, dtype=np.int32), *docs]),
        np.concatenate([np.zeros(0, dtype=np.float32), *impacts]),
    )


def _merged(docs: Docs, impacts: Floats) -> tuple[Docs, Floats]:
    """Each document once, with the most it was given."""
    order = np.argsort(docs, kind="stable")
    docs = docs[order]
    firsts = run_starts(docs)
    return docs[firsts], np.maximum.reduceat(impacts[order], firsts) if len(firsts) else impacts
