"""Reads the words of a value model, so that search finds its texts, inputs and assumptions. Used by _reading."""

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from app.core.office._blocks import Block, Extract, Heading, Item, Paragraph, plain
from app.core.office._sections import document_extract

_FIGURE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def read_value(stream: BinaryIO) -> Extract:
    """The document's texts with the names of figures in the place of their keys, then inputs and assumptions as lists."""
    model = json.load(stream)
    return document_extract(_text(model.get("title")), _blocks(model))


def _blocks(model: dict[str, Any]) -> Iterator[Block]:
    named = {_text(row.get("key")): _text(row.get("label")) for part in ("inputs", "formulas", "words") for row in _rows(model, part)}
    names = {"years": "Years", "discount_rate": "Discount rate", **named}
    yield Heading(1, plain(_text(model.get("title"))))
    yield Paragraph(plain(_named(_text(model.get("headline")), names)))
    for block in _rows(model, "blocks"):
        if _text(block.get("heading")):
            yield Heading(2, plain(_text(block.get("heading"))))
        yield Paragraph(plain(_named(_text(block.get("text")), names)))
    yield from _section("Figures to put in", [_said(row, "label", "help", "source") for row in _rows(model, "inputs")])
    yield from _section("What comes out", [_said(row, "label") for row in _rows(model, "results")])
    yield from _section("What it asks for", [_named(_said(row, "label", "value"), names) for row in _rows(model, "asks")])
    yield from _section("Assumptions", [_said(row, "text", "source") for row in _rows(model, "assumptions")])


def _section(heading: str, lines: list[str]) -> Iterator[Block]:
    if lines:
        yield Heading(2, plain(heading))
    for line in lines:
        yield Item(0, False, plain(line))


def _rows(model: dict[str, Any], part: str) -> list[dict[str, Any]]:
    rows = model.get(part)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _said(row: dict[str, Any], *names: str) -> str:
    return ". ".join(text.rstrip(".") for name in names if (text := _text(row.get(name))))


def _named(text: str, names: dict[str, str]) -> str:
    return _FIGURE.sub(lambda found: f"[{names.get(found[1], found[1])}]", text)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
