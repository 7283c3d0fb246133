"""Scheduled jobs: each tick is a row, so that of several workers exactly one runs it; what failed is tried again before its next time."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from croniter import croniter
from sqlalchemy import Text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from app.core.columns import UtcDateTime
from app.core.db import savepoint

# Whoever takes a tick and is not heard of for so long was killed: the job is due again.
LEASE = timedelta(minutes=15)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


class ScheduleTick(SQLModel, table=True):
    """The last time a scheduled job was due and somebody took it, and how that went.

    `ran_at` is when it last ended well; `again_at` is when it is due out of turn: after a failure, a kill, or because somebody asked.
    """

    __tablename__ = "schedule_tick"

    name: str = Field(primary_key=True)
    due_at: datetime = Field(sa_type=UtcDateTime)
    ran_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    again_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = 0
    last_error: str = Field(default="", sa_type=Text)


def last_due(cron: str, now: datetime) -> datetime:
    """The latest time at or before `now` that the cron line names, in UTC."""
    due: datetime = croniter(cron, now).get_prev(datetime)
    following: datetime = croniter(cron, due).get_next(datetime)
    return (following if following <= now else due).astimezone(UTC)


def next_due(cron: str, now: datetime) -> datetime:
    """The first time after `now` that the cron line names, in UTC."""
    following: datetime = croniter(cron, now).get_next(datetime)
    return following.astimezone(UTC)


def list_ticks(session: Session) -> dict[str, ScheduleTick]:
    """Every job that some worker has seen, by name."""
    return {tick.name: tick for tick in session.exec(select(ScheduleTick).order_by(col(ScheduleTick.name))).all()}


def find_due(session: Session, crons: Mapping[str, str], now: datetime) -> list[str]:
    """Names of the jobs that could be taken now; a cheap look before taking the write lock."""
    ticks = list_ticks(session)
    return [name for name, cron in crons.items() if name not in ticks or _is_due(ticks[name], cron, now)]


def take_tick(session: Session, name: str, cron: str, now: datetime) -> bool:
    """Whether the caller is the one to run this job now; a job seen for the first time waits for its next time."""
    tick = session.get(ScheduleTick, name, with_for_update=True)
    if tick is None:
        with suppress(IntegrityError), savepoint(session):
            session.add(ScheduleTick(name=name, due_at=last_due(cron, now)))
        return False
    if not _is_due(tick, cron, now):
        return False
    tick.due_at, tick.again_at = last_due(cron, now), now + LEASE
    return True


def finish_tick(session: Session, name: str, now: datetime) -> None:
    """The job ended well."""
    tick = session.get_one(ScheduleTick, name)
    tick.ran_at, tick.again_at, tick.failures, tick.last_error = now, None, 0, ""


def fail_tick(session: Session, name: str, error: str, now: datetime) -> None:
    """The job failed: it is due again after a minute, then after twice as long each time, up to an hour."""
    tick = session.get_one(ScheduleTick, name)
    tick.again_at = now + min(FIRST_WAIT * (1 << min(tick.failures, 10)), LONGEST_WAIT)
    tick.failures += 1
    tick.last_error = error[:1000]


def ask_for(session: Session, name: str, now: datetime) -> None:
    """Let the worker run this job as soon as it looks."""
    tick = session.get(ScheduleTick, name)
    if tick is None:
        session.add(ScheduleTick(name=name, due_at=now, again_at=now))
    else:
        tick.again_at = now


def _is_due(tick: ScheduleTick, cron: str, now: datetime) -> bool:
    if tick.again_at is not None:  # somebody runs it, or it waits for its next try
        return tick.again_at <= now
    return tick.due_at < last_due(cron, now)
