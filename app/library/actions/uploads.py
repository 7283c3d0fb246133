"""Files that arrive for the upload page: drafts made of them, in one piece or in parts. Each verb is safe to repeat."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.core.db import savepoint
from app.core.errors import AppError, Refused, TooLarge, TooMany
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.library import rules
from app.library.actions import create_asset
from app.library.actions.quota import check_room
from app.library.models import AssetInput, FileInput, IncomingUpload
from app.library.queries import uploads

ABANDONED = timedelta(days=1)
MOST_OPEN = 300
LONGEST_FOLDER = 300
UNNAMED = "The file has no name, so it was not begun. Give it one and send it again."
EMPTY = "The file is empty. Check the original and upload it again."
TOO_MANY = "Too many uploads are open at once. Wait until some have arrived, or take some off the list."


@dataclass(frozen=True)
class Arrival:
    """A file that has arrived, or the reason why it is not kept: exactly one of `file` and `problem` is set."""

    file_name: str
    folder: str = ""
    file: FileInput | None = None
    problem: AppError | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a file that arrived: the draft's id, or the problem."""

    file_name: str
    asset_id: int = 0
    problem: AppError | None = None


@dataclass(frozen=True)
class Announced:
    """A file somebody is about to send in parts."""

    file_name: str
    folder: str
    size: int


def create_drafts(work: Work, arrivals: Sequence[Arrival]) -> list[Outcome]:
    """A draft for each file that is kept; one that may not be kept is named and undoes none of the others."""
    require(work.actor, Permission.UPLOAD)
    return [_create_draft(work, arrival) for arrival in arrivals]


def begin_upload(work: Work, announced: Announced, largest: int) -> IncomingUpload:
    """A place for a file that comes in parts; size and room are checked before any byte is sent."""
    require(work.actor, Permission.UPLOAD)
    if not announced.file_name:
        raise Refused(UNNAMED)
    if announced.size < 1:
        raise Refused(EMPTY)
    if announced.size > largest:
        most = largest // 1024**2
        raise TooLarge(f"The file is larger than {most} MB, so it was not kept. Send a smaller file or ask for a higher limit.")
    if len(uploads.list_incoming(work)) >= MOST_OPEN:
        raise TooMany(TOO_MANY)
    check_room(work, announced.size + uploads.sum_incoming(work))
    row = IncomingUpload(
        id=secrets.token_urlsafe(18),
        user_id=work.actor.id or 0,
        file_name=announced.file_name,
        folder=announced.folder[:LONGEST_FOLDER],
        size=announced.size,
        created_at=work.now,
    )
    work.session.add(row)
    return row


def settle_upload(work: Work, key: str, arrivals: Sequence[Arrival], *, behind: int, is_done: bool) -> IncomingUpload:
    """Make drafts of what came with an upload and remember what became of it, so that asking again changes nothing.

    `behind` is how many of its files were settled before these; when others are by now, somebody else was faster.
    """
    row = uploads.get_incoming(work, key)
    if row.is_done or row.settled != behind:
        return row
    outcomes = create_drafts(work, arrivals)
    row.outcome = [*row.outcome, *map(told, outcomes)]
    row.settled += len(outcomes)
    row.is_done = is_done
    work.session.add(row)
    return row


def cancel_upload(work: Work, key: str) -> None:
    """Forget a file that has not arrived whole; one that has stays a draft."""
    require(work.actor, Permission.UPLOAD)
    row = uploads.get_incoming(work, key)
    if not row.is_done:
        work.session.delete(row)


def forget_uploads(work: Work, keys: Sequence[str]) -> None:
    """Drop what is known of uploads that were abandoned or are long done; for the sweep."""
    for row in uploads.list_all_incoming(work):
        if row.id in keys:
            work.session.delete(row)


def told(outcome: Outcome) -> dict[str, str]:
    """An outcome as JSON: name and key, or name, detail and status."""
    if outcome.problem is None:
        return {"name": outcome.file_name, "key": str(outcome.asset_id), "state": "reading"}
    return {"name": outcome.file_name, "detail": outcome.problem.message, "status": str(outcome.problem.status)}


def _create_draft(work: Work, arrival: Arrival) -> Outcome:
    if arrival.file is None:
        return Outcome(arrival.file_name, problem=arrival.problem)
    values = list_values(work)
    other = values.find(Facet.KIND, "other") or values.by_facet(Facet.KIND)[-1]
    data = AssetInput(title=rules.title_from_file(arrival.file.file_name), kind_id=other.id, owner_id=work.actor.id)
    try:
        with savepoint(work.session):
            asset = create_asset(work, data, arrival.file)
            asset.source_folder = arrival.folder[:LONGEST_FOLDER]
            work.session.add(asset)
            work.session.flush()
    except AppError as problem:
        audit(work, "refuse_file", "asset", None, reason=problem.code)
        return Outcome(arrival.file_name, problem=problem)
    return Outcome(arrival.file_name, asset.id or 0)
