"""The control of the backup test: the same backup, but it takes the files that are there before it takes the snapshot."""

import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.core.errors import NotFound
from app.core.store import DiskStore
from app.ops import backup
from app.ops.cli import main
from app.ops.migrate import keep_snapshot
from app.settings import get_settings

# Four clients write: of so many new files at least one is in the database.
ENOUGH, LONGEST = 5, 60.0
there: set[str] = set()


def list_then_snapshot(engine: Engine, revision: str, path: Path) -> None:
    """What a backup must never do: what arrives in between is in the database and not among the files."""
    store = DiskStore(get_settings().data_dir / "blobs")
    there.update(sha256 for sha256, _ in store.list_all())
    end = time.monotonic() + LONGEST
    while sum(1 for _ in store.list_all()) < len(there) + ENOUGH and time.monotonic() < end:
        time.sleep(0.1)
    keep_snapshot(engine, revision, path)


class OnlyListed(DiskStore):
    """A store that holds what was listed."""

    def open(self, sha256: str) -> Any:
        if sha256 not in there:
            raise NotFound("It came after the list.")
        return super().open(sha256)


if __name__ == "__main__":
    vars(backup)["keep_snapshot"] = list_then_snapshot
    vars(backup)["DiskStore"] = OnlyListed
    main()
