"""Suggested tags of drafts: kept for a person to confirm, never applied by themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import Refused
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.library import queries
from app.library.actions import check_revision, touch
from app.library.models import Asset, AssetFacet, Status, TagSuggestion
from app.library.queries import uploads

NOT_SUGGESTED = "This tag is not suggested any more. Reload the page to see what is."


@dataclass(frozen=True)
class SuggestionInput:
    """A value a draft may carry, how much speaks for it, and the reason in words."""

    value_id: int
    score: float
    reason: str


def store_suggestions(work: Work, asset_id: int, suggestions: Sequence[SuggestionInput]) -> None:
    """Replace what is suggested for a draft; an item that was released or removed meanwhile gets none."""
    for row in uploads.list_suggestions(work, [asset_id])[asset_id]:
        work.session.delete(row)
    work.session.flush()
    if asset_id in uploads.list_draft_rows(work, [asset_id]):
        work.session.add_all(
            TagSuggestion(asset_id=asset_id, value_id=one.value_id, score=one.score, reason=one.reason[:200]) for one in suggestions
        )


def keep_suggestions(work: Work, asset_id: int, value_ids: Sequence[int], revision: int | None) -> Asset:
    """Give a draft the suggested values somebody confirmed; a kind takes the place of the one it has."""
    require(work.actor, Permission.EDIT)
    asset = _draft(work, asset_id, revision)
    suggested = {row.value_id for row in uploads.list_suggestions(work, [asset_id])[asset_id]}
    if not value_ids or not set(value_ids) <= suggested:
        raise Refused(NOT_SUGGESTED)
    carried = {row.value_id for row in queries.list_facet_rows(work, asset_id)}
    for value in map(list_values(work).get, value_ids):
        if value.facet == Facet.KIND:
            asset.kind_id = value.id
        elif value.id not in carried:
            work.session.add(AssetFacet(asset_id=asset_id, value_id=value.id))
    work.session.flush()
    touch(work, asset)
    audit(work, "keep_tags", "asset", asset_id, values=sorted(value_ids))
    return asset


def drop_suggestion(work: Work, asset_id: int, value_id: int, revision: int | None) -> Asset:
    """Say that a suggested value does not fit; what the draft carries stays."""
    require(work.actor, Permission.EDIT)
    asset = _draft(work, asset_id, revision)
    for row in uploads.list_suggestions(work, [asset_id])[asset_id]:
        if row.value_id == value_id:
            work.session.delete(row)
            audit(work, "drop_tag", "asset", asset_id, value=value_id)
    return asset


def _draft(work: Work, asset_id: int, revision: int | None) -> Asset:
    asset = queries.get_asset(work, asset_id)
    if asset.status != Status.DRAFT:
        raise Refused("This file is not on the list any more, so nothing was changed. It was released, or moved to the trash.")
    check_revision(asset, revision)
    return asset
