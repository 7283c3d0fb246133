"""Which stored files versions refer to and which texts could not be read; for doctor, verify and backups. Not filtered."""

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy
from sqlmodel import col, select

from app.core.work import Work
from app.library.models import Asset, Reading, Version


class NamedFile(NamedTuple):
    """What people know of a stored file."""

    file_name: str
    asset_id: int
    title: str
    version: int


def name_files(work: Work, hashes: Iterable[str]) -> dict[str, NamedFile]:
    """The first version that has these bytes, by hash."""
    query = (
        sqlalchemy.select(col(Version.blob_sha256), col(Version.file_name), col(Version.asset_id), col(Asset.title), col(Version.number))
        .join(Asset, col(Asset.id) == Version.asset_id)
        .where(col(Version.blob_sha256).in_(list(hashes)))
    )
    found: dict[str, NamedFile] = {}
    for sha256, *named in work.session.execute(query.order_by(col(Version.id))):
        found.setdefault(sha256, NamedFile(*named))
    return found


def list_unreadable(work: Work, message: str) -> list[tuple[int, int]]:
    """(asset, version) ids whose reading ended with this message."""
    query = select(Version.asset_id, Version.id).where(col(Version.reading) == Reading.NO_TEXT, col(Version.reading_message) == message)
    return [(asset_id, version_id or 0) for asset_id, version_id in work.session.exec(query.order_by(col(Version.id))).all()]
