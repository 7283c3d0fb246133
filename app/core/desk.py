"""What background jobs work with: a way to open units of work, and the files."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Engine

from app.core.clock import utc_now
from app.core.db import open_session
from app.core.mail import Post
from app.core.store import BlobStore
from app.core.work import Actor, Quota, Work

VISITS_KEPT_DAYS = 365


class OpenWork(Protocol):
    """Opens one transaction as the system; committed when the block ends."""

    def __call__(self, *, read_only: bool = False) -> AbstractContextManager[Work]: ...


@dataclass(frozen=True)
class Desk:
    """Handed to every job; without a post no mail leaves. `visits_kept_days` is how long visits of rooms are remembered."""

    open_work: OpenWork
    blobs: BlobStore
    post: Post | None = field(default=None, kw_only=True)
    visits_kept_days: int = field(default=VISITS_KEPT_DAYS, kw_only=True)


def work_opener(engine: Engine, blobs: BlobStore, actor: Actor, quota: Quota | None = None) -> OpenWork:
    """Units of work for one actor, for jobs and commands."""

    @contextmanager
    def open_work(*, read_only: bool = False) -> Iterator[Work]:
        with open_session(engine, read_only=read_only) as session:
            yield Work(session, actor, utc_now(), blobs, quota)

    return open_work
