"""Facet values (stages, stakeholders, solutions, verticals, kinds) and house synonyms."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.core.columns import UtcDateTime, word_of


class Facet(StrEnum):
    """The four facets of the call, and the kind of content."""

    STAGE = "stage"
    STAKEHOLDER = "stakeholder"
    SOLUTION = "solution"
    VERTICAL = "vertical"
    KIND = "kind"


CALL_FACETS = (Facet.STAGE, Facet.STAKEHOLDER, Facet.SOLUTION, Facet.VERTICAL)


class FacetValue(SQLModel, table=True):
    """One stage, stakeholder, solution, vertical or kind.

    `buyer_words` is the buyer step of a stage and the standing question of a stakeholder; `milestone` is a stage's
    exit milestone. Colours go by position, so there is no colour here.
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
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SynonymGroup(SQLModel, table=True):
    """Words and phrases that mean the same in this house."""

    __tablename__ = "synonym_group"

    id: int | None = Field(default=None, primary_key=True)
    words: list[str] = Field(sa_column=Column(JSON, nullable=False))


@dataclass(frozen=True)
class ValueView:
    """A facet value as pages and API show it; `tone` is its colour class by position (`s3`, `w2`), empty when it has none."""

    id: int
    facet: str
    key: str
    name: str
    icon: str
    tone: str
    buyer_words: str = ""
    milestone: str = ""
