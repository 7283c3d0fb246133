"""What a built demo library consists of, as the loader in app/ops/seed.py receives it: plain values and paths of files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SeedVersion:
    """One file of an item; versions stand oldest first and exactly one of them is released."""

    file_name: str
    path: Path
    note: str
    released: bool


@dataclass(frozen=True)
class SeedItem:
    """One item with its facets. Empty `solutions` or `verticals` mean "all"; `expires_in_days` below zero means expired.

    `fields` says how those of a template are asked for, in order: name and parts.
    """

    slug: str
    title: str
    summary: str
    kind: str
    audience: str
    stages: tuple[str, ...]
    stakeholders: tuple[str, ...]
    solutions: tuple[str, ...]
    verticals: tuple[str, ...]
    tags: tuple[str, ...]
    owner: str
    review_interval_days: int
    confirmed_days_ago: int
    expires_in_days: int | None
    versions: tuple[SeedVersion, ...]
    fields: tuple[tuple[str, dict[str, Any]], ...] = ()


@dataclass(frozen=True)
class SeedQuestion:
    """A buyer question with other ways to say it, and the passage that answers: an item's slug and the anchor in its released file."""

    text: str
    phrasings: tuple[str, ...]
    stages: tuple[str, ...]
    stakeholders: tuple[str, ...]
    solutions: tuple[str, ...]
    verticals: tuple[str, ...]
    item: str
    anchor: str


@dataclass(frozen=True)
class SeedSynonyms:
    """Groups of words and phrases that mean the same in this house."""

    groups: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Seed:
    """Everything one demo library holds; `verticals` gives key and name of each industry that items mention."""

    items: tuple[SeedItem, ...]
    questions: tuple[SeedQuestion, ...]
    synonyms: SeedSynonyms
    verticals: tuple[tuple[str, str], ...]
