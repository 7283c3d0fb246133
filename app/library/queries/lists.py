"""Short lists of current items: what changed lately, what is used at a stage. Called beside the map and by kits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import ColumnElement, case, true
from sqlalchemy.orm import defer
from sqlmodel import col, func, select

from app.activity.models import ActivityEntry
from app.core.work import Work
from app.framework.models import ValueView
from app.library import rules
from app.library.models import Asset, AssetFacet, FindingReason, Freshness, Version
from app.library.queries import list_facet_ids
from app.library.queries.findings import why_stale_at_once
from app.library.queries.squares import is_current

RECENT_USES = 1000
MOST_CHANGED = 200


@dataclass(frozen=True)
class Brief:
    """An item named in passing; `note` is that of the version readers get, `facet_ids` its tags."""

    id: int
    title: str
    freshness: Freshness
    number: int
    note: str
    released_at: datetime | None
    facet_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Usual:
    """An item that is usual at a stage: because it was used there lately, or because it is filed there."""

    item: Brief
    was_used: bool


def list_changed(work: Work, since: datetime, limit: int) -> tuple[int, tuple[Brief, ...]]:
    """How many items readers get a version of that was released since then, among the MOST_CHANGED latest; the last of them with tags."""
    newest = select(Version.id, Version.asset_id).where(col(Version.released_at) >= since).order_by(col(Version.released_at).desc())
    few = newest.limit(MOST_CHANGED).subquery()  # first, so that it takes the same time however much there is
    query = _briefs(func.count().over()).join(few, (few.c.asset_id == col(Asset.id)) & (few.c.id == col(Version.id)))
    ordered = query.where(is_current(work)).order_by(col(Version.released_at).desc(), col(Asset.id).desc())
    rows = work.session.execute(ordered.limit(limit)).all()
    tags = list_facet_ids(work, [asset.id or 0 for asset, *_ in rows])
    return (rows[0][2] if rows else 0), tuple(_brief(work, asset, version, stale, tags[asset.id or 0]) for asset, version, _, stale in rows)


def list_used_at(work: Work, stage_key: str, limit: int) -> tuple[Brief, ...]:
    """Current items that were looked at, copied from or downloaded on calls set to this stage, those most people used first.

    Looks at the last uses only, so that it takes the same time however long the log is.
    """
    ids = _used_ids(work, stage_key)
    if not ids:
        return ()
    rows = work.session.execute(_briefs(func.count().over()).where(col(Asset.id).in_(ids), is_current(work))).all()
    found = {asset.id: _brief(work, asset, version, stale) for asset, version, _, stale in rows}
    return tuple(found[asset_id] for asset_id in ids if asset_id in found)[:limit]


def list_usual(work: Work, stage: ValueView, stakeholder_ids: Sequence[int], limit: int) -> tuple[Usual, ...]:
    """What is usual at a stage for these stakeholders (any, when none is named): what was used there, then what is filed there.

    Of what was used, that for these stakeholders comes first; two statements.
    """
    used = {asset_id: place for place, asset_id in enumerate(_used_ids(work, stage.key))}
    for_them = _carries(stakeholder_ids) if stakeholder_ids else true()
    in_square = _carries([stage.id]) & for_them
    query = _briefs(case((for_them, 1), else_=0)).where(is_current(work), col(Asset.id).in_(used) | in_square)
    rows = work.session.execute(query.order_by(col(Asset.changed_at).desc()).limit(MOST_CHANGED)).all()
    found = [(asset.id or 0, bool(fits), _brief(work, asset, version, stale)) for asset, version, fits, stale in rows]
    ranked = sorted(found, key=lambda one: (one[0] not in used, not one[1], used.get(one[0], 0)))
    return tuple(Usual(brief, was_used=asset_id in used) for asset_id, _, brief in ranked[:limit])


def _used_ids(work: Work, stage_key: str) -> list[int]:
    """Items used on the last calls of a stage, those most people used first."""
    of_stage = select(ActivityEntry.asset_id, ActivityEntry.user_id).where(col(ActivityEntry.stage) == stage_key)
    uses = of_stage.order_by(col(ActivityEntry.id).desc()).limit(RECENT_USES).subquery()
    people, times = func.count(uses.c.user_id.distinct()), func.count()
    used = sqlalchemy.select(uses.c.asset_id).group_by(uses.c.asset_id).order_by(people.desc(), times.desc(), uses.c.asset_id)
    return list(work.session.execute(used).scalars())


def _carries(value_ids: Sequence[int]) -> ColumnElement[bool]:
    return col(Asset.id).in_(select(AssetFacet.asset_id).where(col(AssetFacet.value_id).in_(value_ids)))


def _briefs(more: ColumnElement[int]) -> sqlalchemy.Select[Asset, Version, int, FindingReason | None]:
    released = sqlalchemy.select(Asset, Version, more, why_stale_at_once()).join(Version, col(Version.id) == col(Asset.released_version_id))
    return released.options(defer(Version.fingerprint))  # type: ignore[arg-type]  # a mapped class's attribute, typed as its value


def _brief(work: Work, asset: Asset, version: Version, stale: FindingReason | None, facet_ids: Sequence[int] = ()) -> Brief:
    freshness = rules.freshness(rules.care_of(asset, stale), work.today)
    return Brief(asset.id or 0, asset.title, freshness, version.number, version.note, version.released_at, tuple(facet_ids))
