"""Buyer questions: what a stakeholder asks at a stage, its phrasings, and the passage that answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic import Field as InputField
from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from app.core.columns import IDS_USED_ONCE, UtcDateTime
from app.framework.models import ValueView
from app.library.models import AssetCard


class BuyerQuestion(SQLModel, table=True):
    """A question in the buyer's words; the answer is named by asset and anchor, so it follows new versions.

    An anchor such as "slide-3" means something in one version only: the one `anchor_version_id` names. When another is released the
    question moves to the passage that says the same there (messaging.jobs), or loses it: `lost_passage` then says what it was.
    `times_asked` and `last_asked_at` sum up its `QuestionAsked` rows.
    """

    __tablename__ = "buyer_question"
    __table_args__ = IDS_USED_ONCE

    id: int | None = Field(default=None, primary_key=True)
    text: str = Field(max_length=300)
    phrasings: list[str] = Field(sa_column=Column(JSON, nullable=False))
    asset_id: int | None = Field(default=None, foreign_key="asset.id", index=True, ondelete="SET NULL")
    anchor: str = Field(default="", max_length=200)
    anchor_version_id: int | None = None
    lost_passage: str | None = Field(default=None, max_length=200)
    times_asked: int = Field(default=0, index=True)
    last_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_by: int | None = Field(default=None, foreign_key="user_account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    revision: int = 1


class QuestionFacet(SQLModel, table=True):
    """One stage, stakeholder, solution or vertical a question belongs to."""

    __tablename__ = "question_facet"

    question_id: int = Field(foreign_key="buyer_question.id", primary_key=True)
    value_id: int = Field(foreign_key="facet_value.id", primary_key=True, index=True)


class QuestionAsked(SQLModel, table=True):
    """A buyer asked it: who heard it, when, on what call."""

    __tablename__ = "question_asked"

    id: int | None = Field(default=None, primary_key=True)
    question_id: int = Field(foreign_key="buyer_question.id", index=True, ondelete="CASCADE")
    user_id: int | None = Field(default=None, foreign_key="user_account.id")
    asked_at: datetime = Field(sa_type=UtcDateTime, index=True)
    note: str = Field(default="", max_length=300)
    context: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class ValueDraft(SQLModel, table=True):
    """A value model being worked on: the definition that becomes the next version of its asset (app/decisions/0006).

    It is empty when the draft was kept or forgotten; the row stays, so that no `revision` comes twice.
    """

    __tablename__ = "value_draft"

    asset_id: int = Field(foreign_key="asset.id", primary_key=True, ondelete="CASCADE")
    definition: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    changed_by: int | None = Field(default=None, foreign_key="user_account.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)
    revision: int = 1


class AnswerState(StrEnum):
    """Whether something answers a question now: `OUTDATED` has an answer that readers no longer get."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    OUTDATED = "outdated"


class QuestionInput(BaseModel):
    """What marketing says of a buyer question."""

    text: str = InputField(min_length=3, max_length=300)
    phrasings: list[str] = []
    facet_ids: list[int] = []
    asset_id: int | None = None
    anchor: str = ""


class AskedInput(BaseModel):
    """A buyer asked this: their words, or a question already there (its wording then goes along), the call by keys, a note."""

    text: str = ""
    question_id: int | None = None
    context: dict[str, str] = {}
    note: str = ""


@dataclass(frozen=True)
class QuestionFilter:
    """Which questions a list shows: words in them, facet values (one of each set), a state; all empty means every one."""

    text: str = ""
    facets: tuple[frozenset[int], ...] = ()
    state: AnswerState | None = None


@dataclass(frozen=True)
class QuestionView:
    """A buyer question as pages show it; `card` is None when nothing answers yet or the reader may not see what does."""

    id: int
    text: str
    phrasings: tuple[str, ...]
    facets: tuple[ValueView, ...]
    card: AssetCard | None
    anchor: str
    lost_passage: str
    state: AnswerState
    times_asked: int
    last_asked_at: datetime | None
    asked_by: str
    revision: int


@dataclass(frozen=True)
class AskedView:
    """One time a buyer asked: who heard it, when, on what call, in what words when these were others."""

    asked_by: str
    asked_at: datetime
    facets: tuple[ValueView, ...]
    words: str
    note: str


@dataclass(frozen=True)
class Adrift:
    """A question whose anchor is not one of the version readers get now, and that version."""

    question: BuyerQuestion
    version_id: int


@dataclass(frozen=True)
class Move:
    """Where a question of this revision goes in the version readers get now; without anchor it loses its passage, `lost`."""

    question_id: int
    revision: int
    version_id: int
    anchor: str
    lost: str


@dataclass(frozen=True)
class QuestionBrief:
    """A question in a list of others: its words, how often it was asked, whether something answers it."""

    id: int
    text: str
    times_asked: int
    state: AnswerState
    revision: int = 1


@dataclass(frozen=True)
class QuestionText:
    """The wordings of a question, for comparing."""

    id: int
    text: str
    phrasings: tuple[str, ...]
