"""Background verbs of the library: read the text of new versions, record what passed its date. Safe to run twice."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from app.core.desk import Desk
from app.core.office.inspect import inspect_file
from app.core.office.merge import FILLABLE, Scanned, scan_template
from app.core.office.parse import PROTECTED, ParsedFile, Unreadable, parse_file
from app.core.work import Work
from app.identity.events import UserDisabled, UserEnabled
from app.library import actions, queries, rules
from app.library.actions import ownership
from app.library.actions.templates import store_scan
from app.library.actions.uploads import forget_uploads
from app.library.events import VersionUploaded
from app.library.models import Version
from app.library.queries.uploads import list_all_incoming

KEEP_STRAYS = timedelta(days=1)
GAVE_UP = "The file could not be read after several tries. It is kept and found by its title and tags; download works."


def read_version(desk: Desk, events: Sequence[VersionUploaded]) -> None:
    """Read the text and the named fields of new versions in the capped child; an unreadable file is an ordinary outcome."""
    for event in events:
        with desk.open_work(read_only=True) as work:
            version = queries.find_version(work, event.version_id)
        if version is None:  # discarded meanwhile
            continue
        path = desk.blobs.path(version.blob_sha256)
        parsed = _read(path, version)
        scanned = None if isinstance(parsed, Unreadable) else _scan(path, version)
        with desk.open_work() as work:
            _store(work, event.version_id, parsed)
            store_scan(work, event.version_id, scanned)


def give_up_reading(desk: Desk, events: Sequence[VersionUploaded]) -> None:
    """Say of versions whose reading kept failing that they have no text; they stay, found by title and tags."""
    for event in events:
        with desk.open_work() as work:
            if _waits_for_words(work, event.version_id):
                actions.mark_unreadable(work, event.version_id, GAVE_UP)


def note_owners(desk: Desk, events: Sequence[UserDisabled | UserEnabled]) -> None:
    """Items whose owner is gone are stale from now on; those whose owner is back are not."""
    for event in events:
        with desk.open_work() as work:
            ownership.note_owner(work, event.user_id)


def empty_trash(desk: Desk) -> None:
    """Remove for good what has been in the trash for 30 days."""
    with desk.open_work() as work:
        actions.empty_trash(work)


def sweep_blobs(desk: Desk) -> None:
    """Delete stored files that no version refers to and that nobody has sent for a day, and what was made of them."""
    with desk.open_work(read_only=True) as work:
        before = (work.now - KEEP_STRAYS).timestamp()
        referred = queries.list_blob_hashes(work)
    for sha256, touched in list(desk.blobs.list_all()):
        if touched < before and sha256 not in referred:
            with desk.open_work() as work:
                actions.sweep_blob(work, sha256, before)
    for sha256, made in list(desk.blobs.derived.list_all()):
        if made < before and sha256 not in referred:
            desk.blobs.derived.delete(sha256)


def sweep_uploads(desk: Desk) -> None:
    """Forget files that were begun and never finished, a day after something last came for them."""
    with desk.open_work(read_only=True) as work:
        before = (work.now - KEEP_STRAYS).timestamp()
        begun = {row.id: row.created_at.timestamp() for row in list_all_incoming(work)}
    touched = dict(desk.blobs.partials.list_all())
    old = [key for key, at in (begun | touched).items() if max(at, begun.get(key, 0.0)) < before]
    if old:
        with desk.open_work() as work:
            forget_uploads(work, old)
    for key in old:
        desk.blobs.partials.delete(key)


def _read(path: Path, version: Version) -> ParsedFile | Unreadable:
    try:
        if version.format != "pdf" and inspect_file(path, version.file_name).encrypted:
            return Unreadable(PROTECTED)  # a PDF may be locked against changes only, so its reader decides
        return parse_file(path, version.format)
    except Unreadable as problem:
        return problem


def _scan(path: Path, version: Version) -> Scanned | None:
    """The named fields of an office file; one whose text can be read but not its parts is no template."""
    if version.format not in FILLABLE:
        return None
    try:
        return scan_template(path, version.format)
    except Unreadable:
        return None


def _store(work: Work, version_id: int, parsed: ParsedFile | Unreadable) -> None:
    if not _waits_for_words(work, version_id):
        return
    if isinstance(parsed, Unreadable):
        actions.mark_unreadable(work, version_id, str(parsed))
    else:
        actions.store_text(work, version_id, parsed)


def _waits_for_words(work: Work, version_id: int) -> bool:
    """Not discarded meanwhile, and no recording whose transcript somebody gave: reading its file would only lose that."""
    version = queries.find_version(work, version_id)
    return version is not None and not (rules.FORMATS[version.format].playable and queries.list_passages(work, version_id))
