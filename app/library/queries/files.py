"""Which stored files versions refer to and which texts could not be read; for doctor, verify and backups. Not filtered."""

from collections.abc import Iterable

from sqlmodel import col, select

from app.core.work import Work
from app.library.models import Reading, Version


def name_files(work: Work, hashes: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Asset and file name of the first version that has these bytes, by hash."""
    query = select(Version.blob_sha256, Version.asset_id, Version.file_name).where(col(Version.blob_sha256).in_(list(hashes)))
    found: dict[str, tuple[int, str]] = {}
    for sha256, asset_id, file_name in work.session.exec(query.order_by(col(Version.id))).all():
        found.setdefault(sha256, (asset_id, file_name))
    return found


def list_unreadable(work: Work, message: str) -> list[tuple[int, int]]:
    """(asset, version) ids whose reading ended with this message."""
    query = select(Version.asset_id, Version.id).where(col(Version.reading) == Reading.NO_TEXT, col(Version.reading_message) == message)
    return [(asset_id, version_id or 0) for asset_id, version_id in work.session.exec(query.order_by(col(Version.id))).all()]
