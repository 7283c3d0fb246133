"""How the portal does: jobs, timed jobs, index, store, disk; and the verbs of whoever runs it. For the operations page and metrics."""

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import text

from app.core import outbox, schedule
from app.core.errors import Conflict, NotFound
from app.core.outbox import OutboxRow
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.library.queries.uploads import sum_bytes
from app.reactions import SCHEDULE
from app.search.engine import MeaningState
from app.web.services import Services

REBUILD = "rebuild-index"
READ_MEANING = "read-meaning"
PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
GONE = "This job is not set aside any more: somebody sent it again, or it is done. Nothing was changed."
REASONS: tuple[tuple[str, str], ...] = (
    ("stopped its worker", "It ended the process that worked on it, again and again. The file may be hostile or broken."),
    ("FileNotFoundError", "The stored file is missing. `quiver doctor` says which, and brings it back from a backup."),
    ("DamagedBlob", "The stored file was altered. `quiver doctor` says which, and brings it back from a backup."),
    ("StorageFull", "The disk was full."),
    ("No space left", "The disk was full."),
    ("OperationalError", "The database was busy or could not be reached."),
    ("Index", "The search index could not be written."),
    ("Mail", "The mail server did not take it, or could not be reached."),
    ("SMTP", "The mail server did not take it, or could not be reached."),
    ("NotFound", "What it is about is not there any more."),
    ("Timeout", "It took too long."),
)
UNFORESEEN = "It failed in a way nobody foresaw. The details below help whoever looks into it."


@cache
def program_version() -> str:
    """The version of this program, as its project file says."""
    return str(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"])


@dataclass(frozen=True)
class Condition:
    """How the portal does at this moment; sizes in bytes. `free` is None when the disk does not answer."""

    waiting: int
    running: int
    dead: int
    oldest_waiting: datetime | None
    index_ready: bool
    index_items: int
    meaning: MeaningState | None  # without an index there is nothing to say
    stored: int
    quota: int
    free: int | None
    schema: str
    database: str


def read_condition(work: Work, services: Services) -> Condition:
    """Five statements."""
    counts = outbox.count_by_state(work.session)
    running = outbox.count_leased(work.session, work.now)
    return Condition(
        waiting=counts.get("waiting", 0) - running,
        running=running,
        dead=counts.get("dead", 0),
        oldest_waiting=outbox.find_oldest_due(work.session, work.now),
        index_ready=services.index.ready,
        index_items=len(services.index.known()),
        meaning=services.index.meaning_state(),
        stored=sum_bytes(work),
        quota=services.settings.total_quota_bytes,
        free=_free(services),
        schema=str(work.session.execute(text("SELECT version_num FROM alembic_version")).scalar()),
        database="PostgreSQL" if services.engine.dialect.name == "postgresql" else "SQLite",
    )


def list_dead(work: Work, page: PageRequest) -> Page[OutboxRow]:
    """Jobs that were given up, newest first."""
    total = outbox.count_by_state(work.session).get("dead", 0)
    return Page(tuple(outbox.list_dead_page(work.session, page.offset, page.size)), total, page.number, page.size)


def reason_of(error: str) -> str:
    """Why a job failed, in a sentence."""
    return next((sentence for words, sentence in REASONS if words in error), UNFORESEEN)


def resend(work: Work, row_id: int) -> None:
    """Try a job again that was given up, as if it had never failed."""
    require(work.actor, Permission.OPERATE)
    row = outbox.find_row(work.session, row_id)
    if row is None:
        raise NotFound("There is no such job.")
    if row.state != "dead":
        raise Conflict(GONE)
    outbox.revive(work.session, row_id, work.now)
    audit(work, "resend", "job", row_id, event=row.event)


def resend_all(work: Work) -> int:
    """Try every job again that was given up; says how many."""
    require(work.actor, Permission.OPERATE)
    dead = outbox.list_dead(work.session)
    for row in dead:
        outbox.revive(work.session, row.id or 0, work.now)
    if dead:
        audit(work, "resend", "job", None, jobs=len(dead))
    return len(dead)


def run_now(work: Work, name: str) -> None:
    """Let the worker run a timed job within a few seconds."""
    require(work.actor, Permission.OPERATE)
    if name not in SCHEDULE:
        raise NotFound("There is no such timed job.")
    schedule.ask_for(work.session, name, work.now)
    audit(work, "run", "timed_job", None, name=name)


def health_line(condition: Condition, now: datetime, *, late_after: float, floor: int) -> Mapping[str, str]:
    """What is not well, by part; empty when all is."""
    found: dict[str, str] = {}
    if condition.dead:
        found["jobs"] = "Some jobs were given up. Look at the reasons below, then send them again."
    if condition.oldest_waiting is not None and (now - condition.oldest_waiting).total_seconds() > late_after:
        found["worker"] = "Jobs wait longer than they should. Is a worker running?"
    if not condition.index_ready:
        found["index"] = "The search index cannot be read. Search is slow until it is built anew."
    if condition.meaning is not None and condition.meaning.fault:
        found["meaning"] = condition.meaning.fault
    if condition.free is None or condition.free < floor:
        found["disk"] = "The disk is nearly full. Uploads will be refused; make room."
    if condition.stored >= condition.quota:
        found["store"] = "The store has reached its limit. Uploads are refused; raise QUIVER_TOTAL_QUOTA_BYTES or remove files."
    return MappingProxyType(found)


def _free(services: Services) -> int | None:
    try:
        return shutil.disk_usage(services.settings.data_dir).free
    except OSError:
        return None
