"""Tables of deals: accounts, opportunities, and when each opportunity came to which stage."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel
from pydantic import Field as InputField
from sqlalchemy import Numeric
from sqlmodel import Field, SQLModel

from app.core.columns import IDS_USED_ONCE, UtcDateTime, word_of
from app.framework.models import ValueView


class DealState(StrEnum):
    """How an opportunity stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Account(SQLModel, table=True):
    """A customer or one to be; opportunities, kits and rooms are for one."""

    __tablename__ = "account"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=160)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Opportunity(SQLModel, table=True):
    """A deal; `external_id` is its name in the CRM it was imported from, `amount` is in `currency` (ISO 4217)."""

    __tablename__ = "opportunity"
    __table_args__ = IDS_USED_ONCE

    id: int | None = Field(default=None, primary_key=True)
    external_id: str | None = Field(default=None, unique=True, max_length=80)
    account_id: int = Field(foreign_key="account.id", index=True)
    name: str = Field(max_length=200)
    stage_id: int = Field(foreign_key="facet_value.id", index=True)
    solution_id: int | None = Field(default=None, foreign_key="facet_value.id")
    vertical_id: int | None = Field(default=None, foreign_key="facet_value.id")
    segment_id: int | None = Field(default=None, foreign_key="facet_value.id")
    amount: Decimal | None = Field(default=None, sa_type=Numeric(14, 2))
    currency: str = Field(default="EUR", max_length=3)
    state: DealState = Field(default=DealState.OPEN, sa_type=word_of(DealState), index=True)
    owner_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    closes_on: date | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    revision: int = 1


class StageEntry(SQLModel, table=True):
    """An opportunity came to a stage; the newest row is where it stands."""

    __tablename__ = "stage_entry"

    id: int | None = Field(default=None, primary_key=True)
    opportunity_id: int = Field(foreign_key="opportunity.id", index=True, ondelete="CASCADE")
    stage_id: int = Field(foreign_key="facet_value.id", index=True)
    entered_at: datetime = Field(sa_type=UtcDateTime)


class OpportunityInput(BaseModel):
    """What a rep or a CRM says of a deal; facet values by id."""

    account: str = InputField(min_length=1, max_length=160)
    name: str = InputField(min_length=1, max_length=200)
    stage_id: int
    solution_id: int | None = None
    vertical_id: int | None = None
    segment_id: int | None = None
    amount: Decimal | None = InputField(default=None, ge=0, max_digits=14, decimal_places=2)
    currency: str = InputField(default="EUR", pattern=r"^[A-Z]{3}$")
    state: DealState = DealState.OPEN
    owner_id: int | None = None
    closes_on: date | None = None
    external_id: str | None = InputField(default=None, max_length=80)


@dataclass(frozen=True)
class OpportunityView:
    """An opportunity as pages and API show it; `facets` are its stage, solution, vertical and segment."""

    id: int
    account: str
    name: str
    stage: ValueView
    facets: tuple[ValueView, ...]
    amount: Decimal | None
    currency: str
    state: DealState
    owner_id: int | None
    owner: str
    closes_on: date | None
    changed_at: datetime
    external_id: str
    revision: int
    may_change: bool


@dataclass(frozen=True)
class OpportunityBrief:
    """An opportunity to choose from a list."""

    id: int
    name: str
    account: str
    is_mine: bool


@dataclass(frozen=True)
class StageView:
    """When an opportunity came to a stage."""

    stage: ValueView
    entered_at: datetime


@dataclass(frozen=True)
class DealFilter:
    """Which opportunities a list shows: words in name or account, stages, a state, only the reader's own."""

    text: str = ""
    stage_ids: frozenset[int] = frozenset()
    state: DealState | None = None
    mine: bool = False


@dataclass(frozen=True)
class Change:
    """One thing an import would change: what it is, and its words before and after."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class PlannedRow:
    """One line of an import: without `opportunity_id` a new opportunity, else its changes, of which there may be none."""

    line: int
    data: OpportunityInput
    opportunity_id: int | None
    changes: tuple[Change, ...]

    @property
    def is_new(self) -> bool:
        """Whether there is no such opportunity yet."""
        return self.opportunity_id is None


@dataclass(frozen=True)
class RowFault:
    """A line that cannot be taken, and why, as a sentence."""

    line: int
    text: str


@dataclass(frozen=True)
class ImportPlan:
    """What a table would do: its good lines, its faulty ones, and the columns that mean nothing here."""

    rows: tuple[PlannedRow, ...]
    faults: tuple[RowFault, ...]
    unknown: tuple[str, ...]

    @property
    def new(self) -> tuple[PlannedRow, ...]:
        """Those that would be created."""
        return tuple(row for row in self.rows if row.is_new)

    @property
    def changed(self) -> tuple[PlannedRow, ...]:
        """Those that would be changed."""
        return tuple(row for row in self.rows if row.changes)

    @property
    def same(self) -> int:
        """How many are here already just like that."""
        return len(self.rows) - len(self.new) - len(self.changed)
