"""Findings of items: opened and closed as what they say becomes true or false. Called by the verbs of the library and by review."""

from datetime import date

from app.core.work import Work
from app.identity.actions import audit
from app.identity.queries import is_active
from app.library import rules
from app.library.models import Asset, Finding, FindingReason, Status
from app.library.queries.findings import list_open_findings, list_past_assets


def open_finding(work: Work, asset_id: int, reason: FindingReason, since_on: date) -> None:
    """Somebody has to look at this item."""
    work.session.add(Finding(asset_id=asset_id, reason=reason, since_on=since_on, opened_at=work.now))
    audit(work, "find", "asset", asset_id, reason=reason, since=since_on.isoformat())


def settle_findings(work: Work, asset: Asset) -> None:
    """Close what no longer holds of an item, and note an owner who is gone; nothing stays open of what is retired or in the trash."""
    in_use = asset.status in (Status.DRAFT, Status.RELEASED)
    past = rules.past_date(rules.care_of(asset), work.today) if in_use else None
    is_gone = in_use and asset.owner_id is not None and not is_active(work, asset.owner_id)
    noted = False
    for finding in list_open_findings(work, asset.id):
        says_gone = finding.reason == FindingReason.OWNER_GONE
        noted = noted or says_gone
        holds = is_gone if says_gone else past is not None and (finding.reason, finding.since_on) == (past.reason, past.since_on)
        if not holds:
            finding.closed_at = work.now
    if is_gone and not noted:
        open_finding(work, asset.id or 0, FindingReason.OWNER_GONE, work.today)


def record_past_dates(work: Work) -> int:
    """Note each asset that passed its review or expiry date, once for each date; says how many were new."""
    known = {(finding.asset_id, finding.reason, finding.since_on) for finding in list_open_findings(work)}
    new = 0
    for asset in list_past_assets(work):
        past = rules.past_date(rules.care_of(asset), work.today)
        if past is None or (asset.id, past.reason, past.since_on) in known:
            continue
        open_finding(work, asset.id or 0, past.reason, past.since_on)
        new += 1
    return new
