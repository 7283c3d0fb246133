"""Works off the outbox and the schedule: inside the serving process, or alone as `quiver work`."""

import fcntl
import os
import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError

from app.core import outbox, schedule
from app.core.crash import crash_point
from app.core.errors import StorageFull
from app.core.outbox import Event, OutboxRow
from app.reactions import GIVE_UP, OUTSIDE_EVENTS, REACTIONS, SCHEDULE, SLOW_EVENTS, Job
from app.search.engine import IndexBusy, IndexNotReady
from app.search.jobs import IndexDesk, mend

log = structlog.get_logger(__name__)
SCHEDULE_SECONDS = 5.0
SLOW_LANES = 2
# What fails because of the machine and passes: tried again without using up a job's attempts.
PASSING = (OSError, OperationalError, StorageFull, IndexBusy, IndexNotReady)


class WorkerLock:
    """At most one process works off the outbox of a data folder and writes its index."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> bool:
        """Whether this process now is the one; it stays so until `release` or its end."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Let another process take over."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


@dataclass(frozen=True)
class Lane:
    """Event types worked off together, so many rows at a time, looked for so often."""

    events: frozenset[type[Event]]
    batch: int
    idle_seconds: float

    @property
    def names(self) -> list[str]:
        return sorted(event.__name__ for event in self.events)


FAST = Lane(frozenset(REACTIONS) - SLOW_EVENTS - OUTSIDE_EVENTS, 50, 0.1)
SLOW = Lane(SLOW_EVENTS, 1, 0.4)
OUTSIDE = Lane(OUTSIDE_EVENTS, 1, 0.4)
LANES = (FAST, SLOW, OUTSIDE)
EVENT_TYPES: dict[str, type[Event]] = {event.__name__: event for event in REACTIONS}


class Worker:
    """Threads that claim rows, run their jobs and put failures back with growing waits."""

    def __init__(self, desk: IndexDesk) -> None:
        self._desk = desk
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin working in the background."""
        lanes = [FAST, *[SLOW] * SLOW_LANES, OUTSIDE]
        self._threads = [threading.Thread(target=self._lane_loop, args=(lane,), daemon=True) for lane in lanes]
        self._threads.append(threading.Thread(target=self._schedule_loop, daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the rows in hand."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=35)

    def take_over(self) -> None:
        """Clear up after a process that was killed: half uploads, leases, an index apart from the database. Only with the worker lock."""
        self._desk.blobs.clear_incoming()
        with self._desk.open_work() as work:
            outbox.release_leases(work.session)
        mend(self._desk)

    def drain(self) -> None:
        """Work until nothing is due; for commands and tests."""
        busy = True
        while busy:
            busy = max(self.work_once(lane) for lane in LANES)

    def work_once(self, lane: Lane) -> bool:
        """Claim and run one batch; whether there was anything to do."""
        with self._desk.open_work(read_only=True) as work:
            if not outbox.is_due(work.session, work.now, lane.names):
                return False
        with self._desk.open_work() as work:
            rows = outbox.claim(work.session, work.now, lane.names, lane.batch)
        crash_point("rows-claimed")
        by_event: dict[str, list[OutboxRow]] = defaultdict(list)
        for row in rows:
            by_event[row.event].append(row)
        for name, batch in by_event.items():
            self._run_batch(EVENT_TYPES[name], batch)
        return bool(rows)

    def _run_batch(self, event: type[Event], rows: Sequence[OutboxRow]) -> None:
        tries, give_up = GIVE_UP.get(event, (outbox.MAX_ATTEMPTS, None))
        spent = [row for row in rows if row.attempts > tries]
        for row in spent:
            self._bury(event, row, give_up)
        fresh = [row for row in rows if row.attempts <= tries]
        try:
            self._run_jobs(event, fresh)
        except Exception as error:  # any failure of a job is put back, whatever its type
            if len(fresh) == 1:
                self._put_back(fresh[0], error)
                return
            for row in fresh:
                self._run_batch(event, [row])

    def _run_jobs(self, event: type[Event], rows: Sequence[OutboxRow]) -> None:
        for job in REACTIONS[event]:
            waiting = [row for row in rows if job.__name__ not in row.done_jobs()]
            if waiting:
                job(self._desk, [_event_of(event, row) for row in waiting])
                crash_point(f"job-done-{job.__name__}")
                with self._desk.open_work() as work:
                    for row in waiting:
                        outbox.finish_job(work.session, row.id or 0, job.__name__)
        with self._desk.open_work() as work:
            for row in rows:
                outbox.finish(work.session, row.id or 0)

    def _put_back(self, row: OutboxRow, error: Exception) -> None:
        log.warning("job_failed", event_type=row.event, outbox_id=row.id, attempt=row.attempts, exc_info=error)
        is_passing = isinstance(error, PASSING) and not isinstance(error, FileNotFoundError)
        put_back = outbox.postpone if is_passing else outbox.fail
        with self._desk.open_work() as work:
            put_back(work.session, row.id or 0, f"{type(error).__name__}: {error}", work.now)

    def _bury(self, event: type[Event], row: OutboxRow, give_up: Job | None) -> None:
        log.error("job_given_up", event_type=row.event, outbox_id=row.id)
        with self._desk.open_work() as work:
            outbox.bury(work.session, row.id or 0, "stopped its worker again and again")
        if give_up is not None:
            give_up(self._desk, [_event_of(event, row)])

    def _lane_loop(self, lane: Lane) -> None:
        while not self._stop.is_set():
            try:
                busy = self.work_once(lane)
            except Exception as error:  # a full disk or a lost database must not end the worker
                log.error("worker_lane_failed", exc_info=error)
                self._stop.wait(1.0)
                continue
            if not busy:
                self._stop.wait(lane.idle_seconds)

    def _schedule_loop(self) -> None:
        while not self._stop.is_set():
            try:
                for name in self._due_jobs():
                    self.run_timed(name)
            except Exception as error:  # a full disk or a lost database must not end the worker
                log.error("schedule_failed", exc_info=error)
            self._stop.wait(SCHEDULE_SECONDS)

    def _due_jobs(self) -> list[str]:
        with self._desk.open_work(read_only=True) as work:
            return schedule.find_due(work.session, {name: timed.cron for name, timed in SCHEDULE.items()}, work.now)

    def run_timed(self, name: str) -> bool:
        """Run a scheduled job if it is due and nobody else took it; whether it ran. One that fails is tried again before its next time."""
        timed = SCHEDULE[name]
        with self._desk.open_work() as work:
            mine = schedule.take_tick(work.session, name, timed.cron, work.now)
        if not mine:
            return False
        crash_point(f"timed-{name}")
        try:
            timed.job(self._desk)
        except Exception as error:  # one bad job must not end the others
            log.error("timed_job_failed", job=name, exc_info=error)
            with self._desk.open_work() as work:
                schedule.fail_tick(work.session, name, f"{type(error).__name__}: {error}", work.now)
        else:
            with self._desk.open_work() as work:
                schedule.finish_tick(work.session, name, work.now)
        return True


def _event_of(event: type[Event], row: OutboxRow) -> Any:
    return event(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.payload.items()})
