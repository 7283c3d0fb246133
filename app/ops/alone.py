"""`quiver work`: the worker in a process of its own."""

import signal
import threading
from types import FrameType

from app.core.errors import Conflict
from app.core.logs import configure_logs
from app.ops.portal import open_desk, prepare, worker_lock
from app.ops.worker import Worker


def work_alone() -> None:
    """Work until SIGINT or SIGTERM; refuses when another process of this data folder works already."""
    settings = prepare()
    configure_logs(settings)
    lock = worker_lock(settings)
    if not lock.take():
        raise Conflict("Another process works on this data folder. Set QUIVER_EMBEDDED_WORKER=false for the portal, then try again.")
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with open_desk(settings) as desk:
        worker = Worker(desk)
        worker.take_over()
        worker.start()
        ended.wait()
        worker.stop()
    lock.release()
