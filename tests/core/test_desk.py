"""Background jobs open units of work of their own: committed when the block ends, never writing when they only read."""

from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from app.core import outbox
from app.core.db import open_engine
from app.core.desk import Desk, work_opener
from app.core.store import DiskStore
from app.identity.models import SystemActor
from app.library.events import AssetChanged


def record_and_stop(desk: Desk) -> None:
    with desk.open_work() as work:
        work.record(AssetChanged(4))
        raise ValueError("stop")


def record_while_reading(desk: Desk) -> None:
    with desk.open_work(read_only=True) as work:
        work.record(AssetChanged(5))
        work.session.flush()


def test_a_desk_opens_units_of_work(data_dir: Path) -> None:
    engine, blobs = open_engine(f"sqlite:///{data_dir / 'quiver.db'}"), DiskStore(data_dir / "blobs")
    desk = Desk(work_opener(engine, blobs, SystemActor()), blobs)
    with desk.open_work() as work:
        work.record(AssetChanged(3))
        assert (work.actor.kind, work.now.date(), work.blobs) == ("system", work.today, blobs)
    with pytest.raises(ValueError, match="stop"):
        record_and_stop(desk)
    with pytest.raises(OperationalError, match="readonly"):
        record_while_reading(desk)
    with desk.open_work(read_only=True) as work:
        assert outbox.count_by_state(work.session) == {"waiting": 1}
    engine.dispose()
