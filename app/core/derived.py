"""Files made of stored files that may be made again at any time; `DiskStore` holds one of these beside its files."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from app.core.clock import utc_now
from app.core.storage import storage_error

# What could not be made is tried again after a day: perhaps another program is installed by then.
TRIED_SECONDS = 86_400.0


class DerivedFiles:
    """`derived/<sha256>` below the store's folder, by the hash of the file each is made of; an empty one says that none came out."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "derived"

    def find(self, sha256: str) -> Path | None:
        """The file made of this one, if it is there."""
        path = self._folder / sha256
        return path if self._size(path) > 0 else None

    def has_failed(self, sha256: str) -> bool:
        """Whether none came out less than a day ago."""
        path = self._folder / sha256
        return self._size(path) == 0 and utc_now().timestamp() - path.stat().st_mtime < TRIED_SECONDS

    def keep(self, sha256: str, data: bytes) -> None:
        """Keep what was made; nobody sees half of it."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            handle, name = mkstemp(dir=self._folder, prefix="new-")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(self._folder / sha256)
        except OSError as error:
            raise storage_error(error) from error

    def list_all(self) -> Iterator[tuple[str, float]]:
        """Every hash something is kept for, and when it was made (seconds since 1970)."""
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            with suppress(FileNotFoundError):
                yield path.name, path.stat().st_mtime

    def delete(self, sha256: str) -> None:
        """Forget what was made of a file."""
        (self._folder / sha256).unlink(missing_ok=True)

    @staticmethod
    def _size(path: Path) -> int:
        """Bytes, -1 when it is not there."""
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return -1
