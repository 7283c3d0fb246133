"""Owners that change or go: the items they leave behind are stale at once, until somebody else owns them."""

from sqlalchemy import update
from sqlmodel import col

from app.core.work import Work
from app.identity.queries import is_active
from app.identity.rules import Permission, require
from app.library.actions.findings import open_finding
from app.library.events import AssetChanged
from app.library.models import Asset, FindingReason
from app.library.queries.ownership import list_owned_ids, list_owner_gone

AT_ONCE = 500  # ids in one statement


def hand_over_assets(work: Work, user_id: int, new_owner_id: int) -> int:
    """Everything this person owns gets another owner, and no longer misses one; says how many items."""
    require(work.actor, Permission.MANAGE_USERS)
    ids = list_owned_ids(work, user_id)
    changed = update(Asset).where(col(Asset.owner_id) == user_id)
    work.session.exec(changed.values(owner_id=new_owner_id, revision=col(Asset.revision) + 1))
    _close(work, ids)
    return len(ids)


def note_owner(work: Work, user_id: int) -> int:
    """Open or close the findings that the owner of these items is gone, as is true now; says how many changed. Safe to run twice."""
    ids = list_owned_ids(work, user_id)
    if is_active(work, user_id):
        return _close(work, ids)
    known = {finding.asset_id for part in _parts(ids) for finding in list_owner_gone(work, part)}
    new = [asset_id for asset_id in list_owned_ids(work, user_id, in_use_only=True) if asset_id not in known]
    for asset_id in new:
        open_finding(work, asset_id, FindingReason.OWNER_GONE, work.today)
        work.record(AssetChanged(asset_id))
    return len(new)


def _close(work: Work, ids: list[int]) -> int:
    findings = [finding for part in _parts(ids) for finding in list_owner_gone(work, part)]
    for finding in findings:
        finding.closed_at = work.now
        work.record(AssetChanged(finding.asset_id))
    return len(findings)


def _parts(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
