"""`quiver restore`: a backup into an empty folder, every hash checked, the schema brought up to date, the index built anew."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.engine import make_url
from sqlmodel import col

from app.core import holds, outbox
from app.core.copying import copy_rows, is_empty
from app.core.crash import crash_point
from app.core.db import open_engine
from app.core.errors import Refused
from app.core.storage import sync_folder
from app.core.store import DiskStore
from app.core.work import Work
from app.identity.actions import audit
from app.identity.models import LoginSession, SetupLink
from app.ops.archive import BLOBS, DATABASE, SECRET, ArchiveReader, Entry, is_rightly_named
from app.ops.migrate import migrate, refuse_newer
from app.ops.portal import UNFINISHED, open_desk, write_new_private
from app.search.jobs import rebuild
from app.settings import Settings

# What a disk of its own may hold before anything is put there.
NOT_COUNTED = frozenset({"lost+found"})


@dataclass(frozen=True)
class Restored:
    """What came back: stored files, items in the index, and the hashes of files left out because they were damaged."""

    folder: Path
    files: int
    indexed: int
    left_out: tuple[str, ...]
    missing: tuple[str, ...]


def restore(backup: Path, into: Path, *, despite_damage: bool = False) -> Restored:
    """Make a portal of a backup. A refusal leaves the folder as it was; a kill leaves a mark, and no portal starts on it."""
    archive = ArchiveReader(backup)
    try:
        refuse_newer(archive.manifest.facts.get("schema", ""))
        _refuse_used(into)
        was_there = into.exists()
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return _restore(archive, into, despite_damage=despite_damage)
        except BaseException:
            _clear(into, and_itself=not was_there)
            raise
    finally:
        archive.close()


def _restore(archive: ArchiveReader, into: Path, *, despite_damage: bool) -> Restored:
    mark = into / UNFINISHED
    mark.touch()
    sync_folder(into)
    secret = archive.find(SECRET)
    if secret is not None:
        _extract(archive, secret, into / SECRET)
    settings = Settings(data_dir=into)
    _refuse_used_database(settings)
    files, left_out = _restore_files(archive, settings, despite_damage=despite_damage)
    crash_point("restore-files-in-place")
    _restore_database(archive, settings)
    crash_point("restore-database-in-place")
    with open_desk(settings) as desk:
        with desk.open_work() as work:
            _settle(work, archive)
        rebuild(desk)
        indexed = len(desk.index.known())
    crash_point("restore-index-built")
    mark.unlink()
    sync_folder(into)
    return Restored(into, files, indexed, tuple(left_out), archive.manifest.missing)


def _refuse_used(into: Path) -> None:
    if into.exists() and not into.is_dir():
        raise Refused(f"{into} is a file. Name an empty or a new folder; nothing was changed.")
    if into.is_dir() and any(entry.name not in NOT_COUNTED for entry in into.iterdir()):
        raise Refused(f"{into} is not empty, so nothing was restored into it. Name an empty or a new folder.")


def _refuse_used_database(settings: Settings) -> None:
    if settings.url.startswith("sqlite"):
        if _database_file(settings).exists():
            raise Refused(f"There is a database at {_database_file(settings)} already, so nothing was restored. Move it away first.")
        return
    engine = open_engine(settings.url)
    try:
        if not is_empty(engine):
            raise Refused("The PostgreSQL database has tables already, so nothing was restored. Name an empty one in QUIVER_DATABASE_URL.")
    finally:
        engine.dispose()


def _database_file(settings: Settings) -> Path:
    return Path(make_url(settings.url).database or "")


def _restore_files(archive: ArchiveReader, settings: Settings, *, despite_damage: bool) -> tuple[int, list[str]]:
    blobs, damaged = DiskStore(settings.data_dir / "blobs"), []
    entries = [entry for entry in archive.manifest.entries if entry.name.startswith(BLOBS)]
    for entry in entries:
        writer = blobs.writer(entry.size)
        try:
            if archive.copy(entry, writer.write) and is_rightly_named(entry):
                writer.keep()
            else:
                damaged.append(entry.name.rpartition("/")[2])
        finally:
            writer.discard()
        crash_point("restore-file-copied")
    if damaged and not despite_damage:
        raise Refused(
            f"{len(damaged)} of {len(entries)} files in {archive.path} were altered, so nothing was restored: {', '.join(damaged)}. "
            "Take another backup, or run this again with --despite-damage to leave these files out."
        )
    return len(entries) - len(damaged), damaged


def _restore_database(archive: ArchiveReader, settings: Settings) -> None:
    """An older schema is brought up to date; into PostgreSQL the rows are copied after that."""
    entry = archive.find(DATABASE)
    if entry is None:
        raise Refused(f"{archive.path} holds no database, so nothing was restored. Take another backup.")
    if settings.url.startswith("sqlite"):
        _extract(archive, entry, _database_file(settings))
        migrate(settings.url)
        return
    between = settings.data_dir / "restore.db"
    _extract(archive, entry, between)
    migrate(f"sqlite:///{between}")
    migrate(settings.url)
    source, target = open_engine(f"sqlite:///{between}"), open_engine(settings.url)
    try:
        copy_rows(source, target)
    finally:
        source.dispose()
        target.dispose()
        for ending in ("", "-wal", "-shm"):
            between.with_name(between.name + ending).unlink(missing_ok=True)


def _extract(archive: ArchiveReader, entry: Entry, path: Path) -> None:
    """One file that has to be whole, readable by this account only."""
    with write_new_private(path) as file:
        is_whole = archive.copy(entry, file.write)
        file.flush()
        os.fsync(file.fileno())
    if not is_whole:
        raise Refused(f"{entry.name} in {archive.path} was altered, so nothing was restored. Take another backup.")


def _settle(work: Work, archive: ArchiveReader) -> None:
    """End what belonged to the portal that was backed up: a session or link that ended since then must not live again."""
    work.session.execute(delete(LoginSession))
    work.session.execute(delete(SetupLink).where(col(SetupLink.used_at).is_(None)))
    work.session.execute(delete(holds.Hold))
    outbox.release_leases(work.session)
    audit(work, "restored", "portal", made_at=archive.manifest.facts.get("made_at", ""))


def _clear(folder: Path, *, and_itself: bool) -> None:
    """Take away what this restore wrote into a folder that was empty before."""
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name not in NOT_COUNTED:
            shutil.rmtree(entry)
        elif entry.name not in NOT_COUNTED:
            entry.unlink()
    if and_itself:
        with suppress(OSError):
            folder.rmdir()
