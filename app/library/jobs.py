"""Background verbs of the library: read the text of new versions, record what passed its date. Safe to run twice."""

from collections.abc import Sequence

from app.core.desk import Desk
from app.core.office.parse import ParsedFile, Unreadable, parse_file
from app.core.work import Work
from app.library import actions, queries
from app.library.events import VersionUploaded


def read_version(desk: Desk, events: Sequence[VersionUploaded]) -> None:
    """Read the text of new versions in the capped child; an unreadable file is an ordinary outcome."""
    for event in events:
        with desk.open_work(read_only=True) as work:
            version = queries.get_version(work, event.version_id)
        try:
            parsed: ParsedFile | Unreadable = parse_file(desk.blobs.path(version.blob_sha256), version.format)
        except Unreadable as problem:
            parsed = problem
        with desk.open_work() as work:
            _store(work, event.version_id, parsed)


def record_past_dates(desk: Desk) -> None:
    """Open a finding for each asset that passed its review or expiry date."""
    with desk.open_work() as work:
        actions.record_past_dates(work)


def _store(work: Work, version_id: int, parsed: ParsedFile | Unreadable) -> None:
    if isinstance(parsed, Unreadable):
        actions.mark_unreadable(work, version_id, str(parsed))
    else:
        actions.store_text(work, version_id, parsed)
