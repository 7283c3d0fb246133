"""The file of a backup: a plain tar whose last members list every file with its hash, so that any changed byte is noticed and named."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tarfile import BLOCKSIZE, TarInfo
from typing import IO, BinaryIO

from app.core.errors import Refused

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "seal.json"
DATABASE, SECRET, BLOBS = "database.db", "secret.key", "blobs/"
CHUNK = 1024 * 1024
END = bytes(2 * BLOCKSIZE)
NO_BACKUP = "{} is no backup of Quiver, or it was not written to its end. Take another backup."
DAMAGED_LIST = "The list of files inside {} is damaged, so nothing in it can be trusted. Take another backup."
NEWER = "{} was made by a newer Quiver. Use that one, or a newer one still."


@dataclass(frozen=True)
class Entry:
    """One file inside a backup: where its header begins, its bytes, their hash."""

    name: str
    offset: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds; `facts` say when, of which schema and from which kind of database it was made."""

    facts: dict[str, str]
    missing: tuple[str, ...]
    entries: tuple[Entry, ...]


class ArchiveWriter:
    """Writes a backup; nothing counts before `finish`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._entries: list[Entry] = []

    def add(self, name: str, source: BinaryIO, size: int) -> str:
        """Append one file of exactly `size` bytes; gives the hash of what was written."""
        offset, digest, left = self._file.tell(), hashlib.sha256(), size
        self._file.write(_header(name, size))
        while left and (chunk := source.read(min(CHUNK, left))):
            digest.update(chunk)
            self._file.write(chunk)
            left -= len(chunk)
        self._file.write(bytes(left + _padding(size)))
        self._entries.append(Entry(name, offset, size, digest.hexdigest()))
        return digest.hexdigest()

    def add_bytes(self, name: str, content: bytes) -> str:
        """The same with bytes at hand."""
        return self.add(name, io.BytesIO(content), len(content))

    def finish(self, facts: dict[str, str], missing: tuple[str, ...]) -> None:
        """Write the list of files and the seal over it, and wait for the disk."""
        files = [[entry.name, entry.offset, entry.size, entry.sha256] for entry in self._entries]
        content = json.dumps({"format": FORMAT, "facts": facts, "missing": missing, "files": files}, separators=(",", ":")).encode()
        offset = self._file.tell()
        digest = self.add_bytes(MANIFEST, content)
        self.add_bytes(SEAL, _seal(offset, len(content), digest))
        self._file.write(END)
        self._file.flush()
        os.fsync(self._file.fileno())


class ArchiveReader:
    """Reads a backup; raises Refused with a sentence when it is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise Refused(f"{path} cannot be read: {error.strerror}.") from error
        try:
            self.manifest = self._read_manifest()
            self._ends_well = self._file.read() == END
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Give up the file."""
        self._file.close()

    def find(self, name: str) -> Entry | None:
        """The file of this name inside the backup."""
        return next((entry for entry in self.manifest.entries if entry.name == name), None)

    def copy(self, entry: Entry, write: Callable[[bytes], object]) -> bool:
        """Hand the file's bytes over piece by piece; whether they are what was backed up. Its frame inside the tar counts, too."""
        self._file.seek(entry.offset)
        framed = self._file.read(BLOCKSIZE * _header_blocks(entry)) == _header(entry.name, entry.size)
        digest, left = hashlib.sha256(), entry.size
        while left and (chunk := self._file.read(min(CHUNK, left))):
            digest.update(chunk)
            write(chunk)
            left -= len(chunk)
        padding = self._file.read(_padding(entry.size))
        return framed and not left and digest.hexdigest() == entry.sha256 and not any(padding)

    def altered(self) -> Iterator[Entry]:
        """Every file whose bytes are not what was backed up, or not under the hash it is called by. Reads all of them."""
        for entry in self.manifest.entries:
            if not self.copy(entry, lambda _chunk: None) or not is_rightly_named(entry):
                yield entry
        if not self._ends_well:
            yield self.manifest.entries[-1]

    def _read_manifest(self) -> Manifest:
        size = self.path.stat().st_size
        self._file.seek(max(0, size - len(END) - BLOCKSIZE))
        last = self._file.read(BLOCKSIZE)
        try:
            seal = json.loads(last.rstrip(b"\0"))
            offset, length, expected = int(seal["offset"]), int(seal["size"]), str(seal["sha256"])
        except (ValueError, KeyError, TypeError):
            raise Refused(NO_BACKUP.format(self.path)) from None
        self._file.seek(offset + BLOCKSIZE)
        content = self._file.read(max(0, min(length, size)))
        if hashlib.sha256(content).hexdigest() != expected or last != _padded(_seal(offset, length, expected)):
            raise Refused(DAMAGED_LIST.format(self.path))
        listed = json.loads(content)
        if listed["format"] > FORMAT:
            raise Refused(NEWER.format(self.path))
        # list and seal are framed, too: a flipped byte there is named like any other
        sealed = last.rstrip(b"\0")
        seal_entry = Entry(SEAL, size - len(END) - 2 * BLOCKSIZE, len(sealed), hashlib.sha256(sealed).hexdigest())
        entries = (*(Entry(*row) for row in listed["files"]), Entry(MANIFEST, offset, length, expected), seal_entry)
        self._file.seek(size - len(END))
        return Manifest(dict(listed["facts"]), tuple(listed["missing"]), entries)


def is_rightly_named(entry: Entry) -> bool:
    """Whether a stored file already had its hash when it was backed up; other files are called otherwise."""
    return not entry.name.startswith(BLOBS) or entry.name.rpartition("/")[2] == entry.sha256


def _header(name: str, size: int) -> bytes:
    """The frame before a file: always the same for the same name and size, so that it can be checked."""
    info = TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.PAX_FORMAT)


def _header_blocks(entry: Entry) -> int:
    return len(_header(entry.name, entry.size)) // BLOCKSIZE


def _padding(size: int) -> int:
    return -size % BLOCKSIZE


def _padded(content: bytes) -> bytes:
    return content + bytes(_padding(len(content)))


def _seal(offset: int, size: int, sha256: str) -> bytes:
    """Where the list is and what it hashes to; always one block, so that it is found from the end."""
    return json.dumps({"format": FORMAT, "offset": offset, "size": size, "sha256": sha256}).encode()
