"""Reads the audit log for those who may see it: a page of it, which verbs and things it holds, and runs of it for an export."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity import rules
from app.identity.models import AuditEntry
from app.identity.rules import Permission


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are wanted: of a person, a verb, a kind of thing or one thing, from one day to another (both included)."""

    person_id: int | None = None
    verb: str = ""
    target: str = ""
    target_id: int | None = None
    from_on: date | None = None
    to_on: date | None = None


def list_audit(work: Work, page: PageRequest, wanted: AuditFilter | None = None) -> Page[AuditEntry]:
    """Who did what, newest first."""
    rules.require(work.actor, Permission.SEE_AUDIT)
    where = _where(wanted or AuditFilter())
    total = work.session.exec(select(func.count()).select_from(AuditEntry).where(*where)).one()
    newest = select(AuditEntry).where(*where).order_by(col(AuditEntry.id).desc()).offset(page.offset).limit(page.size)
    return Page(tuple(work.session.exec(newest).all()), total, page.number, page.size)


def list_audit_before(work: Work, wanted: AuditFilter, before_id: int | None, limit: int) -> Sequence[AuditEntry]:
    """The newest entries older than this one; for an export in runs, which new entries cannot shift."""
    rules.require(work.actor, Permission.SEE_AUDIT)
    where = _where(wanted)
    if before_id is not None:
        where.append(col(AuditEntry.id) < before_id)
    return work.session.exec(select(AuditEntry).where(*where).order_by(col(AuditEntry.id).desc()).limit(limit)).all()


def list_audit_verbs(work: Work) -> list[str]:
    """Every verb the log holds."""
    rules.require(work.actor, Permission.SEE_AUDIT)
    return sorted(work.session.exec(select(AuditEntry.verb).distinct()).all())


def list_audit_targets(work: Work) -> list[str]:
    """Every kind of thing the log holds."""
    rules.require(work.actor, Permission.SEE_AUDIT)
    return sorted(work.session.exec(select(AuditEntry.target).distinct()).all())


def list_audit_people(work: Work) -> set[int]:
    """Everybody who did anything, by the ids of their accounts."""
    rules.require(work.actor, Permission.SEE_AUDIT)
    return {key for key in work.session.exec(select(AuditEntry.actor_id).distinct()).all() if key is not None}


def _where(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions = (
        (wanted.person_id, col(AuditEntry.actor_id) == wanted.person_id),
        (wanted.verb, col(AuditEntry.verb) == wanted.verb),
        (wanted.target, col(AuditEntry.target) == wanted.target),
        (wanted.target_id, col(AuditEntry.target_id) == wanted.target_id),
    )
    where: list[ColumnElement[bool]] = [condition for given, condition in conditions if given]
    if wanted.from_on is not None:
        where.append(col(AuditEntry.at) >= _start_of(wanted.from_on))
    if wanted.to_on is not None and wanted.to_on < date.max:
        where.append(col(AuditEntry.at) < _start_of(wanted.to_on + timedelta(days=1)))
    return where


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
