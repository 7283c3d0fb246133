"""The library as a list that programs walk through: last changed first, going on after a place. Called by the API."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import col, select

from app.core.work import Work
from app.framework.models import ValueView
from app.framework.queries import list_values
from app.library.models import Asset, AssetCard, Status
from app.library.queries import may_see, view_cards
from app.library.queries.carriers import carries


@dataclass(frozen=True)
class Place:
    """After which asset of the list to go on."""

    changed_at: datetime
    asset_id: int


@dataclass(frozen=True)
class Catalogued:
    """Some cards of the list, and the place after the last of them when there are more."""

    cards: tuple[AssetCard, ...]
    next: Place | None


@dataclass(frozen=True)
class CatalogueFilter:
    """Which assets: one value of each set of values, one of these statuses, changed since; all empty means every one."""

    values: tuple[Collection[ValueView], ...] = ()
    statuses: frozenset[Status] = field(default_factory=frozenset)
    changed_since: datetime | None = None


def list_catalogue(work: Work, chosen: CatalogueFilter, after: Place | None, limit: int) -> Catalogued:
    """The assets the actor may see, last changed first; what changes while somebody walks comes up front again."""
    ordered = select(Asset).where(may_see(work), *_conditions(work, chosen), _behind(after))
    query = ordered.order_by(col(Asset.changed_at).desc(), col(Asset.id).desc()).limit(limit + 1)
    rows: Sequence[Asset] = work.session.exec(query).all()
    shown = rows[:limit]
    cards = view_cards(work, shown, list_values(work))
    last = shown[-1] if len(rows) > limit else None
    return Catalogued(tuple(cards.values()), Place(last.changed_at, last.id or 0) if last is not None else None)


def _conditions(work: Work, chosen: CatalogueFilter) -> list[ColumnElement[bool]]:
    values = list_values(work)
    conditions = [or_(*(carries(value, values) for value in group)) for group in chosen.values if group]
    if chosen.statuses:
        conditions.append(col(Asset.status).in_(chosen.statuses))
    if chosen.changed_since is not None:
        conditions.append(col(Asset.changed_at) >= chosen.changed_since)
    return conditions


def _behind(after: Place | None) -> ColumnElement[bool]:
    if after is None:
        return true()
    earlier = col(Asset.changed_at) < after.changed_at
    return or_(earlier, and_(col(Asset.changed_at) == after.changed_at, col(Asset.id) < after.asset_id))
