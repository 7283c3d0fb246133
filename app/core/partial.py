"""Files that arrive in parts: appended while they are hashed, synced after each part, then moved into the store.
Called by library uploads and the sweep; `DiskStore` holds one of these beside its files."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.core.crash import crash_point
from app.core.errors import Conflict, TooLarge
from app.core.storage import CHUNK, StoredBlob, storage_error, sync_folder

# A file's running hash is kept while it arrives; beyond so many at a time the oldest is worked out anew from its bytes.
KEPT_HASHES = 200
MORE_THAN_SAID = "More bytes came than the file was said to have, so they were not kept. Send the file again from its beginning."
BUSY = "Another connection is still sending this file. Wait a moment, ask how much is there, and go on from there."


class PartWriter:
    """Takes one part's bytes at the end of what is there; nobody else may write meanwhile."""

    def __init__(self, path: Path, size: int) -> None:
        self._left = size
        # append only: a length on disk never stands before its bytes on a journalling file system
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise Conflict(BUSY) from None
        self.offset = os.fstat(self._handle).st_size
        self._left -= self.offset
        self.hash: Any = None

    def write(self, data: bytes) -> None:
        """Append bytes; refuses more than the file was said to have."""
        if len(data) > self._left:
            raise TooLarge(MORE_THAN_SAID)
        try:
            view = memoryview(data)
            while view:
                count = os.write(self._handle, view)
                self.hash.update(view[:count])
                self.offset += count
                self._left -= count
                view = view[count:]
        except OSError as error:
            raise storage_error(error) from error

    def sync(self) -> None:
        """Make what has come so far durable."""
        crash_point("part-written")
        try:
            os.fsync(self._handle)
        except OSError as error:
            raise storage_error(error) from error
        crash_point("part-synced")

    def close(self) -> None:
        """Let others write; what has come stays."""
        os.close(self._handle)


class PartialFiles:
    """`partial/<key>` below the store's folder; survives restarts, other than what arrives in one piece."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "partial"
        self._hashes: dict[str, tuple[int, Any]] = {}
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        """Where the bytes are; keys are ours, made of letters, digits, "-" and "_"."""
        return self._folder / key

    def size(self, key: str) -> int:
        """How much is there, in bytes."""
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            return 0

    def open(self, key: str, size: int) -> PartWriter:
        """Go on with a file of `size` bytes in all; Conflict while another connection writes it."""
        try:
            writer = PartWriter(self.path(key), size)
        except OSError as error:
            raise storage_error(error) from error
        writer.hash = self._hash_up_to(key, writer.offset)
        return writer

    def close(self, key: str, writer: PartWriter) -> None:
        """End a part, whole or cut off."""
        self._hashes[key] = (writer.offset, writer.hash)
        while len(self._hashes) > KEPT_HASHES:
            self._hashes.pop(next(iter(self._hashes)))
        writer.close()

    def keep(self, key: str) -> StoredBlob:
        """Put a whole file into the store under its hash; its part file stays until `delete`, so that this may be repeated."""
        path = self.path(key)
        size = self.size(key)
        sha256 = self._hash_up_to(key, size).hexdigest()
        target, link = self._root / sha256[:2] / sha256, self._root / "incoming" / key
        try:
            with path.open("rb") as file:
                os.fsync(file.fileno())
            crash_point("blob-synced")
            target.parent.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):
                link.unlink()
            os.link(path, link)
            os.utime(link)  # its age decides when the sweep may take it
            link.replace(target)
            with suppress(FileNotFoundError):
                link.unlink()  # renaming one name of a file to another of its names does nothing
            crash_point("blob-renamed")
            sync_folder(target.parent)
            sync_folder(self._root)
        except OSError as error:
            raise storage_error(error) from error
        return StoredBlob(sha256, size)

    def delete(self, key: str) -> None:
        """Forget what has come; safe to repeat."""
        self._hashes.pop(key, None)
        self.path(key).unlink(missing_ok=True)

    def list_all(self) -> Iterator[tuple[str, float]]:
        """Every key with the time something last came for it (seconds since 1970)."""
        for file in list(self._folder.iterdir()):
            with suppress(FileNotFoundError):
                yield file.name, file.stat().st_mtime

    def _hash_up_to(self, key: str, size: int) -> Any:
        known, running = self._hashes.get(key, (-1, None))
        if known == size:
            return running.copy()
        running = hashlib.sha256()
        if size:
            with self.path(key).open("rb") as file:
                while data := file.read(CHUNK):
                    running.update(data)
        return running
