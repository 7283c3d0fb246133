"""The worker inside the serving process: takes over from another, and begins anew when its start failed."""

import pytest

from app.ops import embedded
from app.ops.portal import worker_lock
from app.ops.worker import Worker
from app.settings import Settings
from tests.factories.library import add_draft
from tests.factories.portal import Portal, started
from tests.torture.client import wait_until


@pytest.fixture
def working(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(embedded, "RETRY_SECONDS", 0.05)
    return settings.model_copy(update={"embedded_worker": True})


def is_read(portal: Portal) -> bool:
    with portal.work(read_only=True) as work:
        found = work.session.connection().exec_driver_sql("SELECT count(*) FROM version WHERE reading = 'done'").scalar()
    return found == 1


def test_a_failed_start_is_tried_again(working: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    failures, mend = [OSError("disk is full"), OSError("disk is full")], Worker.take_over

    def fail_first(self: Worker) -> None:
        if failures:
            raise failures.pop()
        mend(self)

    monkeypatch.setattr(Worker, "take_over", fail_first)
    with started(working) as portal:
        with portal.work() as work:
            add_draft(work)
        assert wait_until(lambda: is_read(portal), 30) is not None
    assert failures == []


def test_while_another_process_works_this_one_waits_for_its_turn(working: Settings) -> None:
    other = worker_lock(working)
    assert other.take()
    with started(working) as portal:
        with portal.work() as work:
            add_draft(work)
        assert wait_until(lambda: is_read(portal), 1) is None
        other.release()
        assert wait_until(lambda: is_read(portal), 30) is not None
