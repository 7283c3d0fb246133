"""Reads a stored file into passages in a capped child process. Called by the library's extraction job and the importer."""

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from app.core.office._capped import HostLost, Limits, Outcome, run_capped
from app.core.office._wholetext import whole_text

_READER = "app.core.office._reading:read"

PROTECTED = "The file could not be read: it is protected by a password."
TOO_LONG = "The file could not be read: reading it took too long."
TOO_BIG = "The file could not be read: it needs too much memory."
DAMAGED = "The file could not be read: it is damaged or built in a way that cannot be read."
STOPPED = "The file could not be read: the reader stopped in the middle of it."


class Unreadable(Exception):
    """The file has no readable text, and why, in a plain sentence; the file itself is kept."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class ParsedPassage:
    """One slide, page, heading section or stretch of rows. `anchor` is unique and stable inside its version."""

    anchor: str
    label: str
    heading_path: tuple[str, ...]
    text: str
    html: str
    notes: bool = False


@dataclass(frozen=True)
class ParsedFile:
    """What was read. `shingles` is a MinHash signature for `fingerprint.similarity`; `text_hash` is "" without words."""

    title: str
    passages: tuple[ParsedPassage, ...]
    unit_count: int
    unit_word: str
    description: str
    text_hash: str
    shingles: tuple[int, ...]

    @property
    def full_text(self) -> str:
        """All words in reading order, each heading once, for comparing versions and formats."""
        return whole_text([(passage.heading_path, passage.text) for passage in self.passages], self.unit_word)


def parse_file(path: Path, format_key: str, limits: Limits | None = None) -> ParsedFile:
    """The passages of the file; raises Unreadable. Takes up to the wall limit, so never call it while a transaction is open."""
    try:
        outcome = run_capped(_READER, path, format_key, limits)
    except HostLost as error:
        raise Unreadable(STOPPED) from error
    return _parsed(result_of(outcome))


def result_of(outcome: Outcome) -> dict[str, Any]:
    if outcome.answer is None:
        raise Unreadable(_why_dead(outcome.exit_code))
    if "result" in outcome.answer:
        return cast(dict[str, Any], outcome.answer["result"])
    if outcome.answer.get("error") == "MemoryError":
        raise Unreadable(TOO_BIG)
    raise Unreadable(str(outcome.answer.get("told") or DAMAGED))


def _why_dead(exit_code: int | None) -> str:
    """Native code aborts or is killed when memory ends, Python exits; the rest is a crash of a reader."""
    if exit_code is None or exit_code == -signal.SIGXCPU:
        return TOO_LONG
    return TOO_BIG if exit_code in (-signal.SIGABRT, -signal.SIGKILL) else STOPPED


def _parsed(data: dict[str, Any]) -> ParsedFile:
    passages = tuple(
        ParsedPassage(one["anchor"], one["label"], tuple(one["heading_path"]), one["text"], one["html"], one["notes"])
        for one in data["passages"]
    )
    return ParsedFile(
        data["title"], passages, data["unit_count"], data["unit_word"], data["description"], data["text_hash"], tuple(data["shingles"])
    )
