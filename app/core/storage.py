"""What writing to disk has in common: chunk size, folders made durable, a full disk told in words. Used by the store and partial files."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import StorageFull

CHUNK = 1024 * 1024


@dataclass(frozen=True)
class StoredBlob:
    """A file in the store: its SHA-256 in hex and its size in bytes."""

    sha256: str
    size: int


def storage_error(error: OSError) -> Exception:
    """The error a person is told when the disk refuses a write."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(
            "The portal's disk is full, so this was not saved. What was saved before is safe. Tell your administrator, then try again."
        )
    return error


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
