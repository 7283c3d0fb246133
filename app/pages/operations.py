"""Operations: jobs with the reason why one gave up, timed jobs, index, store and disk. For administrators."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request, Response

from app.core import schedule
from app.core.outbox import OutboxRow
from app.core.paging import Page, PageRequest
from app.core.schedule import ScheduleTick
from app.core.work import Work
from app.identity.rules import Permission
from app.reactions import SCHEDULE
from app.web import operations
from app.web.deps import ReadDep, WorkDep, require
from app.web.operations import Condition
from app.web.render import page, redirect, render
from app.web.services import services_of

router = APIRouter()
PAGE_SIZE = 20
LATE_AFTER = 300.0
DISK_FLOOR = 256 * 1024**2
# What follows an event, in words; one that is missing here is shown by its own name.
JOB_WORDS = {
    "AssetChanged": "Bring search up to date with an item",
    "BinderOrdered": "Print a kit as a binder",
    "DueMailWanted": "Send somebody a mail about what is due",
    "FrameworkChanged": "Bring search up to date with the framework",
    "ItemsWentAway": "Tell the owner of a room what is not shown in it any more",
    "LinkMailWanted": "Mail somebody a link to choose their password",
    "MailCodeWanted": "Mail somebody the code for a room",
    "NewerVersionTold": "Tell a guest that an item of their room was replaced",
    "QuestionChanged": "Bring search up to date with a buyer question",
    "RoomQuestionAsked": "Mail a question out of a room to the owner of its link",
    "RoomVisited": "Tell the owner of a link that somebody came",
    "UserDisabled": "Note that an owner is gone",
    "UserEnabled": "Note that an owner is back",
    "VersionRead": "Suggest tags for a new version",
    "VersionUploaded": "Read the text of a new version",
}
TIMED_WORDS = {
    "empty-trash": "Empty the trash of what is in it for 30 days",
    "forget-done": "Forget finished jobs after a week",
    "forget-meaning": "Forget what changed and removed passages meant",
    "forget-visits": "Forget visits to rooms when the time for keeping them is over",
    "note-away-items": "Tell owners of rooms what expired in them",
    "put-away-binders": "Put away printed binders that are a week old",
    "rebuild-index": "Build the search index anew",
    "read-meaning": "Work out what new passages mean, where the model is installed",
    "record-past-dates": "Note what passed its review or expiry date",
    "send-due-mails": "Mail owners what is due today",
    "sweep-blobs": "Delete stored files nobody refers to",
    "sweep-uploads": "Forget uploads that were never finished",
}


@dataclass(frozen=True)
class DeadJob:
    """A job that was given up: what it was to do, about which item, why it failed in a sentence and in the program's words."""

    id: int
    words: str
    asset_id: int | None
    attempts: int
    since: datetime
    reason: str
    error: str


@dataclass(frozen=True)
class TimedJob:
    """A job that runs by the clock; `again_at` is set while it runs, waits for its next try, or was asked for."""

    name: str
    words: str
    last_at: datetime | None
    next_at: datetime
    failures: int
    reason: str
    error: str
    is_wanted: bool


@page("operations/overview.html")
@dataclass(frozen=True)
class OperationsPage:
    """How the portal does; `trouble` says what is not well, in sentences."""

    condition: Condition
    trouble: tuple[str, ...]
    meaning_fault: str
    dead: Page[DeadJob]
    timed: tuple[TimedJob, ...]
    version: str
    can_rebuild: bool


@router.get("/operations", dependencies=[require(Permission.OPERATE)])
def show_operations(request: Request, work: ReadDep, page: int = 1) -> Response:
    """Everything at one look; given-up jobs by page, newest first."""
    condition = operations.read_condition(work, services_of(request))
    found = operations.list_dead(work, PageRequest(max(1, page), PAGE_SIZE))
    timed = _timed(work)
    data = OperationsPage(
        condition=condition,
        trouble=tuple(operations.health_line(condition, work.now, late_after=LATE_AFTER, floor=DISK_FLOOR).values()),
        meaning_fault=next((job.reason for job in timed if job.name == operations.READ_MEANING), ""),
        dead=Page(tuple(map(_dead, found.items)), found.total, found.number, found.size),
        timed=timed,
        version=operations.program_version(),
        can_rebuild=not any(job.is_wanted for job in timed if job.name == operations.REBUILD),
    )
    return render(request, data)


@router.post("/operations/jobs/resend", dependencies=[require(Permission.OPERATE)])
def resend_every_job(request: Request, work: WorkDep) -> Response:
    """Try all given-up jobs again."""
    count = operations.resend_all(work)
    told = f"{count} job{'' if count == 1 else 's'} will be tried again." if count else "No job was set aside."
    return redirect(request, "/operations", told)


@router.post("/operations/jobs/{job_id}/resend", dependencies=[require(Permission.OPERATE)])
def resend_job(request: Request, job_id: int, work: WorkDep) -> Response:
    """Try one given-up job again."""
    operations.resend(work, job_id)
    return redirect(request, "/operations", "The job will be tried again.")


@router.post("/operations/timed/{name}/run", dependencies=[require(Permission.OPERATE)])
def run_timed_job(request: Request, name: str, work: WorkDep) -> Response:
    """Let a timed job run now; also how the index is built anew."""
    operations.run_now(work, name)
    return redirect(request, "/operations", f"{TIMED_WORDS.get(name, _spaced(name))}: this begins within a few seconds.")


def _dead(row: OutboxRow) -> DeadJob:
    asset_id = row.payload.get("asset_id")
    return DeadJob(
        id=row.id or 0,
        words=JOB_WORDS.get(row.event, row.event),
        asset_id=asset_id if isinstance(asset_id, int) else None,
        attempts=row.attempts,
        since=row.created_at,
        reason=operations.reason_of(row.last_error),
        error=row.last_error,
    )


def _timed(work: Work) -> tuple[TimedJob, ...]:
    ticks = schedule.list_ticks(work.session)
    return tuple(_timed_job(work, name, ticks.get(name)) for name in sorted(SCHEDULE, key=lambda name: TIMED_WORDS.get(name, name)))


def _timed_job(work: Work, name: str, tick: ScheduleTick | None) -> TimedJob:
    following = schedule.next_due(SCHEDULE[name].cron, work.now)
    again_at = tick.again_at if tick is not None else None
    return TimedJob(
        name=name,
        words=TIMED_WORDS.get(name, _spaced(name)),
        last_at=tick.ran_at if tick is not None else None,
        next_at=min(following, again_at) if again_at is not None else following,
        failures=tick.failures if tick is not None else 0,
        reason=operations.reason_of(tick.last_error) if tick is not None and tick.failures else "",
        error=tick.last_error if tick is not None else "",
        is_wanted=again_at is not None and not (tick is not None and tick.failures and again_at > work.now),
    )


def _spaced(name: str) -> str:
    return name.replace("-", " ").capitalize()
