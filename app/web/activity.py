"""What people asked, viewed and copied, and what visitors of rooms did, waits here and is written in batches: no answer waits for it."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.core.clock import utc_now
from app.core.db import open_session
from app.core.errors import AppError
from app.core.store import BlobStore
from app.core.work import Work
from app.identity.models import SystemActor

log = structlog.get_logger(__name__)
FLUSH_SECONDS = 0.5
BATCH = 500
# While the database cannot be written, older entries give way to newer ones.
MOST_WAITING = 20_000
REFUSED = (SQLAlchemyError, OverflowError, ValueError)

T = TypeVar("T")


class ActivityBuffer(Generic[T]):
    """Safe to use from all threads; `write` puts a batch into the database. A kill loses what was added since the last batch, at most a
    second of it."""

    def __init__(self, engine: Engine, blobs: BlobStore, write: Callable[[Work, Sequence[T]], None]) -> None:
        self._engine = engine
        self._blobs = blobs
        self._write_batch = write
        self._waiting: deque[T] = deque(maxlen=MOST_WAITING)
        self._writing = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="activity", daemon=True)

    def start(self) -> None:
        """Begin writing in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self.flush()

    def note(self, happening: T) -> None:
        """Remember it; written within a second."""
        self._waiting.append(happening)

    def flush(self) -> None:
        """Write what waits now, or wait for whoever does. While the database cannot be written it stays; an entry it refuses is dropped."""
        with self._writing:
            self._write_waiting()

    def _write_waiting(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                self._write(batch)
            except (OperationalError, AppError) as error:
                log.warning("activity_not_written", waiting=len(batch), error=type(error).__name__)
                self._waiting.extendleft(reversed(batch[: MOST_WAITING - len(self._waiting)]))
                return
            except REFUSED as error:  # one impossible entry must not take the others with it, nor end the thread
                log.warning("activity_refused", entries=len(batch), error=type(error).__name__)
                if len(batch) > 1:
                    self._write_singly(batch)

    def _write(self, batch: Sequence[T]) -> None:
        with open_session(self._engine) as session:
            self._write_batch(Work(session, SystemActor(), utc_now(), self._blobs), batch)

    def _write_singly(self, batch: Sequence[T]) -> None:
        for happening in batch:
            with suppress(*REFUSED):
                self._write([happening])

    def _loop(self) -> None:
        while not self._stop.wait(FLUSH_SECONDS):
            self.flush()
