"""Verbs on templates: keep what was found in a version, and say how its fields are asked for and in which order."""

from collections.abc import Sequence
from dataclasses import asdict

from app.core.errors import Conflict, Refused
from app.core.office.merge import Scanned
from app.core.work import Work
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.library import actions, queries
from app.library.actions.findings import settle_findings
from app.library.models import Asset, FieldInput, Status, TemplateField, TemplateScan
from app.library.queries.templates import find_scan, list_field_rows
from app.library.rules.templates import clean_choices, field_faults, release_fault

NO_FIELDS = "“{0}” has no fields to describe. Write {{{{ name }}}} where something is to be filled in, and upload it as a new version."


class FieldsRefused(Refused):
    """Descriptions that do not hold; `errors` has a sentence by "name.part"."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("Some fields need another look. Nothing was saved; what you typed is still here.")
        self.errors = errors


def store_scan(work: Work, version_id: int, scanned: Scanned | None) -> None:
    """Keep what was found in a version, replacing what was found before; safe to run twice.

    A release that came before the fields were read is taken back when they turn out to have faults.
    """
    before = find_scan(work, version_id)
    if before is not None:
        work.session.delete(before)
        work.session.flush()
    if scanned is not None and (scanned.fields or scanned.faults):
        fields = [asdict(one) for one in scanned.fields]
        scan = TemplateScan(version_id=version_id, fields=fields, faults=list(scanned.faults), losses=list(scanned.losses))
        work.session.add(scan)
        _recheck_release(work, version_id, scan)


def _recheck_release(work: Work, version_id: int, scan: TemplateScan) -> None:
    """Readers get what they got before, if this version was released unread and cannot be filled in; without any it is a draft again."""
    version = queries.find_version(work, version_id)
    asset = work.session.get_one(Asset, version.asset_id) if version is not None else None
    if version is None or asset is None or asset.released_version_id != version_id or not release_fault(asset.title, scan):
        return
    version.released_at = None
    former = [(one.released_at, one.id) for one in queries.list_versions(work, version.asset_id) if one.released_at is not None]
    before = max(former, default=(None, None))[1]
    asset.released_version_id = before
    if before is None:
        draft = {Status.RELEASED: Status.DRAFT}
        asset.status = draft.get(asset.status, asset.status)
        asset.status_before = draft.get(asset.status_before, asset.status_before) if asset.status_before else None
    settle_findings(work, asset)
    actions.touch(work, asset)
    audit(work, "take_back", "asset", asset.id, number=version.number)


def describe_fields(work: Work, asset_id: int, fields: Sequence[FieldInput], revision: int | None) -> Asset:
    """Say how the fields of a template are asked for, in this order; Stale when the asset was changed since `revision` was read."""
    require(work.actor, Permission.EDIT_TEMPLATES)
    asset = queries.get_asset(work, asset_id)
    actions.check_revision(asset, revision)
    scan = find_scan(work, queries.get_newest(work, asset).id or 0)
    known = {found["name"] for found in scan.fields} if scan is not None else set()
    if not known:
        raise Conflict(NO_FIELDS.format(asset.title))
    if unknown := [field.name for field in fields if field.name not in known]:
        raise Refused(f"The newest version has no field “{unknown[0]}”. Nothing was saved. Reload the page and try again.")
    errors = {
        f"{field.name}.{part}": f"{field.label.strip() or field.name}: {told}"
        for field in fields
        for part, told in field_faults(field).items()
    }
    if errors:
        raise FieldsRefused(errors)
    rows = list_field_rows(work, asset_id)
    for position, field in enumerate(fields):
        given = field.model_dump() | {"choices": clean_choices(field.choices), "position": position}
        row = rows.get(field.name)
        if row is None:
            row = TemplateField(asset_id=asset_id, **given)
        else:
            row.sqlmodel_update(given)
        work.session.add(row)
    actions.touch(work, asset)
    audit(work, "describe_fields", "asset", asset_id, fields=len(fields))
    return asset
