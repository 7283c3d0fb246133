"""`quiver backup`: one file with everything a portal needs to come back, taken while it runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, create_engine

from app.core import holds
from app.core.clock import utc_now
from app.core.crash import crash_point
from app.core.db import open_engine, open_session
from app.core.desk import Desk, work_opener
from app.core.errors import NotFound, Refused
from app.core.storage import sync_folder
from app.core.store import DiskStore
from app.core.work import Work
from app.identity.models import SystemActor
from app.library.queries import list_blob_hashes
from app.ops.archive import BLOBS, DATABASE, SECRET, ArchiveWriter
from app.ops.migrate import check_schema, keep_snapshot, schema_state
from app.ops.portal import prepare_existing, write_new_private
from app.settings import Settings

# Nothing is swept for so long after the last sign of life of a backup.
HOLD = timedelta(minutes=15)
EXTEND_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Backup:
    """A finished backup: how many stored files it holds, and the hashes of those that were missing or altered already."""

    path: Path
    files: int
    size: int
    missing: tuple[str, ...]
    altered: tuple[str, ...]


def back_up(target: Path) -> Backup:
    """Write a backup to this file, or to a new one in this folder; the file appears whole or not at all."""
    settings = prepare_existing()
    path = _file_for(target, utc_now())
    engine = open_engine(settings.url)
    try:
        check_schema(engine)
        return _write(settings, engine, path)
    finally:
        engine.dispose()


def _file_for(target: Path, now: datetime) -> Path:
    if target.is_dir():
        target = target / f"quiver-{now:%Y%m%d-%H%M%S}.tar"
    if target.exists():
        raise Refused(f"{target} exists, so no backup was written over it. Name another file, or a folder.")
    if not target.parent.is_dir():
        raise Refused(f"There is no folder {target.parent}. Make it, or name another place for the backup.")
    if not target.suffix:  # meant as a folder: the next backup would find a file in its place
        raise Refused(f"There is no folder {target}. Make it, or name a file with an ending, like {target}.tar.")
    return target


def _write(settings: Settings, engine: Engine, path: Path) -> Backup:
    partial, snapshot = (path.with_name(f"{path.name}.{ending}") for ending in ("partial", "partial-db"))
    blobs = DiskStore(settings.data_dir / "blobs")
    try:
        with sweeper_held(Desk(work_opener(engine, blobs, SystemActor()), blobs)) as extend:
            revision, _ = schema_state(engine)
            keep_snapshot(engine, revision or "", snapshot)
            crash_point("backup-snapshot-taken")
            with write_new_private(partial) as file:
                made = _fill(ArchiveWriter(file), settings, snapshot, blobs, extend)
        crash_point("backup-written")
        partial.replace(path)
        sync_folder(path.parent)
    finally:
        for left in (partial, snapshot):
            with suppress(FileNotFoundError):
                left.unlink()
    return Backup(path, made.files, path.stat().st_size, made.missing, made.altered)


@dataclass(frozen=True)
class _Made:
    files: int
    missing: tuple[str, ...]
    altered: tuple[str, ...]


def _fill(archive: ArchiveWriter, settings: Settings, snapshot: Path, blobs: DiskStore, extend: Callable[[], None]) -> _Made:
    """Database first, then the files it names: what arrives meanwhile is not in this backup, and nothing it names can go."""
    with snapshot.open("rb") as file:
        archive.add(DATABASE, file, snapshot.stat().st_size)
    if settings.secret_file.exists():
        archive.add_bytes(SECRET, settings.secret_file.read_bytes())
    revision, wanted = _read_snapshot(snapshot, blobs)
    missing, altered = [], []
    for sha256 in wanted:
        extend()
        try:
            with blobs.open(sha256) as file:
                found = archive.add(f"{BLOBS}{sha256[:2]}/{sha256}", file, blobs.path(sha256).stat().st_size)
        except NotFound:
            missing.append(sha256)
            continue
        if found != sha256:
            altered.append(sha256)
        crash_point("backup-file-copied")
    facts = {"made_at": utc_now().isoformat(timespec="seconds"), "schema": revision, "database": "sqlite"}
    archive.finish(facts, tuple(missing))
    return _Made(len(wanted) - len(missing), tuple(missing), tuple(altered))


def _read_snapshot(snapshot: Path, blobs: DiskStore) -> tuple[str, list[str]]:
    """The snapshot's schema, and the hashes of all files it names."""
    engine = create_engine(f"sqlite:///{snapshot}")
    try:
        revision, _ = schema_state(engine)
        with open_session(engine, read_only=True) as session:
            return revision or "", sorted(list_blob_hashes(Work(session, SystemActor(), utc_now(), blobs)))
    finally:
        engine.dispose()


@contextmanager
def sweeper_held(desk: Desk) -> Iterator[Callable[[], None]]:
    """No stored file is deleted while the block runs; call what it gives now and then. A kill ends that by itself after a while."""
    with desk.open_work() as work:
        hold = holds.take(work.session, holds.SWEEP, work.now + HOLD)
        last = work.now

    def extend() -> None:
        nonlocal last
        if utc_now() - last < EXTEND_EVERY:
            return
        with desk.open_work() as work:
            holds.extend(work.session, hold, work.now + HOLD)
            last = work.now

    try:
        yield extend
    finally:
        with desk.open_work() as work:
            holds.release(work.session, hold)
