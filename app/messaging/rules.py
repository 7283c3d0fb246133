"""Pure decisions about buyer questions."""

import re
from collections.abc import Sequence

from app.core.errors import PreconditionMissing, Stale

WORD = re.compile(r"\w+")
CHANGED = "This question was changed by somebody else meanwhile. Your text is kept below; compare, then save again."
NO_REVISION = "This form does not say which state of the question it was made from. Nothing was changed; reload the page and try again."


def clean_phrasings(text: str, phrasings: Sequence[str]) -> list[str]:
    """Other ways of asking, without blanks, repeats and the question itself."""
    words = [" ".join(phrasing.split())[:300] for phrasing in phrasings if phrasing.strip()]
    return [phrasing for phrasing in dict.fromkeys(words) if phrasing.casefold() != text.casefold()][:30]


def clean_line(text: str, longest: int = 300) -> str:
    """One line of text without surplus spaces and without what no database takes."""
    return " ".join(text.replace("\0", " ").split())[:longest]


def bare(text: str) -> str:
    """The words alone, whatever their case and punctuation: two wordings with the same are one question."""
    return " ".join(WORD.findall(text.casefold()))


def check_revision(revision: int, expected: int | None) -> None:
    """PreconditionMissing without the revision the change was made from, Stale when it is not the current one."""
    if expected is None:
        raise PreconditionMissing(NO_REVISION)
    if revision != expected:
        raise Stale(CHANGED)
