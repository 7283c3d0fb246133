"""Each tick of a scheduled job is taken by exactly one of all workers, and a missed one is made up for once."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.core.db import open_engine, open_session
from app.core.schedule import LEASE, ScheduleTick, ask_for, fail_tick, find_due, finish_tick, last_due, list_ticks, next_due, take_tick

HOURLY = "5 * * * *"
NOON = datetime(2026, 3, 10, 12, 5, tzinfo=UTC)


@pytest.fixture
def engine(data_dir: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{data_dir / 'quiver.db'}")
    for name in ("sweep", "another job"):
        assert not take(engine, NOON - timedelta(hours=1), name)  # a job seen for the first time waits for its next time
    yield engine
    engine.dispose()


def take(engine: Engine, now: datetime, name: str = "sweep", *, ends: bool = True) -> bool:
    with open_session(engine) as session:
        mine = take_tick(session, name, HOURLY, now)
        if mine and ends:
            finish_tick(session, name, now)
        return mine


@pytest.mark.parametrize(
    "now,due",
    [
        (NOON - timedelta(seconds=1), NOON - timedelta(hours=1)),
        (NOON, NOON),
        (NOON + timedelta(seconds=1), NOON),
        (NOON + timedelta(minutes=59), NOON),
    ],
)
def test_the_latest_time_a_job_was_due(now: datetime, due: datetime) -> None:
    assert last_due(HOURLY, now) == due


def test_a_tick_is_taken_once(engine: Engine) -> None:
    assert [take(engine, NOON), take(engine, NOON), take(engine, NOON + timedelta(minutes=59))] == [True, False, False]
    assert take(engine, NOON + timedelta(hours=1))
    assert take(engine, NOON, "another job")


def test_missed_ticks_are_made_up_for_by_one_run(engine: Engine) -> None:
    assert take(engine, NOON)
    assert [take(engine, NOON + timedelta(days=2)), take(engine, NOON + timedelta(days=2))] == [True, False]


def test_of_many_workers_one_runs_each_tick(engine: Engine) -> None:
    taken: list[datetime] = []
    start = threading.Barrier(6)

    def work() -> None:
        for hour in range(5):
            start.wait()
            if take(engine, NOON + timedelta(hours=hour)):
                taken.append(NOON + timedelta(hours=hour))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [NOON + timedelta(hours=hour) for hour in range(5)]


def tick_of(engine: Engine, name: str = "sweep") -> ScheduleTick:
    with open_session(engine, read_only=True) as session:
        return list_ticks(session)[name]


def test_a_failed_job_is_tried_again_before_its_next_time_and_waits_longer_each_time(engine: Engine) -> None:
    assert take(engine, NOON, ends=False)
    waits, now = [], NOON
    for _ in range(9):
        with open_session(engine) as session:
            fail_tick(session, "sweep", "RuntimeError: no", now)
        tick = tick_of(engine)
        assert tick.again_at is not None
        waits.append((tick.again_at - now).total_seconds() / 60)
        assert not take(engine, tick.again_at - timedelta(seconds=1))
        assert take(engine, tick.again_at, ends=False)
        now = tick.again_at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert (tick_of(engine).failures, tick_of(engine).last_error) == (9, "RuntimeError: no")
    with open_session(engine) as session:
        finish_tick(session, "sweep", now)
    tick = tick_of(engine)
    assert (tick.failures, tick.last_error, tick.ran_at, tick.again_at) == (0, "", now, None)
    assert not take(engine, now + timedelta(minutes=1))


def test_a_job_whose_worker_was_killed_is_due_again(engine: Engine) -> None:
    assert take(engine, NOON, ends=False)
    assert [take(engine, NOON + LEASE - timedelta(seconds=1)), take(engine, NOON + LEASE)] == [False, True]


def test_a_job_runs_when_somebody_asks_for_it(engine: Engine) -> None:
    soon = NOON - timedelta(minutes=20)
    assert not take(engine, soon)
    for name in ("sweep", "never seen"):
        with open_session(engine) as session:
            ask_for(session, name, soon)
        assert [take(engine, soon, name), take(engine, soon, name)] == [True, False]


def test_a_look_names_what_is_due_and_what_was_never_seen(engine: Engine) -> None:
    crons = {"sweep": HOURLY, "another job": HOURLY, "new": HOURLY}
    assert take(engine, NOON, "another job")
    with open_session(engine, read_only=True) as session:
        assert find_due(session, crons, NOON) == ["sweep", "new"]
    assert next_due(HOURLY, NOON) == NOON + timedelta(hours=1)
