"""Which documents match a question and how well: BM25 of each field, weighted and summed, with synonyms, unfinished words, typos, phrases.
Called by the engine. Weights come from `benchmarks/relevance.py --split dev`: on it the sum beats BM25F at every k1 up to 2."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.search import rules
from app.search._analysis import normal
from app.search._arrays import FIELDS, Docs, Floats, Mask, Postings, View
from app.search._words import completions, correction

TIME_LIMIT = 1.0  # seconds a search may take before it answers with what it has
K1 = 0.9
WEIGHTS = {"title": 2.5, "heading": 1.5, "text": 1.0, "questions": 2.5, "tags": 0.5}
LENGTH_NORMS = {"title": 0.3, "heading": 0.3, "text": 0.65, "questions": 0.3, "tags": 0.0}  # BM25's b of each field
LEAST_COVER = 0.25  # a document counts as an answer from this share of what the best one covers of the question

_WEIGHT = np.array([WEIGHTS[name] for name in FIELDS], dtype=np.float32)
_NORM = np.array([LENGTH_NORMS[name] for name in FIELDS], dtype=np.float32)


@dataclass
class Matches:
    """Every visible document that answers, with its score; before facets and dates."""

    matched: Mask
    scores: Floats
    terms: list[str] = field(default_factory=list)
    corrected: list[tuple[str, str]] = field(default_factory=list)
    timed_out: bool = False


def everything(view: View) -> Matches:
    """What a blank question matches: all there is to see."""
    return Matches(view.visible, np.zeros(view.snapshot.size, dtype=np.float32))


@dataclass(frozen=True)
class Part:
    """One alternative, found: documents with the weighted sum of their saturated, length-adjusted term counts."""

    docs: Docs
    impacts: Floats
    weight: float
    terms: tuple[str, ...]
    asked: str
    how: str
    used: str


class Ranking:
    """One question against one view."""

    def __init__(self, view: View, query: rules.Query, synonyms: rules.Synonyms) -> None:
        self._view = view
        self._query = query
        self._synonyms = synonyms
        self._deadline = time.monotonic() + TIME_LIMIT
        size = view.snapshot.size
        self._cover = np.zeros(size, dtype=np.float32)
        self.added: list[list[Part]] = []  # what each slot came to, for explaining
        self._found = Matches(np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.float32))

    def run(self, least_cover: float = LEAST_COVER) -> Matches:
        """Score slot by slot until done or out of time."""
        found = self._found
        required = self._phrases()
        for slot in rules.slots(self._query, self._synonyms):
            if time.monotonic() > self._deadline:
                found.timed_out = True
                break
            self._add(self._parts(slot))
        cover = np.where(self._view.visible & required, self._cover, 0.0)
        best = float(cover.max(initial=0.0))
        found.matched = (cover > 0) & (cover >= least_cover * best)
        return found

    def _phrases(self) -> Mask:
        required = np.ones(self._view.snapshot.size, dtype=np.bool_)
        for phrase in self._query.phrases:
            part = self._part(tuple(word.term for word in phrase), 1.0, " ".join(word.word for word in phrase), "phrase")
            here = np.zeros_like(required)
            here[part.docs] = True
            required &= here
            self._add([part])
        return required

    def _parts(self, slot: rules.Slot) -> list[Part]:
        word = slot.word
        asked = word.word if word is not None else ""
        parts = [self._part(run, self._synonyms.weight, asked, "synonym") for run in slot.alternatives]
        if word is None:
            return parts
        if word.prefix:
            return [*parts, self._completed(word)]
        plain = self._part((word.term,), 1.0, asked, "word")
        if not any(self._view.frequency(part.docs) for part in (plain, *parts)):
            plain = self._corrected(word) or plain
        return [plain, *parts]

    def _corrected(self, word: rules.Word) -> Part | None:
        nearest = correction(self._view, word.word)
        if nearest is None:
            return None
        self._found.corrected.append((word.word, nearest))
        return self._part((normal(nearest)[0],), 1.0, word.word, "typo", nearest)

    def _completed(self, word: rules.Word) -> Part:
        words = completions(self._view, word.word)
        terms = tuple(dict.fromkeys(normal(each)[0] for each in words))
        holding = self._view.snapshot.documents_with(words)
        docs, impacts = self._impacts([posting for term in terms for posting in self._view.snapshot.postings((term,))])
        keep = holding[docs]
        return Part(docs[keep], impacts[keep], 1.0, terms, word.word, "prefix", f"{word.word}…")

    def _part(self, run: tuple[str, ...], weight: float, asked: str, how: str, used: str = "") -> Part:
        return Part(*self._impacts(self._view.snapshot.postings(run)), weight, run, asked, how, used)

    def _impacts(self, postings: Sequence[Postings]) -> tuple[Docs, Floats]:
        total = np.zeros(self._view.snapshot.size, dtype=np.float32)
        for posting in postings:
            total[posting.docs] += gains(self._view, posting)
        docs = np.flatnonzero(total).astype(np.int32)
        return docs, total[docs]

    def _add(self, parts: list[Part]) -> None:
        """The best alternative of a slot counts, each with its own rarity (idf as Lucene's)."""
        view, found = self._view, self._found
        self.added.append(parts)
        gain = np.zeros(view.snapshot.size, dtype=np.float32)
        worth = 0.0
        for part in parts:
            frequency = view.frequency(part.docs)
            if not frequency:
                continue
            idf = rarity(view.count, frequency)
            worth = max(worth, idf * part.weight)
            gain[part.docs] = np.maximum(gain[part.docs], np.float32(part.weight * idf) * part.impacts)
            found.terms.extend(term for term in part.terms if term not in found.terms)
        found.scores += gain
        self._cover += np.where(gain > 0, np.float32(worth), np.float32(0))


def gains(view: View, posting: Postings) -> Floats:
    """What a term gives each document in one field: its saturated count, adjusted to the field's length, times the field's weight."""
    b = _NORM[posting.field]
    count = posting.counts / (1 - b + b * view.relative_lengths[posting.field, posting.docs])
    given: Floats = _WEIGHT[posting.field] * np.float32(K1 + 1) * count / (count + np.float32(K1))
    return given


def rarity(documents: int, frequency: int) -> float:
    """How much a word tells that so many of the documents hold (idf as Lucene's)."""
    return float(np.log1p((documents - frequency + 0.5) / (frequency + 0.5)))
