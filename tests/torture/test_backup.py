"""A backup beside four writers brings back all that was acknowledged; killed at any step it leaves nothing half done."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.ops.portal import UNFINISHED, open_desk
from app.ops.verify import verify_backup
from app.settings import Settings
from tests.factories.library import add_released
from tests.torture.backup import FLIPS, Outcome, command, torture
from tests.torture.server import HONEST, ROOT

BACKUP_POINTS = ("backup-snapshot-taken", "backup-file-copied", "backup-written")
RESTORE_POINTS = ("restore-file-copied", "restore-files-in-place", "restore-database-in-place", "restore-index-built")


def test_a_backup_beside_four_writers_brings_everything_back(tmp_path: Path) -> None:
    outcome = torture(tmp_path / "run", files=24, seed=7)
    assert outcome.holds, outcome
    assert outcome.control_red, "the control lost nothing, so the test proves nothing"


@pytest.mark.parametrize(
    "change", [{"missing": 1}, {"altered": 1}, {"restored": 29}, {"index_equal": False}, {"named": 19}, {"acknowledged_before": 0}]
)
def test_an_outcome_that_lacks_anything_does_not_hold(change: dict[str, int]) -> None:
    good = Outcome(acknowledged_before=30, restored=30, index_equal=True, flipped=FLIPS, named=FLIPS)
    assert good.holds
    for name, value in change.items():
        setattr(good, name, value)
    assert not good.holds


@pytest.fixture
def portal(data_dir: Path) -> Path:
    """A data folder with a few items; nobody serves it."""
    with open_desk(Settings(data_dir=data_dir)) as desk, desk.open_work() as work:
        for number in range(3):
            add_released(work, f"Dock guide {number}")
    return data_dir


def die(data_dir: Path, point: str, *arguments: str) -> None:
    """Run a command that is killed at this point."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("QUIVER_")}
    environment = {**inherited, "QUIVER_DATA_DIR": str(data_dir), "QUIVER_CRASH_AT": point}
    died = subprocess.run([sys.executable, "-m", HONEST, *arguments], cwd=ROOT, env=environment, capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr


@pytest.mark.parametrize("point", BACKUP_POINTS)
def test_a_killed_backup_leaves_no_backup_and_the_next_one_works(portal: Path, tmp_path: Path, point: str) -> None:
    target = tmp_path / "quiver.tar"
    die(portal, point, "backup", str(target))
    assert not target.exists()
    made = command(HONEST, portal, "backup", str(target))
    assert made.returncode == 0, made.stderr
    assert verify_backup(target) == []
    assert [path.name for path in tmp_path.glob("quiver.tar*")] == ["quiver.tar"]


@pytest.mark.parametrize("point", RESTORE_POINTS)
def test_no_portal_starts_on_a_restore_that_was_killed(portal: Path, tmp_path: Path, point: str) -> None:
    target, into = tmp_path / "quiver.tar", tmp_path / "into"
    assert command(HONEST, portal, "backup", str(target)).returncode == 0
    die(into, point, "restore", str(target), str(into))
    assert (into / UNFINISHED).exists()
    for arguments in (("serve",), ("doctor",), ("migrate",)):
        refused = command(HONEST, into, *arguments)
        assert refused.returncode in (1, 2) and "was not finished. Empty the folder" in refused.stderr, arguments
    assert "is not empty" in command(HONEST, into, "restore", str(target), str(into)).stderr
    again = command(HONEST, tmp_path / "other", "restore", str(target), str(tmp_path / "other"))
    assert again.returncode == 0, again.stderr
