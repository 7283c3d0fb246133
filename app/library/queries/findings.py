"""Reads findings: what makes items stale at once, and which items passed a date. Called by queries, the map and review."""

from collections.abc import Collection

import sqlalchemy
from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from app.core.columns import word_of
from app.core.work import Work
from app.library.models import Asset, Finding, FindingReason, Status
from app.library.rules import STALE_AT_ONCE


def is_stale_at_once() -> ColumnElement[bool]:
    """The condition that an item has an open finding which makes it stale whatever its dates say."""
    return has_open(STALE_AT_ONCE)


def has_open(reasons: Collection[FindingReason]) -> ColumnElement[bool]:
    """The condition that an item has an open finding of one of these reasons."""
    return col(Asset.id).in_(select(Finding.asset_id).where(col(Finding.closed_at).is_(None), col(Finding.reason).in_(reasons)))


def why_stale_at_once() -> ColumnElement[FindingReason | None]:
    """What makes an item stale whatever its dates say, as a column beside the item; only for a few items at a time."""
    open_ones = sqlalchemy.select(func.min(col(Finding.reason))).where(col(Finding.closed_at).is_(None))
    of_item = open_ones.where(col(Finding.reason).in_(STALE_AT_ONCE), col(Finding.asset_id) == col(Asset.id))
    return sqlalchemy.type_coerce(of_item.correlate(Asset).scalar_subquery(), word_of(FindingReason))


def list_stale_at_once(work: Work, asset_ids: Collection[int]) -> dict[int, FindingReason]:
    """Those of these items that are stale whatever their dates say, and why."""
    if not asset_ids:
        return {}
    open_ones = select(Finding.asset_id, Finding.reason).where(col(Finding.closed_at).is_(None), col(Finding.reason).in_(STALE_AT_ONCE))
    rows = work.session.exec(open_ones.where(col(Finding.asset_id).in_(asset_ids))).all()
    return {asset_id: FindingReason(reason) for asset_id, reason in rows}


def list_open_findings(work: Work, asset_id: int | None = None) -> list[Finding]:
    """Findings nobody has settled yet, of one asset or of all."""
    query = select(Finding).where(col(Finding.closed_at).is_(None))
    return list(work.session.exec(query if asset_id is None else query.where(col(Finding.asset_id) == asset_id)).all())


def list_past_assets(work: Work) -> list[Asset]:
    """Released assets past their review or expiry date, for the job that records it; not filtered."""
    past = (col(Asset.expires_on) < work.today) | (col(Asset.review_on) < work.today)
    return list(work.session.exec(select(Asset).where(col(Asset.status) == Status.RELEASED, past)).all())
