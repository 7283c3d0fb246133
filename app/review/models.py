"""What reps asked marketing for when nothing answered; how often each kind is looked at again; which mails went out."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from app.core.columns import UtcDateTime


class ContentRequest(SQLModel, table=True):
    """A question nobody could answer, with the call it came from."""

    __tablename__ = "content_request"

    id: int | None = Field(default=None, primary_key=True)
    question: str = Field(max_length=300)
    context: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    asked_by: int | None = Field(default=None, foreign_key="user_account.id")
    asked_at: datetime = Field(sa_type=UtcDateTime, index=True)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ReviewPolicy(SQLModel, table=True):
    """How often items of a kind are looked at again, and who does it when an item's owner is gone."""

    __tablename__ = "review_policy"

    kind_id: int = Field(foreign_key="facet_value.id", primary_key=True)
    interval_days: int
    fallback_owner_id: int | None = Field(default=None, foreign_key="user_account.id")
    revision: int = 1


class DueMail(SQLModel, table=True):
    """The one mail a person gets on a day about what is due; the key keeps a second one from being sent."""

    __tablename__ = "due_mail"

    user_id: int = Field(foreign_key="user_account.id", primary_key=True)
    sent_on: date = Field(primary_key=True)
