"""The installer installs once per lock file, and neither of its kinds trusts what the other one may have changed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

# Stands in for python3 and for the environment's own Python; notes each call of pip.
PYTHON = """#!/bin/bash
case "$*" in
    "-m venv --clear .venv") rm -rf .venv && mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip"*)
        echo "$@" | grep -o "requirements[a-z-]*.lock" | paste -sd+ >>installed
        case "$*" in *"--quiet --quiet"*) ;; *) echo "WARNING: what pip thinks" >&2 ;; esac
        ;;
    *sys.prefix*) cd "$(dirname "$0")/.." && pwd ;;
    "-c import sys; sys.exit(sys.version_info < (3, 11))") exit ${TOO_OLD:-0} ;;
    --version) echo "Python 3.11.2" ;;
    "-m app.ops.cli"*) echo "ran $PYTHONPATH: $*" ;;
esac
"""


class Checkout:
    """A folder with the installer, two lock files, and a Python that only pretends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tools").mkdir()
        shutil.copy(ROOT / "tools" / "install.sh", folder / "tools")
        (folder / "python").write_text(PYTHON)
        (folder / "python").chmod(0o755)
        self.lock("a==1", "a==1 b==1")
        (folder / "requirements-semantic.lock").write_text("c==1")
        (folder / "requirements-fast.lock").write_text("d==1")

    def lock(self, run: str, test: str) -> None:
        (self.folder / "requirements.lock").write_text(run)
        (self.folder / "requirements-dev.lock").write_text(test)

    def install(self, kind: str, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {"PATH": os.environ["PATH"], "PYTHON": str(self.folder / "python"), **environment}
        command = ["bash", "tools/install.sh", kind]
        return subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True, check=False)

    def installed_by(self, *kinds: str) -> list[str]:
        """Lock files that a series of installations hands to pip."""
        log = self.folder / "installed"
        log.unlink(missing_ok=True)
        for kind in kinds:
            done = self.install(kind)
            assert done.returncode == 0, done.stderr
        return log.read_text().split() if log.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_what_pip_thinks_of_packages_is_not_shown(checkout: Checkout) -> None:
    assert checkout.install("run").stderr == ""


def test_installs_once(checkout: Checkout) -> None:
    assert checkout.installed_by("run", "run", "run") == ["requirements.lock"]


def test_what_tests_need_contains_what_the_portal_needs(checkout: Checkout) -> None:
    assert checkout.installed_by("test", "run", "test") == ["requirements-dev.lock"]


def test_each_kind_may_come_first(checkout: Checkout) -> None:
    assert checkout.installed_by("run", "test", "run", "test") == ["requirements.lock", "requirements-dev.lock"]


def test_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.installed_by("test")
    checkout.lock("a==2", "a==2 b==1")
    assert checkout.installed_by("run", "test") == ["requirements.lock", "requirements-dev.lock"]


def test_going_back_to_an_older_lock_trusts_no_old_stamp(checkout: Checkout) -> None:
    checkout.installed_by("test")
    checkout.lock("a==2", "a==2 b==1")
    checkout.installed_by("run")
    checkout.lock("a==1", "a==1 b==1")
    assert checkout.installed_by("test") == ["requirements-dev.lock"]


def test_an_extra_that_was_asked_for_once_stays(checkout: Checkout) -> None:
    assert checkout.installed_by("run", "semantic", "run", "semantic") == [
        "requirements.lock",
        "requirements.lock+requirements-semantic.lock",
    ]
    checkout.lock("a==2", "a==1 b==1")
    assert checkout.installed_by("run") == ["requirements.lock+requirements-semantic.lock"]
    assert checkout.installed_by("fast") == ["requirements.lock+requirements-semantic.lock+requirements-fast.lock"]
    (checkout.folder / ".venv" / "bin" / "python").unlink()
    assert checkout.installed_by("run") == ["requirements.lock+requirements-semantic.lock+requirements-fast.lock"]


def test_what_tests_need_contains_the_extras(checkout: Checkout) -> None:
    assert checkout.installed_by("test", "semantic", "fast") == ["requirements-dev.lock"]


def test_failed_installation_leaves_no_stamp(checkout: Checkout) -> None:
    (checkout.folder / "python").write_text(PYTHON.replace(">>installed", ">>installed; exit 1"))
    assert checkout.install("run").returncode != 0
    assert not list((checkout.folder / ".venv").glob("installed-*"))


def test_moved_environment_is_made_anew(checkout: Checkout) -> None:
    checkout.installed_by("run")
    (checkout.folder / ".venv" / "bin" / "python").unlink()
    assert checkout.installed_by("run") == ["requirements.lock"]


def test_old_python_is_refused_with_the_remedy(checkout: Checkout) -> None:
    done = checkout.install("run", TOO_OLD="1")
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr


def test_installs_the_command_that_the_readme_names(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> None:
    checkout.install("run")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    done = subprocess.run([checkout.folder / ".venv/bin/quiver", "user", "list"], cwd=elsewhere, capture_output=True, text=True, check=True)
    assert done.stdout == f"ran {checkout.folder}: -m app.ops.cli user list\n"
