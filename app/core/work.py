"""The unit of work every action receives: session, actor, time, files, and the events it records."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlmodel import Session

from app.core import outbox
from app.core.store import BlobStore


class Actor(Protocol):
    """Whoever acts; the identity feature supplies the kinds of actor there are and reads the role."""

    @property
    def kind(self) -> str: ...

    @property
    def id(self) -> int | None: ...

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> str: ...


@dataclass(frozen=True)
class Quota:
    """Most bytes one person may have uploaded, and most the whole store may hold; equal bytes count once."""

    user_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class Work:
    """One request or job: one transaction, one actor, one moment; without a quota, what is added is not limited."""

    session: Session
    actor: Actor
    now: datetime
    blobs: BlobStore
    quota: Quota | None = None

    @property
    def today(self) -> date:
        """The day of `now` in UTC; review and expiry dates are compared with it."""
        return self.now.date()

    def record(self, event: outbox.Event) -> None:
        """Say what happened; the jobs that follow are in app/reactions.py."""
        outbox.append(self.session, event, self.now)
