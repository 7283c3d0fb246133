"""Reads templates: the fields found in a version and what marketing says of them. Only behind `get_shown` or `get_asset`."""

from sqlmodel import col, select

from app.core.work import Work
from app.library.models import Asset, FieldView, TemplateField, TemplateScan
from app.library.rules.templates import describe


def find_scan(work: Work, version_id: int) -> TemplateScan | None:
    """What was found in a version; None when it is no template or not read yet."""
    return work.session.get(TemplateScan, version_id)


def get_language(work: Work, asset_id: int) -> str:
    """The language of an asset whose version was found for this reader already; decides how numbers are written."""
    return work.session.get_one(Asset, asset_id).language


def list_field_rows(work: Work, asset_id: int) -> dict[str, TemplateField]:
    """What marketing says of the fields of an asset, by name; also of those no version has any more."""
    rows = work.session.exec(select(TemplateField).where(col(TemplateField.asset_id) == asset_id)).all()
    return {row.name: row for row in rows}


def list_fields(work: Work, asset_id: int, version_id: int) -> tuple[FieldView, ...]:
    """The fields of a version as they are asked for; empty when it is no template."""
    scan = find_scan(work, version_id)
    return describe(scan, list_field_rows(work, asset_id)) if scan is not None else ()
