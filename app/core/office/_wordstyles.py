"""Resolves what a Word paragraph is - heading, title, list entry - through its style and the styles that one is based on."""

import re
from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_VAL = qn("w:val")
_LONGEST_CHAIN = 12


@dataclass(frozen=True, slots=True)
class ParagraphKind:
    """`heading` 1 to 9, 0 for the title line, None for text; `number_id` is "" outside lists."""

    heading: int | None = None
    number_id: str = ""
    number_level: int = 0


class WordStyles:
    """The paragraph styles of one document."""

    def __init__(self, root: Any) -> None:
        self._nodes = {node.get(qn("w:styleId"), ""): node for node in root.iter(qn("w:style"))}
        self._known: dict[str, ParagraphKind] = {}

    def kind_of(self, properties: Any) -> ParagraphKind:
        """What a paragraph with these properties (or None) is; its own settings go before those of its style."""
        if properties is None:
            return ParagraphKind()
        style = self._style_kind(_value(properties, "w:pStyle"))
        own = _own_kind(properties)
        heading = own.heading if own.heading is not None else style.heading
        if properties.find(qn("w:numPr")) is None:
            return ParagraphKind(heading, style.number_id, style.number_level)
        number_id = own.number_id or style.number_id
        return ParagraphKind(heading, "" if number_id == "0" else number_id, own.number_level or style.number_level)

    def _style_kind(self, style_id: str) -> ParagraphKind:
        if style_id not in self._known:
            self._known[style_id] = self._resolved(style_id)
        return self._known[style_id]

    def _resolved(self, style_id: str) -> ParagraphKind:
        heading: int | None = None
        number_id, level = "", 0
        for _ in range(_LONGEST_CHAIN):
            node = self._nodes.get(style_id)
            if node is None:
                break
            own = _own_kind(node.find(qn("w:pPr")))
            heading = heading if heading is not None else _first(_named_heading(_value(node, "w:name")), own.heading)
            if not number_id and own.number_id:
                number_id, level = own.number_id, own.number_level
            style_id = _value(node, "w:basedOn")
        return ParagraphKind(heading, "" if number_id == "0" else number_id, level)


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _named_heading(name: str) -> int | None:
    """Built-in styles keep their English names in every language version of Word."""
    match = _HEADING.fullmatch(name)
    if match:
        return int(match.group(1))
    return 0 if name.lower() == "title" else None


def _own_kind(properties: Any) -> ParagraphKind:
    if properties is None:
        return ParagraphKind()
    outline = _value(properties, "w:outlineLvl")
    heading = int(outline) + 1 if outline.isdigit() and int(outline) < 9 else None
    numbers = properties.find(qn("w:numPr"))
    if numbers is None:
        return ParagraphKind(heading)
    level = _value(numbers, "w:ilvl")
    return ParagraphKind(heading, _value(numbers, "w:numId"), min(int(level), 8) if level.isdigit() else 0)


def _value(node: Any, name: str) -> str:
    found = node.find(qn(name))
    return str(found.get(_VAL, "")) if found is not None else ""
