"""What somebody else saved meanwhile beside what was typed here, field by field; the shared part of pages that tell of it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Both:
    """One field in which the two differ, in words."""

    label: str
    theirs: str
    mine: str


def differing(theirs: Mapping[str, str], mine: Mapping[str, str]) -> tuple[Both, ...]:
    """The fields, by label, in which the two differ."""
    labels = dict.fromkeys((*theirs, *mine))
    return tuple(Both(label, old, new) for label in labels if (old := theirs.get(label, "")) != (new := mine.get(label, "")))
