"""Takes back a draft version by itself; the version readers get stays. Called by the asset's pages and the API."""

from app.core.errors import Conflict, NotFound
from app.core.work import Work
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.library import queries, rules
from app.library.actions import touch
from app.library.models import Asset


def discard_draft(work: Work, asset_id: int, number: int) -> Asset:
    """Remove a version that readers never got; its file goes with the next sweep unless another version has the same bytes."""
    require(work.actor, Permission.UPLOAD)
    asset = queries.get_asset(work, asset_id)
    versions = queries.list_versions(work, asset_id)
    version = next((one for one in versions if one.number == number), None)
    if version is None:
        raise NotFound(f"“{asset.title}” has no version {number}. It may have been discarded; look at its list of versions.")
    fault = rules.discard_fault(asset, version, len(versions))
    if fault:
        raise Conflict(fault)
    work.session.delete(version)
    work.session.flush()
    touch(work, asset)
    audit(work, "discard_draft", "asset", asset_id, number=number, file_name=version.file_name)
    return asset
