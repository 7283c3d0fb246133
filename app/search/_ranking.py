"""Which documents match a question and how well: BM25F, with synonyms, unfinished words, typos, phrases. Called by the engine."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from app.search import rules
from app.search._arrays import Docs, Floats, Ints, Mask
from app.search._kernels import Gains, Tally
from app.search._phrases import in_a_row
from app.search._snapshot import View
from app.search._words import completions, correction

TIME_LIMIT = 1.0  # seconds of work, waiting for others left out, that a search may take before it answers with what it has
# A word is doubted that at most so many visible documents hold, none of which covers such a share of the rest of the question, while a word
# it is near to is so many times as common. Chosen on the dev split with a typo in each question: no question without one got worse.
DOUBTED_HELD, DOUBTED_SHARE, MUCH_COMMONER = 3, 0.25, 20
SHORTEST_UNFINISHED = 4  # letters of a last word that may be the beginning of another; shorter ones are often abbreviations
DOUBTED_WEIGHT = 0.9  # of that other word
BLOCK = 64  # scores looked at together to find the best ones
SYNONYMS = ("synonym", "related")  # how a word of the house stands for what was typed
LEAST_COVER = 0.25  # a document counts as an answer from this share of what the best one covers of the question


@dataclass
class Matches:
    """Every document with its score, before facets and dates, and which of them are answers at all."""

    tally: Tally
    allowed: Mask
    least: float  # what a document has to cover
    answers: Docs  # documents that do, ascending
    rarity: float = 0.0  # of all that was asked for
    terms: list[rules.Stems] = field(default_factory=list)
    corrected: list[tuple[str, str]] = field(default_factory=list)
    widened: list[tuple[str, str]] = field(default_factory=list)
    timed_out: bool = False
    by_meaning: frozenset[int] = frozenset()  # documents that answer by meaning alone
    meant: dict[int, float] = field(default_factory=dict)  # points of documents for meaning the same

    def matched(self, docs: Ints) -> Mask:
        """Which of these documents are answers."""
        answers: Mask = self.allowed[docs] & (self.tally.imag[docs] >= np.float32(self.least))
        return answers

    def scores(self, docs: Ints | Docs) -> Floats:
        """How well."""
        found: Floats = self.tally.real[docs]
        return found


def everything(view: View) -> Matches:
    """What a blank question matches: all there is to see, all of it equally well."""
    return Matches(np.ones(view.snapshot.size, dtype=np.complex64), view.visible, 0.0, np.flatnonzero(view.visible).astype(np.int32))


class Part(NamedTuple):
    """One alternative, found: documents, ascending, and what it gives each; `frequency` counts the visible ones."""

    docs: Docs
    impacts: Floats
    frequency: int
    weight: float
    run: rules.Run
    asked: str
    how: str
    used: str = ""


class Ranking:
    """One question against one view."""

    def __init__(self, view: View, query: rules.Query, synonyms: rules.Synonyms) -> None:
        self._view = view
        self._query = query
        self._synonyms = synonyms
        self._deadline = time.thread_time() + TIME_LIMIT
        self.added: list[list[Part]] = []  # what each slot came to, for explaining
        self._whole = 0.0  # what all that was asked for covers
        self._most = 0.0  # that a document covers; every word found is in it, and phrases, which leave documents out, come first
        self._found = Matches(np.zeros(view.snapshot.size, dtype=np.complex64), view.visible, 0.0, np.zeros(0, dtype=np.int32))

    def run(self, least_cover: float = LEAST_COVER) -> Matches:
        """Score slot by slot until done or out of time."""
        found = self._found
        for phrase in self._query.phrases:
            self._require(phrase)
        for slot in rules.slots(self._query, self._synonyms):
            if time.thread_time() > self._deadline:
                found.timed_out = True
                break
            self._add(self._parts(slot))
        self._widen()
        found.least = max(least_cover * self._most, float(np.finfo(np.float32).tiny))
        found.answers = self._view.snapshot.kernels.answering(found.tally, found.allowed, found.least)
        return found

    def _require(self, phrase: Sequence[rules.Word]) -> None:
        if len(phrase) == 1 and phrase[0].prefix:
            part = self._completed(phrase[0])
        else:
            part = self._run(tuple(word.stems for word in phrase), 1.0, " ".join(word.word for word in phrase), "phrase")
        here = np.zeros(self._view.snapshot.size, dtype=np.bool_)
        here[part.docs] = True
        self._found.allowed = self._found.allowed & here
        self._add([part])

    def _parts(self, slot: rules.Slot) -> list[Part]:
        word = slot.word
        asked = word.word if word is not None else ""
        parts = [self._run(run, rules.SYNONYM_WEIGHT, asked, "synonym") for run in slot.alternatives]
        parts += [self._run(run, rules.RELATED_WEIGHT, asked, "related") for run in slot.related]
        if slot.apart:
            parts.append(self._run(slot.apart, 1.0, asked, "word"))
        if word is None:
            return parts
        if word.prefix:
            return [*parts, self._completed(word)]
        plain = self._run((word.stems,), 1.0, asked, "word")
        if not any(part.frequency for part in (plain, *parts)):
            plain = self._corrected(word) or self._finished(word) or plain
        return [plain, *parts]

    def _corrected(self, word: rules.Word) -> Part | None:
        nearest = correction(self._view, word.word)
        if nearest is None:
            return None
        self._found.corrected.append((word.word, nearest))
        return self._run((rules.stems_in(nearest, self._view.languages),), 1.0, word.word, "typo", nearest)

    def _finished(self, word: rules.Word) -> Part | None:
        """What begins with a last word that nobody wrote: it was sent while half typed."""
        if word.word != self._query.typed[-1] or len(word.word) < SHORTEST_UNFINISHED or not word.word.isalpha():
            return None
        part = self._completed(word)
        if not part.frequency:
            return None
        self._found.corrected.append((word.word, completions(self._view, word.word)[0]))
        return part

    def _completed(self, word: rules.Word) -> Part:
        snapshot = self._view.snapshot
        words = completions(self._view, word.word)
        stems = tuple(dict.fromkeys(stem for each in words for stem in rules.stems_in(each, self._view.languages)))
        impacts = np.zeros(snapshot.size, dtype=np.float32)
        for stem in stems:
            docs, some = snapshot.postings((stem,))
            impacts[docs] = np.maximum(impacts[docs], some)
        holding = np.zeros(snapshot.size, dtype=np.bool_)
        for each in words:
            holding[snapshot.documents_with(each)] = True
        docs = np.flatnonzero(holding).astype(np.int32)
        return Part(docs, impacts[docs], self._view.frequency(docs), 1.0, (stems,), word.word, "prefix", f"{word.word}…")

    def _run(self, run: rules.Run, weight: float, asked: str, how: str, used: str = "") -> Part:
        """A word, or several one after the other."""
        if len(run) == 1:
            docs, impacts = self._view.snapshot.postings(run[0])
            frequency = self._view.frequency_of(run[0])
        else:
            docs, impacts = in_a_row(self._view.snapshot, run)
            frequency = self._view.frequency(docs)
        return Part(docs, impacts, frequency, weight, run, asked, how, used)

    def _add(self, parts: list[Part]) -> None:
        """The best alternative of a slot counts, each with its own rarity (idf as Lucene's)."""
        self.added.append(parts)
        self._found.rarity += self._score([part for part in parts if part.frequency])

    def _score(self, known: list[Part]) -> float:
        """Count the best of these alternatives for each document; gives what the rarest is worth."""
        if not known:
            return 0.0
        worths = [self._worth(part) for part in known]
        docs, impacts = (known[0].docs, known[0].impacts) if len(known) == 1 else self._best_of(known, worths)
        covered = self._covered(known, worths)
        self._whole += covered
        counted = Gains(impacts, worths[0] if len(known) == 1 else 1.0, covered)
        self._most = max(self._most, self._view.snapshot.kernels.add(self._found.tally, self._found.allowed, docs, counted))
        words = dict.fromkeys(word for part in known for word in part.run)
        self._found.terms.extend(word for word in words if word not in self._found.terms)
        return max(worths)

    def _covered(self, known: Sequence[Part], worths: Sequence[float]) -> float:
        """How much of the question each of these alternatives answers: as much as what was typed. What stands for several words answers no
        more than all that was typed."""
        typed = [worth for part, worth in zip(known, worths, strict=True) if part.how not in SYNONYMS]
        if typed:
            return max(typed)
        own = max(worth / part.weight for part, worth in zip(known, worths, strict=True))
        return min(own, self._found.rarity or own)

    def _worth(self, part: Part) -> float:
        return part.weight * rarity(self._view.count, part.frequency)

    def _widen(self) -> None:
        """Let the word that a doubted one is near to count beside it: somebody else made the same typo, it seems."""
        for parts in self.added:
            plain = parts[0] if len(parts) == 1 else None
            nearest = correction(self._view, plain.asked, MUCH_COMMONER * plain.frequency) if plain and self._is_doubted(plain) else None
            if plain is not None and nearest is not None:
                other = self._run((rules.stems_in(nearest, self._view.languages),), DOUBTED_WEIGHT, plain.asked, "typo", nearest)
                alone = ~np.isin(other.docs, plain.docs)
                parts.append(other._replace(docs=other.docs[alone], impacts=other.impacts[alone]))
                self._score(parts[1:])
                self._found.widened.append((plain.asked, nearest))

    def _is_doubted(self, part: Part) -> bool:
        if part.how != "word" or not 0 < part.frequency <= DOUBTED_HELD:
            return False
        worth = self._worth(part)
        docs = part.docs[self._view.visible[part.docs]]
        rest = float(self._found.tally.imag[docs].max()) - worth
        return rest < DOUBTED_SHARE * (self._whole - worth)

    def _best_of(self, parts: Sequence[Part], worths: Sequence[float]) -> tuple[Docs, Floats]:
        best = np.zeros(self._view.snapshot.size, dtype=np.float32)
        for part, worth in zip(parts, worths, strict=True):
            best[part.docs] = np.maximum(best[part.docs], part.impacts * np.float32(worth))
        docs = np.flatnonzero(best).astype(np.int32)
        return docs, best[docs]


def rarity(documents: int, frequency: int) -> float:
    """How much a word tells that so many of the documents hold (idf as Lucene's)."""
    return float(np.log1p((documents - frequency + 0.5) / (frequency + 0.5)))


def best_places(scores: Floats, count: int, reach: float = 1.0) -> Ints:
    """The places, ascending, of the best so many scores above 0, and of those that come as high when multiplied by `reach`."""
    blocks, floor = len(scores) // BLOCK, np.float32(0)
    if count <= blocks:  # as many blocks have something as good, so that whatever is worse need not be sorted
        tops = scores[: blocks * BLOCK].reshape(blocks, BLOCK).max(axis=1)
        floor = np.partition(tops, blocks - count)[blocks - count]
    some = scores[(scores > 0) & (scores >= floor)]
    if len(some) < count:
        return np.flatnonzero(scores > 0)
    return np.flatnonzero(scores * np.float32(reach) >= np.partition(some, len(some) - count)[len(some) - count])
