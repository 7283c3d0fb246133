"""A mark keeps a job still until it is released or has run out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from app.core import holds
from app.core.db import open_engine, open_session

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def session(data_dir: Path) -> Iterator[Session]:
    engine = open_engine(f"sqlite:///{data_dir / 'quiver.db'}")
    with open_session(engine) as session:
        yield session
    engine.dispose()


def test_a_mark_runs_out_by_itself_and_can_be_extended(session: Session) -> None:
    hold = holds.take(session, holds.SWEEP, NOON)
    assert [holds.is_held(session, holds.SWEEP, NOON + timedelta(seconds=late)) for late in (-1, 0)] == [True, False]
    holds.extend(session, hold, NOON + timedelta(minutes=1))
    assert holds.is_held(session, holds.SWEEP, NOON)
    assert not holds.is_held(session, "something else", NOON - timedelta(minutes=1))


def test_two_holders_do_not_end_each_other(session: Session) -> None:
    first, second = (holds.take(session, holds.SWEEP, NOON + timedelta(hours=1)) for _ in range(2))
    holds.release(session, first)
    holds.release(session, first)
    assert holds.is_held(session, holds.SWEEP, NOON)
    holds.release(session, second)
    assert not holds.is_held(session, holds.SWEEP, NOON)
