"""`make torture-backup`: a backup while four clients write, restored into an empty folder; then twenty flipped bytes."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from app.core.desk import OpenWork
from app.core.store import hash_file
from app.ops.archive import BLOBS, ArchiveReader
from app.ops.portal import open_desk
from app.search.jobs import find_differences
from app.settings import Settings
from tests.torture.client import Client, OpenRequests, wait_until
from tests.torture.server import HONEST, ROOT, Server
from tests.torture.uploads import Kept, Ledger, Marketer, hire_marketer, upload_until_gone

CLIENTS, FLIPS = 4, 20
# The control: the same backup, but the files are listed before the snapshot is taken.
BACKWARDS = "tests.torture.backwards"
WRITE_SECONDS = 240.0


@dataclass
class Outcome:
    """What a run found; the names are those of the printed line."""

    acknowledged_before: int = 0
    restored: int = 0
    missing: int = 0
    altered: int = 0
    index_equal: bool = False
    flipped: int = 0
    named: int = 0
    control_red: bool = False

    @property
    def holds(self) -> bool:
        """Whether all that was acknowledged came back as it was, and each flipped byte was named."""
        whole = self.missing == self.altered == 0 and self.restored >= self.acknowledged_before > 0
        return whole and self.index_equal and self.named == self.flipped == FLIPS


def command(program: str, data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the portal on a data folder, as somebody at the terminal does."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("QUIVER_")}
    line = [sys.executable, "-m", program, *arguments]
    environment = {**inherited, "QUIVER_DATA_DIR": str(data_dir)}
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


class Run:
    """One portal with four clients that never stop writing."""

    def __init__(self, folder: Path, seed: int) -> None:
        folder.mkdir()
        self.folder = folder
        self.server = Server(folder / "portal")
        self.ledger = Ledger()
        self._chance = random.Random(seed)

    def prepare(self, files: int) -> None:
        """Start the portal and its clients; wait until so many files were acknowledged."""
        self.server.run("migrate")
        with open_desk(Settings(data_dir=self.server.data_dir)) as desk, desk.open_work() as work:
            marketer = hire_marketer(work)
        self.server.start()
        for _ in range(CLIENTS):
            threading.Thread(target=self._write, args=(marketer, self._chance.getrandbits(32)), daemon=True).start()
        assert wait_until(lambda: len(self.ledger.kept()) >= files, WRITE_SECONDS) is not None, "too few files arrived"

    def back_up(self, program: str, path: Path) -> list[Kept]:
        """A backup beside the writers; what was acknowledged before it began."""
        before = self.ledger.kept()
        made = command(program, self.server.data_dir, "backup", str(path))
        assert path.exists(), made.stderr
        assert len(self.ledger.kept()) > len(before), "nobody wrote during the backup"
        return before

    def _write(self, marketer: Marketer, seed: int) -> None:
        upload_until_gone(Client(self.server.port, marketer.session, OpenRequests()), marketer, self.ledger, seed)


def compare(before: list[Kept], restored: Path, outcome: Outcome) -> None:
    """What came back of what had been acknowledged."""
    outcome.acknowledged_before = len(before)
    with open_desk(Settings(data_dir=restored)) as desk:
        for kept in before:
            path = desk.blobs.path(kept.sha256)
            outcome.missing += not path.exists()
            outcome.altered += path.exists() and hash_file(path) != kept.sha256
        outcome.restored = sum(1 for _ in desk.blobs.list_all())
        outcome.index_equal = desk.index.ready and find_differences(desk) == []
        outcome.missing += _without_row(desk.open_work, before)


def _without_row(open_work: OpenWork, before: list[Kept]) -> int:
    with open_work(read_only=True) as work:
        found = work.session.connection().exec_driver_sql("SELECT asset_id, number, blob_sha256 FROM version")
        rows = {tuple(row) for row in found}
    return sum((kept.asset_id, kept.number, kept.sha256) not in rows for kept in before)


def flip_twenty(backup: Path, seed: int) -> list[str]:
    """Change one byte in each of twenty stored files of a backup; the hashes of these files."""
    archive = ArchiveReader(backup)
    entries = [entry for entry in archive.manifest.entries if entry.name.startswith(BLOBS)]
    archive.close()
    chance = random.Random(seed)
    with backup.open("r+b") as file:
        for entry in (chosen := chance.sample(entries, FLIPS)):
            place = entry.offset + 512 + chance.randrange(entry.size)
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ (1 << chance.randrange(8))]))
    return [entry.name.rpartition("/")[2] for entry in chosen]


def torture(folder: Path, *, files: int, seed: int) -> Outcome:
    """The honest backup, the flipped bytes, and the control on the same portal."""
    outcome, run = Outcome(), Run(folder, seed)
    honest, backwards = folder / "honest.tar", folder / "backwards.tar"
    try:
        run.prepare(files)
        before = run.back_up(HONEST, honest)
        run.back_up(BACKWARDS, backwards)
    finally:
        run.server.kill()
    restored = command(HONEST, folder / "into", "restore", str(honest), str(folder / "into"))
    assert restored.returncode == 0, restored.stderr
    compare(before, folder / "into", outcome)
    assert command(HONEST, folder / "into", "verify", str(honest)).returncode == 0
    damaged = folder / "damaged.tar"
    shutil.copyfile(honest, damaged)
    flipped = flip_twenty(damaged, seed)
    told = command(HONEST, folder / "into", "verify", str(damaged))
    outcome.flipped = len(flipped)
    outcome.named = sum(f"altered: {BLOBS}{sha256[:2]}/{sha256} " in told.stdout for sha256 in flipped) if told.returncode == 1 else 0
    found = command(HONEST, folder / "into", "verify", str(backwards))
    outcome.control_red = found.returncode == 1 and "missing: " in found.stdout
    return outcome


def main() -> int:
    """The last line is JSON."""
    seed = random.SystemRandom().randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="quiver-backup-") as folder:
        outcome = torture(Path(folder) / "run", files=120, seed=seed)
    sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
    return 0 if outcome.holds and outcome.control_red else 1


if __name__ == "__main__":
    sys.exit(main())
