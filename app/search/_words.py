"""Word forms of the index: what an unfinished or misspelt word may stand for. Called by _ranking.
Only words of documents the asker may see are ever offered."""

from collections.abc import Iterable

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from app.search._snapshot import Snapshot, View
from app.search.rules import stems_in

ONE_TYPO_FROM = 4  # letters
TWO_TYPOS_FROM = 8
MAX_EXPANSIONS = 40


def completions(view: View, prefix: str) -> tuple[str, ...]:
    """Visible words that begin with the prefix, the commonest first."""
    ranked = sorted((-frequency, word) for word, frequency in _visible(view, _beginning(view.snapshot, prefix)))
    return tuple(word for _, word in ranked[:MAX_EXPANSIONS])


def correction(view: View, word: str, least: int = 1) -> str | None:
    """The nearest other word that so many visible documents hold: one letter off from 4 letters on, two from 8; the commonest of equals."""
    if len(word) < ONE_TYPO_FROM or not word.isalpha():
        return None
    distances = _near(view.snapshot, word, 2 if len(word) >= TWO_TYPOS_FROM else 1)
    own = stems_in(word, view.languages)
    others = (near for near in distances if stems_in(near, view.languages) != own)
    ranked = [(distances[near], near[0] != word[0], -held, near) for near, held in _visible(view, others) if held >= least]
    return min(ranked)[-1] if ranked else None


def _beginning(snapshot: Snapshot, prefix: str) -> set[str]:
    found: set[str] = set()
    for segment in snapshot.segments:
        found.update(segment.forms.beginning(prefix))
    return found


def _near(snapshot: Snapshot, word: str, distance: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for segment in snapshot.segments:
        for length in range(max(len(word) - distance, ONE_TYPO_FROM - 1), len(word) + distance + 1):
            words = segment.forms.by_length.get(length, ())
            found.update((near, int(off)) for near, off, _ in extract(word, words, scorer=OSA.distance, score_cutoff=distance, limit=None))
    return found


def _visible(view: View, words: Iterable[str]) -> Iterable[tuple[str, int]]:
    for word in words:
        frequency = view.frequency(view.snapshot.documents_with(word))
        if frequency:
            yield word, frequency
