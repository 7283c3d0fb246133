"""Ranks by meaning beside words: what each passage means lies in stored vectors, what the question means is worked out when it is asked.
Made by the engine, which opens the model in the background; without model or vectors a search goes by words alone."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from app.search import rules
from app.search._arrays import Floats, Ints
from app.search._kernels import Kernels
from app.search._model import Model, WrongModel, read_model
from app.search._ranking import Matches, best_places
from app.search._segment import Segment, meaning_of
from app.search._snapshot import Snapshot, View
from app.search._vectors import StoredVectors, VectorStore, embedded_text
from app.search.engine import MeaningState, SearchDocument

# What the nearest passage gets, as a multiple of the rarity of all that was asked; others in proportion. One setting for all sets, chosen
# on the dev splits of two (benchmarks/relevance.py): .963 and .728; twice as much or half as much is worse on one of them.
WEIGHT = 4.0
BY_WORDS, BY_MEANING = 200, 100  # candidates of each kind whose meaning is compared in full
LEAST_LIKENESS = 0.3  # of a passage without enough of the words, to be an answer at all; what has nothing to do with it stays below .15
LEAST_SHARE = 0.7  # and it is no answer, either, when it is this much further off than the nearest
CARDS_AND_PASSAGES_AT_ONCE = 16

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Readable:
    """What an asker may find by meaning: `docs`, ascending, the vector of each in `rows`. `row_of`: that of every document, else -1."""

    stored: StoredVectors
    row_of: Ints
    docs: Ints
    rows: Ints


class Meaning:
    """The model, when it is there, and the vectors of passages in the folder of the index."""

    def __init__(self, model_file: Path | None, folder: Path, kernels: Kernels) -> None:
        self._folder, self._kernels = folder, kernels
        self._model: Model | None = None
        self._store: VectorStore | None = None
        self._fault = ""
        self._rows: WeakKeyDictionary[Segment, tuple[StoredVectors, Ints]] = WeakKeyDictionary()
        self._readable: WeakKeyDictionary[View, Readable] = WeakKeyDictionary()
        self._opening = threading.Thread(target=self._open, args=(model_file,)) if model_file is not None else None
        if self._opening is not None:
            self._opening.start()

    def _open(self, file: Path) -> None:
        """Portals without the file go without; a wrong one is told and not used."""
        if not file.is_file():
            return
        try:
            model = read_model(file)
        except WrongModel as problem:
            self._fault = f"{problem} Search goes by words alone."
            _log.warning(self._fault)
        else:
            self._store, self._model = VectorStore(self._folder, model.name, self._kernels), model

    def wait(self) -> None:
        """Until the model is there, or known not to be."""
        if self._opening is not None:
            self._opening.join()

    def blend(self, view: View, found: Matches, text: str) -> None:
        """Let meaning count: the nearest passages get points beside those of words, and those near enough are answers without the words."""
        model, store = self._model, self._store
        if model is None or store is None:
            return
        readable = self._readable_in(view, store.read())
        docs, rows = readable.docs, readable.rows
        if not len(docs):
            return
        if found.allowed is not view.visible:
            docs, rows = docs[found.allowed[docs]], rows[found.allowed[docs]]
        question = model.embed_question(rules.with_corrections(text, found.corrected))
        places, likeness = readable.stored.nearest(question, rows, BY_MEANING)
        enough = max(LEAST_LIKENESS, LEAST_SHARE * float(likeness.max(initial=0.0)))
        near = docs[places]
        near = near[(likeness >= enough) | found.matched(near)]
        counted = np.union1d(found.answers[best_places(found.scores(found.answers), BY_WORDS)], near)
        if len(counted):
            _count(found, counted, np.maximum(readable.stored.scores(question, readable.row_of[counted]), 0.0))

    def best_sentence(self, question: str, sentences: Sequence[str]) -> int | None:
        """Which of the sentences means most nearly what was asked; None without a model or if none comes near."""
        if self._model is None or not sentences:
            return None
        likeness = self._model.embed(sentences) @ self._model.embed_question(question)
        best = int(likeness.argmax())
        return best if likeness[best] >= LEAST_LIKENESS else None

    def list_unread(self, snapshot: Snapshot) -> list[int]:
        """Assets with visible documents that have no vector yet."""
        self.wait()
        if self._store is None:
            return []
        missing = (self._rows_of(snapshot, self._store.read(at_once=True)) < 0) & snapshot.live
        return [int(asset) for asset in np.unique(snapshot.asset[missing])]

    def state(self, snapshot: Snapshot, *, wait: bool) -> MeaningState:
        """How much of what is indexed has a vector."""
        if wait:
            self.wait()
        total = int(np.count_nonzero(snapshot.live))
        if self._store is None:
            is_opening = self._opening is not None and self._opening.is_alive()
            return MeaningState("opening" if is_opening else "none", 0, total, self._fault)
        read = np.count_nonzero((self._rows_of(snapshot, self._store.read()) >= 0) & snapshot.live)
        return MeaningState("ready", int(read), total, self._store.fault)

    def forget(self, snapshot: Snapshot) -> int:
        """Drop the vectors of texts that are no more in the index; those of a text on its way there are made again."""
        self.wait()
        if self._store is None:
            return 0
        parts = [
            segment.meanings[snapshot.live[base : base + segment.size]]
            for base, segment in zip(snapshot.bases, snapshot.segments, strict=True)
        ]
        return self._store.keep({digest.tobytes() for part in parts for digest in part})

    def read(self, documents: Sequence[SearchDocument]) -> None:
        """Make vectors of these documents, as far as there are none, and keep them."""
        self.wait()
        model, store = self._model, self._store
        if model is None or store is None:
            return
        texts = {meaning_of(each): embedded_text(each.title, each.heading, each.text) for each in documents}
        known = store.read(at_once=True).find(list(texts)) if texts else np.zeros(0, dtype=np.int64)
        new = [digest for digest, row in zip(texts, known.tolist(), strict=True) if row < 0]
        for start in range(0, len(new), CARDS_AND_PASSAGES_AT_ONCE):
            some = new[start : start + CARDS_AND_PASSAGES_AT_ONCE]
            store.append(some, model.embed([texts[digest] for digest in some]))

    def _readable_in(self, view: View, stored: StoredVectors) -> "Readable":
        known = self._readable.get(view)
        if known is None or known.stored is not stored:
            row_of = np.where(view.visible & ~view.snapshot.cards, self._rows_of(view.snapshot, stored), -1)
            docs = np.flatnonzero(row_of >= 0)
            known = self._readable[view] = Readable(stored, row_of, docs, row_of[docs])
        return known

    def _rows_of(self, snapshot: Snapshot, stored: StoredVectors) -> Ints:
        """Where the vector of each document is; -1 where there is none."""
        parts = [np.zeros(0, dtype=np.int64)]
        for segment in snapshot.segments:
            known = self._rows.get(segment)
            if known is None or known[0] is not stored:
                known = self._rows[segment] = (stored, stored.find([digest.tobytes() for digest in segment.meanings]))
            parts.append(known[1])
        return np.concatenate(parts)


def _count(found: Matches, docs: Ints, likeness: Floats) -> None:
    scale = WEIGHT * (found.rarity or 1.0) / max(float(likeness.max()), 1e-6)
    points = (scale * likeness).astype(np.float32)
    added = docs[~found.matched(docs)]
    found.tally.real[docs] += points
    found.tally.imag[added] = np.float32(found.least)
    found.answers = np.insert(found.answers, np.searchsorted(found.answers, added), added)
    found.by_meaning = frozenset(added.tolist())
    found.meant = dict(zip(docs.tolist(), points.tolist(), strict=True))
