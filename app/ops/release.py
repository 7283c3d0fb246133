"""Which Quiver this is, for `quiver --version`."""

import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def program_version() -> str:
    """The version in pyproject.toml: the program runs where it lies and is not installed as a package."""
    return str(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"])
