"""How alike a question asked and a curated question are; decides whether the curated answer stands on top."""

from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA

from app.search._analysis import stems
from app.search.rules import is_stop_word

BEST_LIKENESS = 0.72  # from here on the curated answer stands on top
ALIKE = 0.4  # from here on somebody is asked whether it is the same question
OTHER_WORD = 0.15  # what a telling word put in another's place costs: it often is the one word that matters
ONE_TYPO_FROM, TWO_TYPOS_FROM = 4, 8  # letters, as in search


def likeness(asked: str, phrasings: Iterable[str]) -> float:
    """The best match of the question with any phrasing, 0 to 1: the share of common telling words, in any order, typos forgiven."""
    mine = _core(asked)
    return max((_shared(mine, _core(phrasing)) for phrasing in phrasings), default=0.0) if mine else 0.0


def telling_words(text: str) -> list[str]:
    """The words of a question that say what it is about, as written but for case; all when none stands out."""
    plain = [word.strip("?!.,;:\"'“”‘’()").lower() for word in text.split()]
    return [word for word in plain if word and not is_stop_word(word)] or [word for word in plain if word]


def _core(text: str) -> list[str]:
    return [stem for word in telling_words(text) for stem in stems(word)]


def _shared(mine: Sequence[str], theirs: Sequence[str]) -> float:
    left, common = list(theirs), 0
    for word in mine:
        twin = word if word in left else next((other for other in left if _is_typo(word, other)), None)
        if twin is not None:
            left.remove(twin)
            common += 1
    replaced = OTHER_WORD if left and common < len(mine) else 0.0
    return max(0.0, 2 * common / (len(mine) + len(theirs)) - replaced)


def _is_typo(word: str, other: str) -> bool:
    shorter = min(len(word), len(other))
    allowed = 2 if shorter >= TWO_TYPOS_FROM else 1 if shorter >= ONE_TYPO_FROM else 0
    plain = word.isalpha() and other.isalpha()
    return plain and allowed > 0 and OSA.distance(word, other, score_cutoff=allowed) <= allowed
