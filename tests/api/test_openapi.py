"""The API is what its stored description says: a change is seen in the review, never made in passing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings

STORED = Path(__file__).with_name("openapi.json")


def api_of(description: dict[str, Any]) -> dict[str, Any]:
    """The API's part of a description: its paths and the schemas they lead to, without the pages for people."""
    paths = {path: operations for path, operations in description["paths"].items() if path.startswith("/api/")}
    schemas = description.get("components", {}).get("schemas", {})
    return {"paths": paths, "schemas": {name: schemas[name] for name in sorted(reached(paths, schemas, frozenset()))}}


def reached(part: Any, schemas: dict[str, Any], known: frozenset[str]) -> frozenset[str]:
    """Names of the schemas that a part of the description refers to, also through each other."""
    if isinstance(part, dict):
        reference = part.get("$ref")
        name = reference.rpartition("/")[2] if isinstance(reference, str) else ""
        if name and name not in known:
            known = reached(schemas[name], schemas, known | {name})
    for child in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        known = reached(child, schemas, known)
    return known


def test_api_equals_its_stored_description(equals_snapshot: Callable[[str, Path], None], tmp_path: Path) -> None:
    api = api_of(create_app(Settings(data_dir=tmp_path)).openapi())
    assert api["paths"], "the API has no routes"
    equals_snapshot(json.dumps(api, indent=1, sort_keys=True, ensure_ascii=False) + "\n", STORED)


def test_pages_and_their_forms_are_no_api() -> None:
    description = {
        "paths": {"/ask": {"$ref": "#/x/Form"}, "/api/v1/ask": {"get": [{"$ref": "#/components/schemas/Answer"}]}},
        "components": {"schemas": {"Form": {}, "Answer": {"items": {"$ref": "#/components/schemas/Hit"}}, "Hit": {}}},
    }
    api = api_of(description)
    assert list(api["paths"]) == ["/api/v1/ask"]
    assert list(api["schemas"]) == ["Answer", "Hit"]


def test_a_difference_is_found(equals_snapshot: Callable[[str, Path], None], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    stored = tmp_path / "stored.json"
    stored.write_text("{}\n", encoding="utf-8")
    if request.config.getoption("--accept-snapshots"):
        equals_snapshot("[]\n", stored)
        assert stored.read_text(encoding="utf-8") == "[]\n"
    else:
        with pytest.raises(AssertionError, match="make snapshot"):
            equals_snapshot("[]\n", stored)
