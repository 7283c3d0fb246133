"""Reads what somebody owns in the library, for handing it over and for noticing that an owner is gone."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from app.core.work import Work
from app.identity.rules import Permission, require
from app.library.models import Asset, Finding, FindingReason, Status


def list_owned(work: Work, user_id: int, limit: int) -> tuple[int, list[tuple[int, str]]]:
    """How many items are this person's, without what is in the trash, and id and title of the first, released ones first."""
    require(work.actor, Permission.MANAGE_USERS)
    released = col(Asset.status) == Status.RELEASED
    chosen = select(Asset.id, Asset.title, func.count().over()).where(_owned(user_id))
    ordered = chosen.order_by(released.desc(), func.lower(col(Asset.title)), col(Asset.id))
    rows = work.session.exec(ordered.limit(max(1, limit))).all()
    return (rows[0][2] if rows else 0), [(key or 0, title) for key, title, _ in rows[:limit]]


def list_titles_of(work: Work, asset_ids: Collection[int]) -> dict[int, str]:
    """Titles by id, trashed items too, for those who see the audit log."""
    require(work.actor, Permission.SEE_AUDIT)
    rows = work.session.exec(select(Asset.id, Asset.title).where(col(Asset.id).in_(asset_ids))).all()
    return {asset_id or 0: title for asset_id, title in rows}


def list_owned_ids(work: Work, user_id: int, *, in_use_only: bool = False) -> list[int]:
    """Every item this person owns, trashed ones too, since they can be restored, or only drafts and released ones; not filtered."""
    owned = select(Asset.id).where(col(Asset.owner_id) == user_id)
    chosen = owned.where(col(Asset.status).in_((Status.DRAFT, Status.RELEASED))) if in_use_only else owned
    return [asset_id or 0 for asset_id in work.session.exec(chosen).all()]


def list_owner_gone(work: Work, asset_ids: Sequence[int]) -> list[Finding]:
    """The open findings of these items that say their owner is gone."""
    gone = (col(Finding.reason) == FindingReason.OWNER_GONE) & col(Finding.closed_at).is_(None)
    return list(work.session.exec(select(Finding).where(gone, col(Finding.asset_id).in_(asset_ids))).all())


def _owned(user_id: int) -> ColumnElement[bool]:
    return (col(Asset.owner_id) == user_id) & (col(Asset.status) != Status.TRASHED)
