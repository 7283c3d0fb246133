"""Each tick of a scheduled job is taken by exactly one of all workers, and a missed one is made up for once."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.core.db import open_engine, open_session
from app.core.schedule import last_due, take_tick

HOURLY = "5 * * * *"
NOON = datetime(2026, 3, 10, 12, 5, tzinfo=UTC)


@pytest.fixture
def engine(data_dir: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{data_dir / 'quiver.db'}")
    for name in ("sweep", "another job"):
        assert not take(engine, NOON - timedelta(hours=1), name)  # a job seen for the first time waits for its next time
    yield engine
    engine.dispose()


def take(engine: Engine, now: datetime, name: str = "sweep") -> bool:
    with open_session(engine) as session:
        return take_tick(session, name, HOURLY, now)


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
