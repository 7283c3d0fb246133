"""What carries a facet value: counted and listed before the value is retired, moved with it, indexed anew after it was renamed.
Called by library.actions.carriers, the search jobs, and the pages of the framework."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect
from sqlmodel import col, func, select

from app.core.work import Work
from app.framework.models import Facet, ValueView
from app.framework.queries import Facets, list_values
from app.library.models import Asset, AssetFacet, Audience, Status, TagSuggestion
from app.library.queries import may_see


@dataclass(frozen=True)
class Carrier:
    """One asset that carries a value."""

    id: int
    title: str
    status: Status


def carries(value: ValueView, values: Facets) -> ColumnElement[bool]:
    """The condition that an asset carries this value: as its kind, by a row, or as what its level stands for by default."""
    if value.facet == Facet.KIND:
        return col(Asset.kind_id) == value.id
    tagged = col(Asset.id).in_(select(AssetFacet.asset_id).where(col(AssetFacet.value_id) == value.id))
    if value.facet != Facet.AUDIENCE or values.default_audience(value.level) != value:
        return tagged
    return tagged | ((col(Asset.audience) == Audience(value.level)) & ~_has_audience(values))


def count_carriers(work: Work, value: ValueView) -> dict[Status, int]:
    """How many assets carry a value, by status, what is in the trash included; not filtered."""
    where = carries(value, list_values(work))
    counts = work.session.exec(select(col(Asset.status), func.count()).where(where).group_by(col(Asset.status))).all()
    return {status: int(number) for status, number in counts}


def count_each(work: Work, facet: Facet) -> dict[int, int]:
    """How many assets carry each value of a facet, by value; what is in the trash does not count, nor what stands by default."""
    live = col(Asset.status) != Status.TRASHED
    if facet == Facet.KIND:
        rows = work.session.exec(select(Asset.kind_id, func.count()).where(live).group_by(col(Asset.kind_id))).all()
        return {value_id: int(number) for value_id, number in rows}
    values = list_values(work)
    ids = [value.id for value in (*values.by_facet(facet), *values.retired_of(facet))]
    counted = select(AssetFacet.value_id, func.count()).join(Asset, col(Asset.id) == col(AssetFacet.asset_id))
    rows = work.session.exec(counted.where(live, col(AssetFacet.value_id).in_(ids)).group_by(col(AssetFacet.value_id))).all()
    found = {value_id: int(number) for value_id, number in rows}
    return found if facet != Facet.AUDIENCE else _with_defaults(work, found, values)


def list_carriers(work: Work, value: ValueView, limit: int) -> list[Carrier]:
    """The first of the assets that carry a value and that the actor may see, by status and title."""
    chosen = select(col(Asset.id), col(Asset.title), col(Asset.status)).where(carries(value, list_values(work)), may_see(work))
    rows = work.session.exec(chosen.order_by(col(Asset.status), col(Asset.title), col(Asset.id)).limit(limit)).all()
    return [Carrier(asset_id or 0, title, status) for asset_id, title, status in rows]


def list_carrying(work: Work, value_ids: Collection[int]) -> list[int]:
    """Assets that carry one of these values by a row or as their kind, for the index; not filtered."""
    tagged = col(Asset.id).in_(select(AssetFacet.asset_id).where(col(AssetFacet.value_id).in_(value_ids)))
    query = select(Asset.id).where(tagged | col(Asset.kind_id).in_(value_ids)).order_by(col(Asset.id))
    return [asset_id for asset_id in work.session.exec(query).all() if asset_id is not None]


def list_carrier_ids(work: Work, value: ValueView) -> list[int]:
    """Every asset that carries a value, what is in the trash included; not filtered."""
    rows = work.session.exec(select(Asset.id).where(carries(value, list_values(work))).order_by(col(Asset.id))).all()
    return [asset_id for asset_id in rows if asset_id is not None]


def list_bearers(work: Work, value_id: int, asset_ids: Collection[int]) -> set[int]:
    """Those of these assets that have a row of the value."""
    rows = select(AssetFacet.asset_id).where(col(AssetFacet.value_id) == value_id, col(AssetFacet.asset_id).in_(asset_ids))
    return set(work.session.exec(rows).all())


def suggested_with(value_id: int) -> ScalarSelect[int]:
    """The ids of the assets that a value is suggested for, as a part of another statement."""
    return select(TagSuggestion.asset_id).where(col(TagSuggestion.value_id) == value_id).scalar_subquery()


def _has_audience(values: Facets) -> ColumnElement[bool]:
    audiences = [value.id for value in (*values.by_facet(Facet.AUDIENCE), *values.retired_of(Facet.AUDIENCE))]
    return col(Asset.id).in_(select(AssetFacet.asset_id).where(col(AssetFacet.value_id).in_(audiences)))


def _with_defaults(work: Work, found: dict[int, int], values: Facets) -> dict[int, int]:
    bare = select(Asset.audience, func.count()).where(~_has_audience(values), col(Asset.status) != Status.TRASHED)
    for level, number in work.session.exec(bare.group_by(col(Asset.audience))).all():
        default = values.default_audience(level)
        if default is not None:
            found[default.id] = found.get(default.id, 0) + int(number)
    return found
