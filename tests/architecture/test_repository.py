"""What may stand in the repository at all: no machine paths, no index hosts, no open ends, no large files; locks that agree."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

MAX_BYTES = 2 * 1024 * 1024
FORBIDDEN = {
    "path of a machine": re.compile(r"(?<![\w.*])/(home|root|work|Users)/\w"),
    "host of a package index": re.compile(r"\b(pypi|pythonhosted|npmjs|crates)\.(org|com|io)\b"),
    "open end without the number of its issue": re.compile(r"(#|//|<!--|/\*).*\b(TO[D]O|FIX[M]E|XX[X])\b(?!.*#\d)"),
}
# Texts of others, kept as they came.
NOT_OURS = ("vendor/", "tests/data/")


def tracked_files() -> list[Path]:
    """Every file under version control that is there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def forbidden_words(name: str, text: str) -> list[str]:
    """Lines of a file that hold what must not stand in the repository."""
    return [
        f"{name}:{number}: {what}"
        for number, line in enumerate(text.splitlines(), start=1)
        for what, pattern in FORBIDDEN.items()
        if pattern.search(line)
    ]


def pins(lock: str) -> dict[str, frozenset[str]]:
    """Package and version -> its hashes."""
    entries = re.findall(r"^(\S+==\S+)[^\n]*((?:\n +--hash=\S+(?: \\)?)*)", lock, re.MULTILINE)
    return {pin: frozenset(re.findall(r"--hash=(\S+)", hashes)) for pin, hashes in entries}


def not_in(part: str, whole: str) -> list[str]:
    """Pins of one lock file that the other does not hold in the same version with the same hashes."""
    return [pin for pin, hashes in pins(part).items() if not hashes or pins(whole).get(pin) != hashes]


def lock(name: str) -> str:
    """Text of a lock file."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_no_forbidden_words() -> None:
    found = []
    for path in tracked_files():
        name = str(path.relative_to(ROOT))
        content = path.read_bytes()
        if b"\0" not in content[:8000] and not any(folder in name for folder in NOT_OURS):
            found += forbidden_words(name, content.decode("utf-8", errors="replace"))
    assert found == []


@pytest.mark.parametrize("line", ["open('/" + "home/ann/x')", "see https://" + "pypi" + ".org/simple", "# TO" + "DO: later"])
def test_a_forbidden_word_is_found(line: str) -> None:
    assert forbidden_words("x.py", f"fine\n{line}\n")


@pytest.mark.parametrize("line", ["GET /api/v1/work/items", "path('/homework/x')", "# TO" + "DO #12: later", "https://example.org/docs"])
def test_an_ordinary_line_is_not_found(line: str) -> None:
    assert forbidden_words("x.py", line) == []


def test_no_large_file() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked_files() if path.stat().st_size > MAX_BYTES] == []


@pytest.mark.parametrize("part, least", [("requirements.lock", 50), ("requirements-semantic.lock", 2), ("requirements-fast.lock", 1)])
def test_test_lock_holds_every_line_of_the_others(part: str, least: int) -> None:
    assert len(pins(lock(part))) > least
    assert not_in(lock(part), lock("requirements-dev.lock")) == []


def test_an_extra_adds_to_what_everybody_has() -> None:
    added = names("requirements-semantic.lock") | names("requirements-fast.lock")
    assert names("requirements.lock") & added == set()


@pytest.mark.parametrize(
    "dev",
    ["", "a==2 \\\n    --hash=sha256:1\n", "a==1 \\\n    --hash=sha256:2\n", "a==1\n"],
    ids=["missing", "other version", "other hash", "no hash"],
)
def test_a_difference_of_the_locks_is_found(dev: str) -> None:
    run = "a==1 \\\n    --hash=sha256:1\n"
    assert not_in(run, dev) == ["a==1"]
    assert not_in(run, run) == []


def test_locks_name_every_dependency_and_no_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras, groups = project["project"]["optional-dependencies"], project["dependency-groups"]
    everything = (*project["project"]["dependencies"], *groups["dev"], *(line for extra in extras.values() for line in extra))
    assert {requirement_name(line) for line in everything} - names("requirements-dev.lock") == set()
    assert {requirement_name(line) for line in groups["model"]} - names("requirements-model.lock") == set()
    for extra, lines in extras.items():
        assert {requirement_name(line) for line in lines} - names(f"requirements-{extra}.lock") == set()
    assert [path.name for path in ROOT.glob("requirements*.lock") if "://" in lock(path.name)] == []
    assert not (ROOT / "uv.lock").exists()


def names(file: str) -> set[str]:
    """Packages of a lock file."""
    return {pin.partition("==")[0] for pin in pins(lock(file))}


def requirement_name(line: str) -> str:
    """Name of the package in a requirement, as lock files write it."""
    match = re.match(r"[A-Za-z0-9._-]+", line)
    assert match, line
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def test_every_feature_stands_under_the_file_contract() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"]: contract for contract in project["tool"]["importlinter"]["contracts"]}
    order = " ".join(contracts["bands"]["layers"])
    under_contract = {name for contract in contracts.values() for name in contract.get("containers", [])}
    not_features = {"app.core", "app.web", "app.pages", "app.api", "app.ops"}
    packages = {f"app.{path.parent.name}" for path in (ROOT / "app").glob("*/__init__.py")}
    assert packages - not_features - under_contract == set()
    assert [package for package in sorted(packages) if f"({package.removeprefix('app.')})" not in order] == []
