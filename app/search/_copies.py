"""Which passages say nearly the same, so that one answer stands for all of them. Called by queries with the answers of one page."""

import re
from collections.abc import Sequence

NEARLY = 0.8  # share of their pairs of neighbouring words that two passages have in common
MAY_BE = 0.6  # below this share of common words, cut at spaces, nobody looks closer; it spares nearly all of the work

_WORD = re.compile(r"[^\W_]+")


def grouped(texts: Sequence[str]) -> list[list[int]]:
    """Places of texts that say nearly the same as the first of their group; groups and places in the order given, each place once."""
    words = [frozenset(text.casefold().split()) for text in texts]
    groups: list[list[int]] = []
    for place, text in enumerate(texts):
        alike = (group for group in groups if _share(words[group[0]], words[place], MAY_BE) and is_copy(texts[group[0]], text))
        found = next(alike, None)
        if found is None:
            groups.append([place])
        else:
            found.append(place)
    return groups


def is_copy(one: str, other: str) -> bool:
    """Nearly the same words in the same order, whatever the layout; a figure that differs makes another answer."""
    mine, theirs = (_WORD.findall(text.casefold()) for text in (one, other))
    if not mine or _figures(mine) != _figures(theirs):
        return False
    return _share(_pairs(mine), _pairs(theirs), NEARLY)


def _figures(words: Sequence[str]) -> set[str]:
    return {word for word in words if any(letter.isdigit() for letter in word)}


def _pairs(words: Sequence[str]) -> frozenset[tuple[str, str]]:
    return frozenset(zip(["", *words], words, strict=False))


def _share(one: frozenset[object], other: frozenset[object], least: float) -> bool:
    """Whether at least this part of all that is in either is in both."""
    if min(len(one), len(other)) < least * max(len(one), len(other), 1):
        return False
    common = len(one & other)
    return common >= least * (len(one) + len(other) - common)
