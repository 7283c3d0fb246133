"""What readers do not get any more and can be brought back: the retired and what is in the trash. Called by the page of both."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlmodel import col, func, select

from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity.rules import Permission, require
from app.library.models import Asset, Status

AWAY = (Status.RETIRED, Status.TRASHED)


@dataclass(frozen=True)
class Away:
    """An item that was put away at `changed_at`; what is in the trash is removed for good later."""

    id: int
    title: str
    status: Status
    changed_at: datetime
    was_released: bool


def list_away(work: Work, page: PageRequest, status: Status | None = None) -> Page[Away]:
    """Retired and trashed items (or one of the two), last put away first; for those who may bring them back."""
    require(work.actor, Permission.RETIRE)
    where = col(Asset.status).in_([status] if status in AWAY else AWAY)
    total = work.session.exec(select(func.count()).select_from(Asset).where(where)).one()
    was_released = col(Asset.released_version_id).is_not(None)
    columns = sqlalchemy.select(col(Asset.id), col(Asset.title), col(Asset.status), col(Asset.changed_at), was_released).where(where)
    ordered = columns.order_by(col(Asset.changed_at).desc(), col(Asset.id).desc())
    rows = work.session.execute(ordered.offset(page.offset).limit(page.size)).all()
    found = tuple(Away(asset_id or 0, title, Status(state), changed, was) for asset_id, title, state, changed, was in rows)
    return Page(found, total, page.number, page.size)
