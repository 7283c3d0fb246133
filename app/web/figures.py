"""How questions did, as CSV: the same for the page and for `quiver report questions`."""

from datetime import timedelta

from app.activity.queries import list_worst
from app.core.csvout import csv_text
from app.core.work import Work

MOST_EXPORTED = 10_000
DAYS = 30
LONGEST_DAYS = 3650
HEADINGS = (
    "Question",
    "Asked",
    "People",
    "Nothing found",
    "No answer used",
    "Asked again in other words",
    "Opened",
    "Copied or downloaded",
    "Said no",
    "Last asked (UTC)",
)


def figures_csv(work: Work, days: int) -> str:
    """Every question of so many days with its figures, the worst first, as CSV."""
    found = list_worst(work, work.now - timedelta(days=days), MOST_EXPORTED)
    rows = (
        (
            *(one.question, one.asked, one.people, one.nothing_found, one.not_used, one.asked_again),
            *(one.opened, one.copied, one.said_no, one.last_at.isoformat(timespec="seconds")),
        )
        for one in found
    )
    return csv_text([HEADINGS, *rows])
