"""Opens a ZIP of documents: its directory is checked first, then each file is read with a limit. Called by uploads."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.core.errors import Refused
from app.core.office._container import open_container
from app.core.office.formats import extension_of

MOST_FILES = 500
CHUNK = 64 * 1024
# What operating systems put beside people's files; nobody misses them.
_LITTER = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})
TOO_MANY = "The ZIP holds {0} files; at most {1} are taken at a time. Split it and send the parts."
NO_FILES = "The ZIP holds no files, so there was nothing to keep. Check it and send it again."
INSIDE = "A ZIP inside a ZIP is not opened. Unpack it and send its files, or send it by itself."
DAMAGED = "This file is damaged inside the ZIP, so it was not kept. Make the ZIP again, or send the file by itself."


@dataclass(frozen=True)
class Entry:
    """A file in a ZIP: its last name, the folders before it ("Decks/Finance"), its size in bytes as the directory says."""

    file_name: str
    folder: str
    size: int
    info: zipfile.ZipInfo


def is_archive(file_name: str) -> bool:
    """Whether a name claims to be a ZIP of documents."""
    return extension_of(file_name) == "zip"


@contextmanager
def opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, tuple[Entry, ...]]]:
    """The archive and its files in order; Refused when it is unsafe, damaged, empty or too full."""
    with path.open("rb") as stream:
        if stream.read(4) not in (b"PK\x03\x04", b"PK\x05\x06"):
            raise Refused("The file is named .zip but is no ZIP. Check the original and send it again.")
        with open_container(stream) as archive:
            entries = tuple(_entry(info) for info in archive.infolist() if _is_wanted(info))
            if not entries:
                raise Refused(NO_FILES)
            if len(entries) > MOST_FILES:
                raise Refused(TOO_MANY.format(f"{len(entries):,}", MOST_FILES))
            yield archive, entries


def pieces(archive: zipfile.ZipFile, entry: Entry) -> Iterator[bytes]:
    """The file's bytes, never more than its directory entry says; Refused when it is damaged."""
    if is_archive(entry.file_name):
        raise Refused(INSIDE)
    try:
        with archive.open(entry.info) as source:
            yield from _read(source)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise Refused(DAMAGED) from error


def _read(source: IO[bytes]) -> Iterator[bytes]:
    while data := source.read(CHUNK):
        yield data


def _is_wanted(info: zipfile.ZipInfo) -> bool:
    parts = info.filename.replace("\\", "/").split("/")
    return bool(parts[-1]) and "__MACOSX" not in parts and parts[-1].lower() not in _LITTER and not parts[-1].startswith("._")


def _entry(info: zipfile.ZipInfo) -> Entry:
    folder, _, name = info.filename.replace("\\", "/").rpartition("/")
    return Entry(name, folder, info.file_size, info)
