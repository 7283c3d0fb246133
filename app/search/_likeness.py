"""How alike a question asked and a curated question are; decides whether the curated answer stands on top."""

from collections.abc import Iterable

from rapidfuzz import fuzz

from app.search._analysis import stems
from app.search.rules import is_stop_word

BEST_LIKENESS = 0.72


def likeness(asked: str, phrasings: Iterable[str]) -> float:
    """The best match of the question with any phrasing, 0 to 1: the shared word stems in any order, typos forgiven."""
    mine = _core(asked)
    if not mine:
        return 0.0
    return max((fuzz.token_sort_ratio(mine, _core(phrasing)) / 100 for phrasing in phrasings), default=0.0)


def _core(text: str) -> str:
    words = [stem for word in text.split() if not is_stop_word(word.strip("?!.,;:\"'“”").lower()) for stem in stems(word)]
    return " ".join(words or stems(text))
