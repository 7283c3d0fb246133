"""Background verbs of core, run by the clock. Safe to run twice."""

from datetime import timedelta

from app.core import outbox
from app.core.desk import Desk

KEEP_DONE = timedelta(days=7)


def forget_done(desk: Desk) -> None:
    """Drop outbox rows that were finished long ago, so that the table stays small."""
    with desk.open_work() as work:
        outbox.forget_done(work.session, work.now - KEEP_DONE)
