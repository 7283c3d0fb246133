"""Word forms of the index: what an unfinished or misspelt word may stand for. Called by _ranking.
Only words of documents the asker may see are ever offered."""

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import nsmallest

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from app.search._analysis import LONGEST_WORD
from app.search._arrays import Bits
from app.search._segment import IN_QUESTIONS, IN_TITLE, letters_of
from app.search._snapshot import Snapshot, View
from app.search.rules import stems_in

ONE_TYPO_FROM = 4  # letters
TWO_TYPOS_FROM = 8
MAX_EXPANSIONS = 40
NO_WORDS: tuple[list[str], Bits] = ([], np.zeros(0, dtype=np.uint64))


def completions(view: View, prefix: str) -> tuple[str, ...]:
    """Visible words that begin with the prefix, the commonest first, at most MAX_EXPANSIONS."""
    return tuple(word for _, word in nsmallest(MAX_EXPANSIONS, ((-held, word) for word, held in _begun(view, prefix).items() if held)))


def list_begun(view: View, words: Sequence[str], *, in_titles: bool) -> list[int]:
    """Assets with a visible document in whose title, else buyer questions, each of the words begins a word, ascending."""
    snapshot, holding, begin = view.snapshot, view.visible, IN_TITLE if in_titles else IN_QUESTIONS
    for word in words:
        here = np.zeros(snapshot.size, dtype=np.bool_)
        for base, segment in zip(snapshot.bases, snapshot.segments, strict=True):
            places = segment.forms.beginning(begin + word[:LONGEST_WORD])
            here[segment.form_docs[segment.forms.starts[places.start] : segment.forms.starts[places.stop]] + base] = True
        holding = holding & here
    found: list[int] = np.unique(snapshot.asset[holding]).tolist()
    return found


def correction(view: View, word: str, least: int = 1) -> str | None:
    """The nearest other word that so many visible documents hold: one letter off from 4 letters on, two from 8; the commonest of equals."""
    if len(word) < ONE_TYPO_FROM or not word.isalpha():
        return None
    return view.snapshot.remembered(("correction", view, word, least), lambda: (_correction(view, word, least),))[0]


def _correction(view: View, word: str, least: int) -> str | None:
    distances = _near(view.snapshot, word, 2 if len(word) >= TWO_TYPOS_FROM else 1)
    own = stems_in(word, view.languages)
    others = (near for near in distances if stems_in(near, view.languages) != own)
    ranked = [(distances[near], near[0] != word[0], -held, near) for near, held in _visible(view, others) if held >= least]
    return min(ranked)[-1] if ranked else None


def _begun(view: View, prefix: str) -> dict[str, int]:
    """Every word that begins so, and how many visible documents hold it."""
    found: Counter[str] = Counter()
    for base, segment in zip(view.snapshot.bases, view.snapshot.segments, strict=True):
        places = segment.forms.beginning(prefix)
        held = segment.held(places, view.visible[base : base + segment.size]).tolist()
        found.update(dict(zip(segment.forms.words[places], held, strict=True)))
    return found


def _near(snapshot: Snapshot, word: str, distance: int) -> dict[str, int]:
    found: dict[str, int] = {}
    own = letters_of([word])[0]
    for segment in snapshot.segments:
        for length in range(max(len(word) - distance, ONE_TYPO_FROM - 1), len(word) + distance + 1):
            words, letters = segment.forms.by_length.get(length, NO_WORDS)
            likely = [words[place] for place in np.flatnonzero(np.bitwise_count(letters ^ own) <= 2 * distance)]
            found.update((near, int(off)) for near, off, _ in extract(word, likely, scorer=OSA.distance, score_cutoff=distance, limit=None))
    return found


def _visible(view: View, words: Iterable[str]) -> Iterable[tuple[str, int]]:
    for word in words:
        frequency = view.frequency_of_form(word)
        if frequency:
            yield word, frequency
