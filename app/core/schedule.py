"""Scheduled jobs: each tick is a row, so that of several workers exactly one runs it."""

from contextlib import suppress
from datetime import UTC, datetime

from croniter import croniter
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel

from app.core.columns import UtcDateTime
from app.core.db import savepoint


class ScheduleTick(SQLModel, table=True):
    """The last time a scheduled job was due and somebody took it."""

    __tablename__ = "schedule_tick"

    name: str = Field(primary_key=True)
    due_at: datetime = Field(sa_type=UtcDateTime)


def last_due(cron: str, now: datetime) -> datetime:
    """The latest time at or before `now` that the cron line names, in UTC."""
    due: datetime = croniter(cron, now).get_prev(datetime)
    following: datetime = croniter(cron, due).get_next(datetime)
    return (following if following <= now else due).astimezone(UTC)


def take_tick(session: Session, name: str, cron: str, now: datetime) -> bool:
    """Whether the caller is the one to run this job now; a job seen for the first time waits for its next time."""
    due = last_due(cron, now)
    tick = session.get(ScheduleTick, name, with_for_update=True)
    if tick is not None:
        if tick.due_at >= due:
            return False
        tick.due_at = due
        return True
    with suppress(IntegrityError), savepoint(session):
        session.add(ScheduleTick(name=name, due_at=due))
    return False
