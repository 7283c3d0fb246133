"""pytest plugin: text that is compared with a stored file; `make snapshot` accepts what is there now."""

from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept-snapshots", action="store_true", help="write the stored files anew instead of comparing")


@pytest.fixture
def equals_snapshot(request: pytest.FixtureRequest) -> Callable[[str, Path], None]:
    """Compare a text with a stored file."""
    accept = bool(request.config.getoption("--accept-snapshots"))

    def compare(text: str, stored: Path) -> None:
        if accept:
            stored.write_text(text, encoding="utf-8")
        assert text == stored.read_text(encoding="utf-8"), f"{stored.name} differs; when that is meant, run: make snapshot"

    return compare
