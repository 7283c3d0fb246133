"""Tables of deals: accounts, opportunities, and when each opportunity came to which stage."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel
from pydantic import Field as InputField
from sqlalchemy import Numeric
from sqlmodel import Field, SQLModel

from app.core.columns import UtcDateTime, word_of
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
