"""The worker inside the serving process: started and stopped with the portal by main.py."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from app.core.desk import work_opener
from app.core.mail import post_of
from app.identity.models import SystemActor
from app.ops.portal import worker_lock
from app.ops.worker import Worker
from app.search.jobs import IndexDesk
from app.web.services import Services

log = structlog.get_logger(__name__)
RETRY_SECONDS = 2.0


@contextmanager
def embedded_worker(services: Services) -> Iterator[None]:
    """Work in the background while the block runs, unless the settings leave it to `quiver work`.

    Of several serving processes one works; when it ends, the next takes over.
    """
    if not services.settings.embedded_worker:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=_work_until, args=(services, stop), name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=40)


def _work_until(services: Services, stop: threading.Event) -> None:
    """Wait for the lock, work; begin anew when that fails, since a full disk or a lost database may come back."""
    lock = worker_lock(services.settings)
    while not stop.is_set():
        if lock.take():
            try:
                _work(services, stop)
            except Exception:
                log.exception("worker_not_started")
            finally:
                lock.release()
        stop.wait(RETRY_SECONDS)


def _work(services: Services, stop: threading.Event) -> None:
    open_work, post = work_opener(services.engine, services.blobs, SystemActor()), post_of(services.settings)
    kept_days = services.settings.visits_kept_days
    worker = Worker(IndexDesk(open_work, services.blobs, services.index, post=post, visits_kept_days=kept_days))
    worker.take_over()
    try:
        worker.start()
        stop.wait()
    finally:
        worker.stop()
