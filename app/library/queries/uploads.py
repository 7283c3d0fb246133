"""Reads what the upload page needs beside assets: bytes used, files that arrive in parts, suggested tags."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import col, func, select

from app.core.errors import NotFound
from app.core.paging import MAX_SIZE, PageRequest
from app.core.work import Work
from app.library.models import Asset, AssetView, IncomingUpload, Status, TagSuggestion, TemplateScan, Version
from app.library.queries import get_view, list_drafts, may_see

GONE = "This upload is not there any more: it was taken back, or nothing came for a day. Send the file again."


def sum_bytes(work: Work, user_id: int | None = None) -> int:
    """Bytes in the store, or of what one person uploaded; equal bytes count once."""
    once = select(col(Version.blob_sha256), func.max(col(Version.size)).label("size")).group_by(col(Version.blob_sha256))
    files = (once if user_id is None else once.where(col(Version.created_by) == user_id)).subquery()
    return int(work.session.exec(select(func.coalesce(func.sum(files.c.size), 0))).one())


def has_bytes(work: Work, sha256: str, user_id: int | None = None) -> bool:
    """Whether these bytes are counted already: for the store, or for one person."""
    query = select(Version.id).where(col(Version.blob_sha256) == sha256)
    found = query if user_id is None else query.where(col(Version.created_by) == user_id)
    return work.session.exec(found.limit(1)).first() is not None


def get_incoming(work: Work, key: str) -> IncomingUpload:
    """A file this person is sending; NotFound for anybody else's."""
    row = work.session.get(IncomingUpload, key)
    if row is None or row.user_id != work.actor.id:
        raise NotFound(GONE)
    return row


def list_incoming(work: Work) -> list[IncomingUpload]:
    """Files this person has begun to send and that have not arrived whole, oldest first."""
    mine = select(IncomingUpload).where(col(IncomingUpload.user_id) == work.actor.id, col(IncomingUpload.is_done).is_(False))
    return list(work.session.exec(mine.order_by(col(IncomingUpload.created_at))).all())


def sum_incoming(work: Work, besides: str = "") -> int:
    """Bytes this person has announced and that have not arrived whole, other than those of one file."""
    query = select(func.coalesce(func.sum(IncomingUpload.size), 0)).where(
        col(IncomingUpload.user_id) == work.actor.id, col(IncomingUpload.is_done).is_(False), col(IncomingUpload.id) != besides
    )
    return int(work.session.exec(query).one())


def list_all_incoming(work: Work) -> list[IncomingUpload]:
    """Every file that arrives or arrived in parts, for the sweep; not filtered."""
    return list(work.session.exec(select(IncomingUpload)).all())


def list_suggestions(work: Work, asset_ids: Collection[int]) -> dict[int, list[TagSuggestion]]:
    """What is suggested for these assets, best first, by asset; not filtered."""
    found: dict[int, list[TagSuggestion]] = defaultdict(list)
    query = select(TagSuggestion).where(col(TagSuggestion.asset_id).in_(asset_ids))
    for row in work.session.exec(query.order_by(col(TagSuggestion.score).desc(), col(TagSuggestion.value_id))).all():
        found[row.asset_id].append(row)
    return found


def list_same_bytes(work: Work, hashes: Collection[str]) -> list[tuple[Asset, Version, TemplateScan | None]]:
    """Every asset this actor may see that holds one of these files, oldest first, with what was found of fields in that version."""
    found = select(Asset, Version, TemplateScan).join(Version, col(Version.asset_id) == col(Asset.id))
    found = found.outerjoin(TemplateScan, col(TemplateScan.version_id) == col(Version.id))
    rows = work.session.exec(found.where(col(Version.blob_sha256).in_(hashes), may_see(work)).order_by(col(Version.id))).all()
    return [(asset, version, scan) for asset, version, scan in rows]


def list_draft_rows(work: Work, ids: Collection[int]) -> dict[int, Asset]:
    """Those of these assets that are drafts this actor may see, by id."""
    query = select(Asset).where(col(Asset.id).in_(ids), col(Asset.status) == Status.DRAFT, may_see(work))
    return {asset.id: asset for asset in work.session.exec(query).all() if asset.id is not None}


def find_draft(work: Work, asset_id: int) -> AssetView | None:
    """A draft with all its passages; None when it was released or removed."""
    drafts = list_draft_rows(work, [asset_id])
    return get_view(work, asset_id) if drafts else None


def list_drafts_by_id(work: Work, ids: Sequence[int]) -> list[AssetView]:
    """Drafts of these ids, however many, newest first."""
    wanted = sorted(set(ids), reverse=True)
    runs = (wanted[start : start + MAX_SIZE] for start in range(0, len(wanted), MAX_SIZE))
    return [view for run in runs for view in list_drafts(work, PageRequest(1, MAX_SIZE), run).items]


def list_upload_titles(work: Work, ids: Collection[int]) -> dict[int, str]:
    """Titles of these assets, whatever became of them, to name what was left; only what this actor may see."""
    rows = work.session.exec(select(col(Asset.id), col(Asset.title)).where(col(Asset.id).in_(ids), may_see(work))).all()
    return {asset_id: title for asset_id, title in rows if asset_id is not None}


def list_abandoned(work: Work, before: datetime) -> list[str]:
    """Keys of files begun before this time, for the sweep; not filtered."""
    return list(work.session.exec(select(IncomingUpload.id).where(col(IncomingUpload.created_at) < before)).all())
