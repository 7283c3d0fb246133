"""Side effects wait in the outbox: leased by one worker at a time, tried again with growing waits, set aside after so many tries."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.core import outbox
from app.core.clock import utc_now
from app.core.db import open_engine, open_session
from app.core.outbox import LEASE, LONGEST_WAIT, MAX_ATTEMPTS, Event, OutboxRow, backoff

NOW = utc_now()
NAMES = ["DoorOpened"]


@dataclass(frozen=True)
class DoorOpened(Event):
    door: int


@dataclass(frozen=True)
class DoorClosed(Event):
    door: int


@pytest.fixture
def engine(data_dir: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{data_dir / 'quiver.db'}")
    yield engine
    engine.dispose()


def record(engine: Engine, *events: Event) -> None:
    with open_session(engine) as session:
        for event in events:
            outbox.append(session, event, NOW)


def record_and_stop(engine: Engine) -> None:
    with open_session(engine) as session:
        outbox.append(session, DoorOpened(1), NOW)
        raise ValueError("stop")


def claim(engine: Engine, now: datetime = NOW, limit: int = 10) -> list[int]:
    with open_session(engine) as session:
        return [row.id or 0 for row in outbox.claim(session, now, NAMES, limit)]


def row_of(engine: Engine, row_id: int) -> OutboxRow:
    with open_session(engine, read_only=True) as session:
        return session.get_one(OutboxRow, row_id)


def test_an_event_waits_with_what_it_carries(engine: Engine) -> None:
    record(engine, DoorOpened(7))
    [row_id] = claim(engine)
    row = row_of(engine, row_id)
    assert (row.event, row.payload, row.state, row.attempts) == ("DoorOpened", {"door": 7}, "waiting", 1)


def test_an_event_of_a_failed_change_never_happened(engine: Engine) -> None:
    with pytest.raises(ValueError, match="stop"):
        record_and_stop(engine)
    assert claim(engine) == []


def test_claims_are_oldest_first_of_the_named_types_only(engine: Engine) -> None:
    record(engine, DoorOpened(1), DoorClosed(2), DoorOpened(3), DoorOpened(4))
    with open_session(engine, read_only=True) as session:
        assert outbox.is_due(session, NOW, NAMES)
    first, rest = claim(engine, limit=2), claim(engine)
    assert [row_of(engine, row_id).payload["door"] for row_id in first + rest] == [1, 3, 4]
    with open_session(engine, read_only=True) as session:
        assert not outbox.is_due(session, NOW, NAMES)
        assert outbox.is_due(session, NOW, ["DoorClosed"])


def test_a_lease_runs_out_and_each_claim_counts_as_a_try(engine: Engine) -> None:
    record(engine, DoorOpened(1))
    [row_id] = claim(engine)
    assert claim(engine, NOW + LEASE) == []
    assert claim(engine, NOW + LEASE + timedelta(seconds=1)) == [row_id]
    assert row_of(engine, row_id).attempts == 2, "a row that kills its worker runs out of tries, too"


def test_leases_of_a_killed_worker_are_freed_at_start(engine: Engine) -> None:
    record(engine, DoorOpened(1))
    [row_id] = claim(engine)
    with open_session(engine) as session:
        outbox.release_leases(session)
    assert claim(engine) == [row_id]


def test_two_workers_never_hold_the_same_row(engine: Engine) -> None:
    record(engine, *(DoorOpened(door) for door in range(200)))
    claimed: list[int] = []

    def work() -> None:
        while rows := claim(engine, limit=3):
            claimed.extend(rows)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 200


def test_waits_double_from_two_seconds_to_an_hour() -> None:
    assert [backoff(attempts).total_seconds() for attempts in (1, 2, 3, 4)] == [2, 4, 8, 16]
    assert backoff(12) == backoff(10_000) == LONGEST_WAIT


def fail(engine: Engine, row_id: int, now: datetime) -> None:
    with open_session(engine) as session:
        outbox.fail(session, row_id, "the printer is on fire", now)


def test_a_failed_row_comes_back_later_and_dies_in_the_end(engine: Engine) -> None:
    record(engine, DoorOpened(1))
    now = NOW
    [row_id] = claim(engine, now)
    for attempt in range(1, MAX_ATTEMPTS):
        fail(engine, row_id, now)
        assert claim(engine, now + backoff(attempt) - timedelta(seconds=1)) == []
        now += backoff(attempt)
        assert claim(engine, now) == [row_id]
    fail(engine, row_id, now)
    assert claim(engine, now + timedelta(days=365)) == []
    with open_session(engine, read_only=True) as session:
        [dead] = outbox.list_dead(session)
        assert outbox.count_by_state(session) == {"dead": 1}
    assert (dead.id, dead.attempts, dead.last_error) == (row_id, MAX_ATTEMPTS, "the printer is on fire")


def test_a_dead_row_can_be_revived_with_all_its_tries(engine: Engine) -> None:
    record(engine, DoorOpened(1))
    [row_id] = claim(engine)
    with open_session(engine) as session:
        outbox.bury(session, row_id, "gave up")
    assert row_of(engine, row_id).last_error == "gave up"
    with open_session(engine) as session:
        outbox.revive(session, row_id, NOW)
    assert claim(engine) == [row_id]
    assert row_of(engine, row_id).attempts == 1


def test_done_jobs_are_remembered_one_by_one(engine: Engine) -> None:
    record(engine, DoorOpened(1))
    [row_id] = claim(engine)
    with open_session(engine) as session:
        outbox.finish_job(session, row_id, "ring_bell")
        outbox.finish_job(session, row_id, "switch_light")
        outbox.finish_job(session, row_id, "ring_bell")
    assert row_of(engine, row_id).done_jobs() == {"ring_bell", "switch_light"}
    with open_session(engine) as session:
        outbox.finish(session, row_id)
    assert (row_of(engine, row_id).state, claim(engine, NOW + timedelta(days=1))) == ("done", [])
