"""What a running portal holds open; made once in main.py and read from `app.state.services`."""

from dataclasses import dataclass, field

import anyio
from sqlalchemy import Engine
from starlette.requests import HTTPConnection

from app.activity.models import Happening
from app.core.store import BlobStore
from app.core.work import Quota
from app.search.engine import SearchEngine
from app.settings import Settings
from app.sharing.actions.visits import Seen
from app.web.activity import ActivityBuffer

# With SQLite a page is all processor, of which Python uses one: more at a time only makes each wait for the others.
READERS_SQLITE = 2
READERS_POSTGRESQL = 16
# Each takes 64 MB and a core for a while, on purpose.
PASSWORD_CHECKS = 2
# Each is a process of its own that keeps a core busy for a while.
PRINTERS = 2
WRITERS_POSTGRESQL = 16


@dataclass(frozen=True)
class Turns:
    """Requests queue here for their transaction, on the event loop.

    Queueing inside worker threads (for SQLite's write lock, for a pooled connection) would take all threads, and whoever
    holds the lock would find none left to go on with.
    """

    readers: anyio.Semaphore
    writers: anyio.Semaphore
    password_checks: anyio.CapacityLimiter
    printers: anyio.CapacityLimiter


@dataclass(frozen=True)
class Services:
    """Everything a request may need that outlives it."""

    settings: Settings
    engine: Engine
    blobs: BlobStore
    index: SearchEngine
    activity: ActivityBuffer[Happening]
    visits: ActivityBuffer[Seen]
    turns: Turns = field(repr=False)


def open_turns(engine: Engine) -> Turns:
    """SQLite has one writer at a time, PostgreSQL many."""
    on_sqlite = engine.dialect.name == "sqlite"
    readers = READERS_SQLITE if on_sqlite else READERS_POSTGRESQL
    writers = 1 if on_sqlite else WRITERS_POSTGRESQL
    checks, printers = anyio.CapacityLimiter(PASSWORD_CHECKS), anyio.CapacityLimiter(PRINTERS)
    return Turns(anyio.Semaphore(readers), anyio.Semaphore(writers), checks, printers)


def quota_of(settings: Settings) -> Quota:
    """What these settings allow people to store."""
    return Quota(settings.user_quota_bytes, settings.total_quota_bytes)


def services_of(request: HTTPConnection) -> Services:
    """The services of the portal that serves this request."""
    services = request.app.state.services
    if not isinstance(services, Services):
        raise TypeError("the portal is not started: create_app's lifespan sets its services")
    return services
