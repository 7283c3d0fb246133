"""Immutable files kept under their SHA-256; the storage port and its implementation on disk."""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO, Protocol

import structlog

from app.core.crash import crash_point
from app.core.derived import DerivedFiles
from app.core.errors import AppError, NotFound, TooLarge
from app.core.partial import PartialFiles
from app.core.storage import StoredBlob, storage_error, sync_folder

__all__ = ["BlobStore", "BlobWriter", "DamagedBlob", "DiskStore", "StoredBlob", "hash_file"]

# A recording is fetched in many ranges; it is not hashed anew for each of them.
RECHECK_SECONDS = 600.0
log = structlog.get_logger(__name__)


class DamagedBlob(AppError):
    """A stored file no longer has the bytes it was stored with."""

    status, code = 500, "damaged_file"


class BlobWriter(Protocol):
    """Takes one file's bytes; nothing is visible before `keep`."""

    path: Path

    def write(self, data: bytes) -> None: ...
    def keep(self) -> StoredBlob: ...
    def discard(self) -> None: ...


class BlobStore(Protocol):
    """Where immutable files live; the address of a file is the SHA-256 of its bytes. `partials` holds those still arriving in parts,
    `derived` what was made of them and can be made again."""

    @property
    def partials(self) -> PartialFiles: ...
    @property
    def derived(self) -> DerivedFiles: ...
    def writer(self, limit: int) -> BlobWriter: ...
    def open(self, sha256: str) -> BinaryIO: ...
    def path(self, sha256: str) -> Path: ...
    def checked_path(self, sha256: str) -> Path: ...
    def exists(self, sha256: str) -> bool: ...
    def verify(self, sha256: str) -> bool: ...
    def list_all(self) -> Iterator[tuple[str, float]]: ...
    def touched(self, sha256: str) -> float: ...
    def delete(self, sha256: str) -> None: ...
    def clear_incoming(self) -> int: ...


def hash_file(path: Path) -> str:
    """SHA-256 in hex of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class DiskWriter:
    """Hashes bytes while writing them to a temporary file beside the store."""

    def __init__(self, root: Path, limit: int) -> None:
        self._root = root
        self._limit = limit
        self._hash = hashlib.sha256()
        self._size = 0
        handle, name = mkstemp(dir=root / "incoming", prefix="upload-")
        fcntl.flock(handle, fcntl.LOCK_EX)  # held as long as this upload lives; a kill lets go of it, see clear_incoming
        self._file = os.fdopen(handle, "wb", buffering=0)
        self.path = Path(name)

    def write(self, data: bytes) -> None:
        """Append bytes; refuses more than the limit while they stream."""
        self._size += len(data)
        if self._size > self._limit:
            raise TooLarge(
                f"The file is larger than {self._limit // 1024**2} MB, so it was not kept. Send a smaller file or ask for a higher limit."
            )
        self._hash.update(data)
        try:
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise storage_error(error) from error

    def keep(self) -> StoredBlob:
        """Make the file durable under its hash: fsync, rename, fsync of the folder."""
        sha256 = self._hash.hexdigest()
        target = self._root / sha256[:2] / sha256
        try:
            os.fsync(self._file.fileno())
            self._file.close()
            crash_point("blob-synced")
            if not target.parent.exists():
                target.parent.mkdir(exist_ok=True)
                sync_folder(self._root)
            self.path.replace(target)
            crash_point("blob-renamed")
            sync_folder(target.parent)
        except OSError as error:
            raise storage_error(error) from error
        return StoredBlob(sha256, self._size)

    def discard(self) -> None:
        """Forget the bytes; safe to call after `keep`, too."""
        self._file.close()
        with suppress(FileNotFoundError):
            self.path.unlink()


class DiskStore:
    """`blobs/ab/<sha256>` below one folder, with `incoming/` for files still arriving, `partial/` for those that come in parts and
    `derived/` for what was made of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._checked: dict[str, tuple[int, int, float]] = {}
        (root / "incoming").mkdir(parents=True, exist_ok=True)
        self._partials = PartialFiles(root)
        self._derived = DerivedFiles(root)

    @property
    def partials(self) -> PartialFiles:
        """Files that arrive in parts."""
        return self._partials

    @property
    def derived(self) -> DerivedFiles:
        """What was made of stored files."""
        return self._derived

    def writer(self, limit: int) -> DiskWriter:
        """Start a file of at most `limit` bytes."""
        try:
            return DiskWriter(self.root, limit)
        except OSError as error:
            raise storage_error(error) from error

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def open(self, sha256: str) -> BinaryIO:
        """The file's bytes for reading; NotFound when the store lacks it."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            log.error("blob_missing", sha256=sha256)
            raise NotFound("The file behind this version is missing. Your administrator can find out why with `quiver doctor`.") from None

    def checked_path(self, sha256: str) -> Path:
        """Where the file is, after its bytes were compared with its hash; NotFound when it is missing, DamagedBlob when they differ."""
        with self.open(sha256) as file:
            found = os.fstat(file.fileno())
        path, now = self.path(sha256), time.monotonic()
        size, changed, checked_at = self._checked.get(sha256, (-1, -1, 0.0))
        is_known = (size, changed) == (found.st_size, found.st_mtime_ns) and now - checked_at < RECHECK_SECONDS
        if not is_known and hash_file(path) != sha256:
            log.error("blob_damaged", sha256=sha256)
            raise DamagedBlob("The file behind this version is damaged, so it is not given out. Your administrator has to restore it.")
        if not is_known:
            self._checked[sha256] = (found.st_size, found.st_mtime_ns, now)
        return path

    def verify(self, sha256: str) -> bool:
        """Whether the stored bytes still have their hash."""
        return self.exists(sha256) and hash_file(self.path(sha256)) == sha256

    def list_all(self) -> Iterator[tuple[str, float]]:
        """Every stored hash with the time its file was last touched (seconds since 1970)."""
        for folder in self.root.iterdir():
            if folder.is_dir() and len(folder.name) == 2:  # the others hold what still arrives
                for file in folder.iterdir():
                    yield file.name, file.stat().st_mtime

    def touched(self, sha256: str) -> float:
        """When the file last arrived, in seconds since 1970; now and later if it is not there."""
        try:
            return self.path(sha256).stat().st_mtime
        except FileNotFoundError:
            return float("inf")

    def delete(self, sha256: str) -> None:
        """Remove one file; only the sweeper calls this."""
        self.path(sha256).unlink(missing_ok=True)

    def clear_incoming(self) -> int:
        """Remove what killed uploads left half written; says how many."""
        return sum(_remove_if_left(file) for file in (self.root / "incoming").iterdir())


def _remove_if_left(file: Path) -> bool:
    try:
        with file.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.unlink(missing_ok=True)
    except (BlockingIOError, FileNotFoundError):  # still arriving, or arrived a moment ago
        return False
    return True
