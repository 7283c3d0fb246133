"""What reps asked marketing for when nothing answered."""

from datetime import datetime
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
