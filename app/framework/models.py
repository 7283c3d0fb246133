"""Facet values (stages, stakeholders, solutions, verticals, kinds and what else content is tagged with) and house synonyms."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel
from pydantic import Field as InputField
from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.core.columns import IDS_USED_ONCE, UtcDateTime, word_of


class Facet(StrEnum):
    """The four facets of the call, the kind of content, and what else content is tagged with.

    Nothing is tagged with a buyer step: it stands for the stages that `StepStage` lays under it.
    """

    STAGE = "stage"
    STAKEHOLDER = "stakeholder"
    SOLUTION = "solution"
    VERTICAL = "vertical"
    KIND = "kind"
    STEP = "step"
    SEGMENT = "segment"
    OBJECTIVE = "objective"
    COMPETITOR = "competitor"
    AUDIENCE = "audience"


CALL_FACETS = (Facet.STAGE, Facet.STAKEHOLDER, Facet.SOLUTION, Facet.VERTICAL)
# What an asset carries rows of; a kind is its own column, and a buyer step follows from the stages.
TAGGED_FACETS = (*CALL_FACETS, Facet.SEGMENT, Facet.OBJECTIVE, Facet.COMPETITOR, Facet.AUDIENCE)


class FacetValue(SQLModel, table=True):
    """One value of a facet; its key stays whatever it is renamed to, so that addresses keep working.

    `buyer_words` is the standing question of a stakeholder and, for short, the buyer steps over a stage (the process map says which);
    `milestone` is a stage's exit milestone; `judges_by` and `fears` are a stakeholder's profile; `level` is internal, partner or
    customer: how far what an audience value is given to may go. Colours go by position, so there is no colour here.
    """

    __tablename__ = "facet_value"
    __table_args__ = (UniqueConstraint("facet", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    facet: Facet = Field(sa_type=word_of(Facet))
    key: str = Field(max_length=60)
    name: str = Field(max_length=80)
    icon: str = Field(default="", max_length=40)
    position: int
    buyer_words: str = ""
    milestone: str = ""
    judges_by: str = Field(default="", sa_type=Text)
    fears: str = Field(default="", sa_type=Text)
    level: str = Field(default="", max_length=12)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revision: int = 1


class StepStage(SQLModel, table=True):
    """The process map: a buyer step lies over one or more stages, a stage under one or more steps."""

    __tablename__ = "step_stage"

    step_id: int = Field(foreign_key="facet_value.id", primary_key=True)
    stage_id: int = Field(foreign_key="facet_value.id", primary_key=True, index=True)


Place = tuple[int, int]  # a square of the map: ids of its stage and its stakeholder


class MapSquare(SQLModel, table=True):
    """What marketing says of one square of the map; a square nobody said anything of has no row."""

    __tablename__ = "map_square"

    stage_id: int = Field(foreign_key="facet_value.id", primary_key=True)
    stakeholder_id: int = Field(foreign_key="facet_value.id", primary_key=True, index=True)
    is_needed: bool = True
    changed_by: int | None = Field(default=None, foreign_key="user_account.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Nearness(StrEnum):
    """How near the words of a synonym group are to each other."""

    SAME = "same"
    RELATED = "related"


class SynonymGroup(SQLModel, table=True):
    """Words and phrases that mean the same in this house, or nearly: then each finds the others further down."""

    __tablename__ = "synonym_group"
    __table_args__ = IDS_USED_ONCE

    id: int | None = Field(default=None, primary_key=True)
    words: list[str] = Field(sa_column=Column(JSON, nullable=False))
    nearness: Nearness = Field(default=Nearness.SAME, sa_type=word_of(Nearness), sa_column_kwargs={"server_default": Nearness.SAME.value})
    revision: int = 1


class ValueInput(BaseModel):
    """What curators say of a facet value; a facet takes only the fields it has (`rules.FIELDS`)."""

    name: str = InputField(min_length=1, max_length=80)
    icon: str = InputField(default="", max_length=40)
    buyer_words: str = InputField(default="", max_length=200)
    milestone: str = InputField(default="", max_length=200)
    judges_by: str = InputField(default="", max_length=500)
    fears: str = InputField(default="", max_length=500)
    level: str = InputField(default="", max_length=12)


@dataclass(frozen=True)
class ValueView:
    """A facet value as pages and API show it; `tone` is its colour class by position (`s3`, `w2`), empty when it has none.

    A retired value is shown where content still carries it, and offered nowhere.
    """

    id: int
    facet: str
    key: str
    name: str
    icon: str
    tone: str
    buyer_words: str = ""
    milestone: str = ""
    judges_by: str = ""
    fears: str = ""
    level: str = ""
    revision: int = 1
    is_retired: bool = False
