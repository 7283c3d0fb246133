"""Short lists of current items beside the map: what changed lately, what is used at a stage. Called by the page of the map."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import ColumnElement
from sqlalchemy.orm import defer
from sqlmodel import col, func, select

from app.activity.models import ActivityEntry
from app.core.work import Work
from app.library import rules
from app.library.models import Asset, FindingReason, Freshness, Version
from app.library.queries import list_facet_ids
from app.library.queries.findings import why_stale_at_once
from app.library.queries.squares import is_current

RECENT_USES = 1000
MOST_CHANGED = 100


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


def list_changed(work: Work, since: datetime, limit: int) -> tuple[int, tuple[Brief, ...]]:
    """How many items readers get a version of that was released since then, counted no further than MOST_CHANGED; the latest with tags."""
    released = select(Asset.id).join(Version, col(Version.id) == col(Asset.released_version_id))
    latest = released.where(col(Version.released_at) >= since, is_current(work)).order_by(
        col(Version.released_at).desc(), col(Asset.id).desc()
    )
    query = _briefs(func.count().over()).where(col(Asset.id).in_(latest.limit(MOST_CHANGED)))
    rows = work.session.execute(query.order_by(col(Version.released_at).desc(), col(Asset.id).desc()).limit(limit)).all()
    tags = list_facet_ids(work, [asset.id or 0 for asset, *_ in rows])
    return (rows[0][2] if rows else 0), tuple(_brief(work, asset, version, stale, tags[asset.id or 0]) for asset, version, _, stale in rows)


def list_used_at(work: Work, stage_key: str, limit: int) -> tuple[Brief, ...]:
    """Current items that were looked at, copied from or downloaded on calls set to this stage, those most people used first.

    Looks at the last uses only, so that it takes the same time however long the log is.
    """
    of_stage = select(ActivityEntry.asset_id, ActivityEntry.user_id).where(col(ActivityEntry.stage) == stage_key)
    uses = of_stage.order_by(col(ActivityEntry.id).desc()).limit(RECENT_USES).subquery()
    people, times = func.count(uses.c.user_id.distinct()).label("people"), func.count().label("times")
    used = sqlalchemy.select(uses.c.asset_id, people, times).group_by(uses.c.asset_id).subquery()
    query = _briefs(used.c.people).join(used, used.c.asset_id == col(Asset.id)).where(is_current(work))
    rows = work.session.execute(query.order_by(used.c.people.desc(), used.c.times.desc(), col(Asset.id)).limit(limit)).all()
    return tuple(_brief(work, asset, version, stale) for asset, version, _, stale in rows)


def _briefs(more: ColumnElement[int]) -> sqlalchemy.Select[Asset, Version, int, FindingReason | None]:
    released = sqlalchemy.select(Asset, Version, more, why_stale_at_once()).join(Version, col(Version.id) == col(Asset.released_version_id))
    return released.options(defer(Version.fingerprint))  # type: ignore[arg-type]  # a mapped class's attribute, typed as its value


def _brief(work: Work, asset: Asset, version: Version, stale: FindingReason | None, facet_ids: Sequence[int] = ()) -> Brief:
    freshness = rules.freshness(rules.care_of(asset, stale), work.today)
    return Brief(asset.id or 0, asset.title, freshness, version.number, version.note, version.released_at, tuple(facet_ids))
