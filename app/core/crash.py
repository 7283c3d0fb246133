"""Named crash points: durability tests stop the process dead at one of them (QUIVER_CRASH_AT)."""

import os
import signal

from app.settings import named_crash_point


def crash_point(name: str) -> None:
    """Kill this process here and now if the test asked for it; otherwise do nothing."""
    if named_crash_point() == name:
        os.kill(os.getpid(), signal.SIGKILL)
