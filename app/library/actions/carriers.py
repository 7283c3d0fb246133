"""Moves what carries a facet value that goes, and takes a new level of an audience to its items. Called by the pages of the framework,
in one transaction with the framework's own action, which also sees to the index."""

from collections.abc import Iterator, Sequence

from sqlalchemy import delete, insert, update
from sqlmodel import col

from app.core.errors import Refused
from app.core.work import Work
from app.framework.models import Facet, ValueView
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.library.models import Asset, AssetFacet, Audience, TagSuggestion
from app.library.queries import carriers as queries

# Databases take so many values in one statement and not many more.
AT_ONCE = 500


def move_carriers(work: Work, value: ValueView, target: ValueView) -> int:
    """Give every asset that carries the value, in whatever state, the target instead; says how many.

    Each counts a change, so that a form opened before is noticed; it counts as no news for readers.
    """
    require(work.actor, Permission.EDIT)
    if target.facet != value.facet or target.id == value.id:
        raise Refused(f"Choose where the content of “{value.name}” goes. Nothing was changed.")
    asset_ids = queries.list_carrier_ids(work, value)
    for some in _chunks(asset_ids):
        if value.facet == Facet.KIND:
            _change(work, some, {"kind_id": target.id})
            continue
        _change(work, some, {"audience": Audience(target.level)} if value.facet == Facet.AUDIENCE else {})
        _give(work, some, target.id)
        rows = delete(AssetFacet).where(col(AssetFacet.value_id) == value.id, col(AssetFacet.asset_id).in_(some))
        work.session.exec(rows)
    _move_suggestions(work, value.id, target.id)
    audit(work, "move_carriers", "facet_value", value.id, facet=value.facet, to=target.key, assets=len(asset_ids))
    return len(asset_ids)


def set_level(work: Work, value: ValueView, level: str) -> int:
    """Let everything that carries an audience value go as far as its new level says; says how many assets that are.

    Those it stood for only by default carry it by a row of their own from now on.
    """
    require(work.actor, Permission.EDIT)
    asset_ids = queries.list_carrier_ids(work, value)
    for some in _chunks(asset_ids):
        _change(work, some, {"audience": Audience(level)})
        _give(work, some, value.id)
    audit(work, "set_level", "facet_value", value.id, level=level, before=value.level, assets=len(asset_ids))
    return len(asset_ids)


def forget_suggestions(work: Work, value_id: int) -> None:
    """Suggest a value no more."""
    work.session.exec(delete(TagSuggestion).where(col(TagSuggestion.value_id) == value_id))


def _chunks(asset_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (asset_ids[start : start + AT_ONCE] for start in range(0, len(asset_ids), AT_ONCE))


def _change(work: Work, asset_ids: Sequence[int], values: dict[str, object]) -> None:
    changed = update(Asset).where(col(Asset.id).in_(asset_ids))
    work.session.exec(changed.values(revision=col(Asset.revision) + 1, **values))


def _give(work: Work, asset_ids: Sequence[int], value_id: int) -> None:
    have = queries.list_bearers(work, value_id, asset_ids)
    rows = [{"asset_id": asset_id, "value_id": value_id} for asset_id in asset_ids if asset_id not in have]
    if rows:
        work.session.execute(insert(AssetFacet), rows)


def _move_suggestions(work: Work, value_id: int, target_id: int) -> None:
    movable = col(TagSuggestion.asset_id).not_in(queries.suggested_with(target_id))
    work.session.exec(update(TagSuggestion).where(col(TagSuggestion.value_id) == value_id, movable).values(value_id=target_id))
    forget_suggestions(work, value_id)
