"""A value model is read into passages: texts with the names of figures, what is asked for, where it is from; odd ones do no harm."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import Refused
from app.core.office.inspect import inspect_file
from app.core.office.parse import parse_file
from tests.factories.values import definition


def written(tmp_path: Path, data: Any) -> Path:
    path = tmp_path / "model.qvalue"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_its_words_become_passages(tmp_path: Path) -> None:
    path = written(tmp_path, definition())
    assert inspect_file(path, "model.qvalue").format.key == "value"
    parsed = parse_file(path, "value")
    assert parsed.title == "Shorter waits at the dock" and parsed.unit_word == "section"
    assert [passage.label for passage in parsed.passages][1:] == ["Figures to put in", "What comes out", "What it asks for", "Assumptions"]
    assert "[Sites] sites, [Late trucks a day] trucks a day wait more than an hour" in parsed.full_text
    assert "Over [Years] years, discounted at [Discount rate] a year" in parsed.full_text
    assert "Demurrage terms of five carriers" in parsed.full_text and "{" not in parsed.full_text


@pytest.mark.parametrize(
    "data", [{"quiver": "value model 1"}, {"quiver": "value model 1", "title": 3, "inputs": {"a": 1}, "blocks": [1, {"text": []}]}]
)
def test_an_odd_one_is_read_as_far_as_it_goes(tmp_path: Path, data: Any) -> None:
    path = written(tmp_path, data)
    assert inspect_file(path, "model.qvalue").format.key == "value"
    parse_file(path, "value")


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"quiver": "other"}', "{", "x", "[" * 5000, '{"quiver": "value model 1", "title": "' + "a" * 600_000 + '"}']
)
def test_what_is_no_model_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.qvalue"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match="holds no value model"):
        inspect_file(path, "model.qvalue")
