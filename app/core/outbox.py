"""Side effects wait here: rows written in the same transaction as the change, worked off by jobs at least once."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, bindparam, delete, update
from sqlmodel import Field, Session, SQLModel, col, func, select

from app.core.columns import UtcDateTime
from app.core.db import RECORDED

LEASE = timedelta(seconds=120)
MAX_ATTEMPTS = 8
POSTPONED = timedelta(seconds=10)
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class Event:
    """Something that happened; subclasses carry ids, and words at most that live nowhere else, and are named in the past tense."""


class OutboxRow(SQLModel, table=True):
    """One event and how far its jobs have come."""

    __tablename__ = "outbox"

    id: int | None = Field(default=None, primary_key=True)
    event: str = Field(index=True)
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime, index=True)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    state: str = Field(default="waiting", index=True)
    attempts: int = 0
    jobs_done: str = "[]"
    last_error: str = ""

    def done_jobs(self) -> frozenset[str]:
        """Names of the jobs that need not run again."""
        return frozenset(json.loads(self.jobs_done))


def append(session: Session, event: Event, now: datetime) -> None:
    """Write the event into the running transaction."""
    name = type(event).__name__
    session.add(OutboxRow(event=name, payload=asdict(event), created_at=now, due_at=now))
    session.info.setdefault(RECORDED, []).append(name)


def backoff(attempts: int) -> timedelta:
    """How long to wait after the given number of failures: doubling from two seconds to an hour."""
    doublings = min(max(0, attempts - 1), 20)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


_NOW = bindparam("now", type_=UtcDateTime())
DUE = (
    (col(OutboxRow.state) == "waiting")
    & (col(OutboxRow.due_at) <= _NOW)
    & col(OutboxRow.event).in_(bindparam("events", expanding=True))
    & (col(OutboxRow.leased_until).is_(None) | (col(OutboxRow.leased_until) < _NOW))
)
ONE_DUE = select(OutboxRow.id).where(DUE).limit(1)  # run by every lane several times a second, so made once


def is_due(session: Session, now: datetime, events: Collection[str]) -> bool:
    """Whether a row of these event types can be claimed; a cheap look before taking the write lock."""
    return session.exec(ONE_DUE, params={"now": now, "events": list(events)}).first() is not None


def claim(session: Session, now: datetime, events: Collection[str], limit: int) -> list[OutboxRow]:
    """Lease due rows of the given event types, oldest first; a lost worker's lease runs out by itself.

    The attempt is counted here, not when a job fails, so that a row that kills its worker runs out of attempts, too.
    """
    due = select(OutboxRow).where(DUE).order_by(col(OutboxRow.id)).limit(limit).with_for_update(skip_locked=True)
    rows = list(session.exec(due, params={"now": now, "events": list(events)}).all())
    for row in rows:
        row.leased_until = now + LEASE
        row.attempts += 1
    return rows


def finish_job(session: Session, row_id: int, job: str) -> None:
    """Remember that one job of the row is done."""
    row = session.get_one(OutboxRow, row_id)
    row.jobs_done = json.dumps(sorted(row.done_jobs() | {job}))


def finish(session: Session, row_id: int) -> None:
    """Every job of the row is done."""
    row = session.get_one(OutboxRow, row_id)
    row.state, row.leased_until, row.last_error = "done", None, ""


def fail(session: Session, row_id: int, error: str, now: datetime) -> None:
    """Put the row back for later, or set it aside as dead after too many attempts."""
    row = session.get_one(OutboxRow, row_id)
    row.last_error = error[:1000]
    row.leased_until = None
    row.due_at = now + backoff(row.attempts)
    row.state = "dead" if row.attempts >= MAX_ATTEMPTS else "waiting"


def postpone(session: Session, row_id: int, error: str, now: datetime) -> None:
    """Put the row back for a while without counting the attempt: what failed was the machine, not the job."""
    row = session.get_one(OutboxRow, row_id)
    row.last_error = error[:1000]
    row.leased_until = None
    row.attempts -= 1
    row.due_at = now + POSTPONED


def bury(session: Session, row_id: int, error: str) -> None:
    """Set a row aside at once; somebody has to look at it."""
    row = session.get_one(OutboxRow, row_id)
    row.state, row.leased_until, row.last_error = "dead", None, row.last_error or error


def revive(session: Session, row_id: int, now: datetime) -> None:
    """Give a dead row another full set of attempts."""
    row = session.get_one(OutboxRow, row_id)
    row.state, row.attempts, row.due_at, row.leased_until = "waiting", 0, now, None


def forget_done(session: Session, before: datetime) -> None:
    """Drop finished rows older than the given time."""
    session.execute(delete(OutboxRow).where(col(OutboxRow.state) == "done", col(OutboxRow.created_at) < before))


def count_by_state(session: Session) -> dict[str, int]:
    """How many rows wait, are done, or are dead."""
    return {state: int(number) for state, number in session.exec(select(OutboxRow.state, func.count()).group_by(OutboxRow.state)).all()}


def list_dead(session: Session) -> list[OutboxRow]:
    """Rows that ran out of attempts, oldest first."""
    return list(session.exec(select(OutboxRow).where(col(OutboxRow.state) == "dead").order_by(col(OutboxRow.id))).all())


def list_dead_page(session: Session, offset: int, limit: int) -> list[OutboxRow]:
    """Some of the rows that ran out of attempts, newest first."""
    dead = select(OutboxRow).where(col(OutboxRow.state) == "dead").order_by(col(OutboxRow.id).desc())
    return list(session.exec(dead.offset(offset).limit(limit)).all())


def find_row(session: Session, row_id: int) -> OutboxRow | None:
    """The row, kept from others until the transaction ends."""
    return session.get(OutboxRow, row_id, with_for_update=True)


def count_leased(session: Session, now: datetime) -> int:
    """How many rows somebody works on at this moment."""
    leased = (col(OutboxRow.state) == "waiting") & (col(OutboxRow.leased_until) > now)
    return int(session.exec(select(func.count()).select_from(OutboxRow).where(leased)).one())


def find_oldest_due(session: Session, now: datetime) -> datetime | None:
    """Since when the row that waits longest has been due."""
    return session.exec(select(func.min(OutboxRow.due_at)).where(col(OutboxRow.state) == "waiting", col(OutboxRow.due_at) <= now)).one()


def list_unfinished(session: Session, event: type[Event]) -> list[OutboxRow]:
    """Rows of one type of event whose jobs are not all done, dead ones included."""
    return list(session.exec(select(OutboxRow).where(col(OutboxRow.event) == event.__name__, col(OutboxRow.state) != "done")).all())


def list_overdue(session: Session, before: datetime) -> list[OutboxRow]:
    """Waiting rows that were due before this time and that nobody works on, oldest first."""
    unleased = col(OutboxRow.leased_until).is_(None) | (col(OutboxRow.leased_until) < before)
    waiting = (col(OutboxRow.state) == "waiting") & (col(OutboxRow.due_at) < before)
    return list(session.exec(select(OutboxRow).where(waiting, unleased).order_by(col(OutboxRow.id))).all())


def release_leases(session: Session) -> None:
    """Free every lease; called by the one embedded worker at start, when nobody else can hold one."""
    session.execute(update(OutboxRow).where(col(OutboxRow.leased_until).is_not(None)).values(leased_until=None))
