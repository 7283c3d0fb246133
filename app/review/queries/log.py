"""Reads what people decided about items, out of the audit log; called by the page that shows it to curators."""

from collections.abc import Mapping
from types import MappingProxyType

import sqlalchemy
from sqlmodel import col, func

from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity.models import AuditEntry
from app.identity.queries import list_names
from app.identity.rules import Permission, require
from app.library.models import Asset
from app.library.queries import may_see
from app.review.models import Decision

# Verbs of the audit log and how the page says them; {to} and {day} come from the entry.
DECIDED: Mapping[str, str] = MappingProxyType(
    {
        "confirm": "Still right",
        "set_review_date": "Next review on {day}",
        "set_expiry": "Expires on {day}",
        "assign": "Assigned to {to}",
        "set_interval": "Reviewed every {days} days",
        "retire": "Retired",
        "restore": "Restored",
    }
)


def list_decisions(work: Work, page: PageRequest) -> Page[Decision]:
    """Decisions about items the actor may see, newest first."""
    require(work.actor, Permission.REVIEW)
    seen = sqlalchemy.select(AuditEntry, col(Asset.title)).join(Asset, col(Asset.id) == col(AuditEntry.target_id))
    chosen = seen.where(col(AuditEntry.target) == "asset", col(AuditEntry.verb).in_(DECIDED), may_see(work))
    total = work.session.execute(sqlalchemy.select(func.count()).select_from(chosen.subquery())).scalar_one()
    rows = work.session.execute(chosen.order_by(col(AuditEntry.id).desc()).offset(page.offset).limit(page.size)).all()
    people = {person for entry, _ in rows for person in (entry.actor_id, entry.detail.get("to")) if person is not None}
    names = list_names(work, people)
    decisions = tuple(
        Decision(entry.at, names.get(entry.actor_id or 0, "Quiver"), _words(entry, names), entry.target_id or 0, title)
        for entry, title in rows
    )
    return Page(decisions, total, page.number, page.size)


def _words(entry: AuditEntry, names: Mapping[int, str]) -> str:
    detail = entry.detail
    return DECIDED[entry.verb].format(day=detail.get("day", ""), to=names.get(detail.get("to", 0), "nobody"), days=detail.get("days", ""))
