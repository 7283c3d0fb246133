"""Pure decisions about kits: whether a change was made from the present state, and in which order entries stand."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

from app.core.errors import PreconditionMissing, Stale

CHANGED = "This kit was changed meanwhile, maybe by you in another window. Nothing was done; look at it as it is now, then repeat."
NO_REVISION = "This form does not say which state of the kit it was made from. Nothing was changed; reload the page and try again."
UNDO_FOR = timedelta(hours=1)
MOST_ITEMS = 200
LONGEST_NOTE = 5000

T = TypeVar("T")


def check_revision(revision: int, expected: int | None) -> None:
    """PreconditionMissing without the revision the change was made from, Stale when it is not the current one."""
    if expected is None:
        raise PreconditionMissing(NO_REVISION)
    if revision != expected:
        raise Stale(CHANGED)


def moved(rows: Sequence[T], row: T, place: int) -> list[T]:
    """The rows with this one at the place (from 0), which is brought within bounds."""
    others = [other for other in rows if other is not row]
    at = min(max(0, place), len(others))
    return [*others[:at], row, *others[at:]]


def clean_line(text: str, longest: int) -> str:
    """One line of text without surplus spaces and without what no database takes."""
    return " ".join(text.replace("\0", " ").split())[:longest]


def clean_note(text: str) -> str:
    """Lines of text without surplus blank ones at the ends and without what no database takes."""
    return text.replace("\0", " ").replace("\r\n", "\n").strip()[:LONGEST_NOTE]
