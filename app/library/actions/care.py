"""What marketing decides about the care of an item: who looks after it, and by when. Called by the review pages."""

from collections.abc import Collection
from datetime import date, timedelta

from app.core.errors import Conflict, Refused
from app.core.work import Work
from app.identity.actions import audit
from app.identity.queries import list_keepers
from app.identity.rules import Permission, require
from app.library import queries, rules
from app.library.actions import touch
from app.library.actions.findings import settle_findings
from app.library.models import Asset, Status

FURTHEST = timedelta(days=3650)


def assign_owner(work: Work, asset_id: int, owner_id: int) -> Asset:
    """Somebody else, who must be there and may confirm, keeps this item true from now on."""
    require(work.actor, Permission.EDIT)
    asset = queries.get_asset(work, asset_id)
    if owner_id not in {keeper.id for keeper in list_keepers(work)}:
        raise Refused("Choose somebody who may look after content: their account must be active. Nothing was changed.")
    asset.owner_id = owner_id
    settle_findings(work, asset)
    touch(work, asset)
    audit(work, "assign", "asset", asset.id, to=owner_id)
    return asset


def set_review_date(work: Work, asset_id: int, day: date) -> Asset:
    """Let it be looked at again by this day, without saying that it is still right."""
    asset = _get_released(work, asset_id, day)
    asset.review_on = day
    return _store(work, asset, "set_review_date", day)


def set_expiry(work: Work, asset_id: int, day: date) -> Asset:
    """Let readers use it until this day; the day itself is the last one."""
    asset = _get_released(work, asset_id, day)
    asset.expires_on = day
    return _store(work, asset, "set_expiry", day)


def set_intervals(work: Work, assets: Collection[Asset], days: int) -> None:
    """Review these items every so many days, counted from the day each was last confirmed."""
    require(work.actor, Permission.EDIT)
    for asset in assets:
        asset.review_interval_days = days
        if asset.confirmed_on is not None:
            asset.review_on = rules.next_review(asset.confirmed_on, days)
        settle_findings(work, asset)
        touch(work, asset)
        audit(work, "set_interval", "asset", asset.id, days=days)


def _get_released(work: Work, asset_id: int, day: date) -> Asset:
    require(work.actor, Permission.EDIT)
    if not work.today <= day <= work.today + FURTHEST:
        raise Refused("Choose a day from today on, at most ten years ahead. Nothing was changed.")
    asset = queries.get_asset(work, asset_id)
    if asset.status != Status.RELEASED:
        raise Conflict(f"“{asset.title}” is not released, so it has no date to change.")
    return asset


def _store(work: Work, asset: Asset, verb: str, day: date) -> Asset:
    settle_findings(work, asset)
    touch(work, asset)
    audit(work, verb, "asset", asset.id, day=day.isoformat())
    return asset
