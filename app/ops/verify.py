"""`quiver verify`: compares every stored file, or every byte of a backup, with its hash. Also what doctor says of files."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.core.desk import Desk
from app.core.errors import Refused
from app.library.queries import list_blob_hashes
from app.library.queries.files import NamedFile, name_files
from app.ops.archive import BLOBS, DATABASE, ArchiveReader, Entry
from app.ops.migrate import refuse_newer
from app.ops.portal import open_files, prepare_existing

RESTORE_IT = "Bring it back with `quiver doctor --repair --backup FILE`."


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong: `subject` is the id or hash it is about, `remedy` what `--repair` does, empty when it cannot."""

    kind: str
    subject: str
    sentence: str
    remedy: str = ""


def verify_store() -> list[Complaint]:
    """Everything wrong with the stored files of this portal."""
    with open_files(prepare_existing()) as desk:
        return list(check_files(desk))


def check_files(desk: Desk) -> Iterator[Complaint]:
    """Files that are missing, altered, or that no version refers to. Reads every stored file."""
    with desk.open_work(read_only=True) as work:
        wanted = list_blob_hashes(work)
    stored = {sha256 for sha256, _ in desk.blobs.list_all()}
    missing = sorted(wanted - stored)
    altered = [sha256 for sha256 in sorted(wanted & stored) if not desk.blobs.verify(sha256)]
    with desk.open_work(read_only=True) as work:
        names = {sha256: _called(named) for sha256, named in name_files(work, [*missing, *altered]).items()}
    for sha256 in missing:
        yield Complaint("missing", sha256, f"The file {sha256}{names.get(sha256, '')} is missing. {RESTORE_IT}")
    for sha256 in altered:
        yield Complaint("altered", sha256, f"The file {sha256}{names.get(sha256, '')} was altered. {RESTORE_IT}")
    for sha256 in sorted(stored - wanted):
        told = f"No version refers to the file {sha256}. It is removed a day after it came."
        yield Complaint("orphan", sha256, told, "it is removed once it is a day old")


def _called(file: NamedFile) -> str:
    return f" (“{file.file_name}”, item {file.asset_id} “{file.title}”, version {file.version})"


def verify_backup(path: Path) -> list[Complaint]:
    """Everything wrong with a backup; raises Refused when it is none, or from a newer Quiver."""
    archive = ArchiveReader(path)
    try:
        refuse_newer(archive.manifest.facts.get("schema", ""))
        altered = {entry.name: Complaint("altered", _subject(entry), _altered(entry)) for entry in archive.altered()}
        return [*altered.values(), *_against_database(archive, is_database_whole=DATABASE not in altered)]
    finally:
        archive.close()


def _altered(entry: Entry) -> str:
    told = " A restore with --despite-damage leaves it out." if entry.name.startswith(BLOBS) else ""
    return f"{entry.name} was altered.{told}"


def _subject(entry: Entry) -> str:
    return entry.name.rpartition("/")[2]


def _against_database(archive: ArchiveReader, *, is_database_whole: bool) -> Iterator[Complaint]:
    """Files the database inside names and the backup lacks, and those it holds for nobody."""
    entry = archive.find(DATABASE)
    if entry is None:
        yield Complaint("missing", DATABASE, "The backup holds no database, so nothing can be restored from it.")
        return
    if not is_database_whole:  # what is in it cannot be asked
        return
    wanted = {str(sha256) for sha256 in named_files(archive, entry)}
    held = {_subject(entry) for entry in archive.manifest.entries if entry.name.startswith(BLOBS)}
    for sha256 in sorted(wanted - held):
        told = "was missing already when the backup was made" if sha256 in archive.manifest.missing else "is missing"
        yield Complaint("missing", sha256, f"The file {sha256} {told}.")
    for sha256 in sorted(held - wanted):
        yield Complaint("extra", sha256, f"The backup holds the file {sha256}, which no version refers to.")


def named_files(archive: ArchiveReader, database: Entry) -> list[str]:
    """Hashes of the files the database inside a backup names, whatever its schema; raises Refused when it cannot be read."""
    with TemporaryDirectory(prefix="quiver-verify-") as folder:
        copy = Path(folder) / DATABASE
        with copy.open("wb") as file:
            archive.copy(database, file.write)
        try:
            with closing(sqlite3.connect(copy)) as connection:
                problem = connection.execute("PRAGMA quick_check").fetchone()[0]
                found = [row[0] for row in connection.execute("SELECT DISTINCT blob_sha256 FROM version")]
        except sqlite3.DatabaseError as error:
            raise Refused(f"The database inside {archive.path} cannot be read: {error}. Take another backup.") from error
        if problem != "ok":
            raise Refused(f"The database inside {archive.path} is damaged: {problem}. Take another backup.")
        return found
