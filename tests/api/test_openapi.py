"""The API is what its stored description says: a change is seen in the review, never made in passing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.main import create_app
from app.settings import Settings

STORED = Path(__file__).with_name("openapi.json")


def test_api_equals_its_stored_description(equals_snapshot: Callable[[str, Path], None], tmp_path: Path) -> None:
    description = create_app(Settings(data_dir=tmp_path)).openapi()
    assert description["paths"], "the API has no routes"
    assert [path for path in description["paths"] if not path.startswith("/api/")] == []
    equals_snapshot(json.dumps(description, indent=1, sort_keys=True, ensure_ascii=False) + "\n", STORED)


def test_a_difference_is_found(equals_snapshot: Callable[[str, Path], None], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    stored = tmp_path / "stored.json"
    stored.write_text("{}\n", encoding="utf-8")
    if request.config.getoption("--accept-snapshots"):
        equals_snapshot("[]\n", stored)
        assert stored.read_text(encoding="utf-8") == "[]\n"
    else:
        with pytest.raises(AssertionError, match="make snapshot"):
            equals_snapshot("[]\n", stored)
