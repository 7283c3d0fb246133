"""The append-only activity log."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from app.core.columns import UtcDateTime, word_of

LONGEST_QUESTION = 300


class Verb(StrEnum):
    """What somebody did with content."""

    ASKED = "asked"
    VIEWED = "viewed"
    COPIED = "copied"
    DOWNLOADED = "downloaded"
    ANSWERED = "answered"  # said that an item answered their question
    NOT_ANSWERED = "not_answered"  # said that it did not


class ActivityEntry(SQLModel, table=True):
    """One thing somebody did; a kill may lose the last second of these, never more.

    `stage` is the key of the stage the call was set to when content was used, so that what is shown at a stage can be looked up.
    `question` is what was asked, or what led to this use; `question_words` the same without case and punctuation. `answers` is how
    many a question found, None where that is not known.
    """

    __tablename__ = "activity_entry"
    __table_args__ = (Index(None, "stage", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    user_id: int | None = Field(default=None, index=True)
    verb: Verb = Field(sa_type=word_of(Verb))
    asset_id: int | None = Field(default=None, index=True)
    version_id: int | None = None
    passage_id: int | None = None
    question: str = ""
    question_words: str = Field(default="", max_length=LONGEST_QUESTION)
    answers: int | None = None
    stage: str = Field(default="", max_length=60)
    context: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


@dataclass(frozen=True)
class Happening:
    """What the edge hands to the buffer: one activity entry before it has an id."""

    at: datetime
    user_id: int | None
    verb: Verb
    asset_id: int | None = None
    version_id: int | None = None
    passage_id: int | None = None
    question: str = ""
    answers: int | None = None
    context: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class QuestionFigures:
    """How one question did, whatever its case and punctuation: how often it was asked and by how many people, and of these askings how
    many found nothing, were followed by no use of an answer, or by a question in other words. `said_no` counts people."""

    question: str
    asked: int
    people: int
    nothing_found: int
    not_used: int
    asked_again: int
    opened: int
    copied: int
    said_no: int
    last_at: datetime
