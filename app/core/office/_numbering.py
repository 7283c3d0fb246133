"""Counts Word's automatic numbers ("2.1", "c)"), which stand nowhere in the text. Used by the DOCX reader."""

import re
from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

_VAL = qn("w:val")
_PLACE = re.compile(r"%([1-9])")
_UNMARKED = frozenset({"bullet", "none"})
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands before a list entry; `text` is "" for bullets."""

    ordered: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Level:
    style: str
    pattern: str
    start: int


class Numbering:
    """The lists of one document and how far each has counted."""

    def __init__(self, root: Any) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._abstract_of: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._restarts: dict[str, dict[int, int]] = {}
        if root is None:
            return
        for abstract in root.iter(qn("w:abstractNum")):
            self._levels[abstract.get(qn("w:abstractNumId"), "")] = _levels_of(abstract)
        for number in root.iter(qn("w:num")):
            number_id = number.get(qn("w:numId"), "")
            self._abstract_of[number_id] = _value(number, "w:abstractNumId")
            self._restarts[number_id] = _restarts_of(number)

    def mark_of(self, number_id: str, level: int) -> Mark | None:
        """The next mark at this level of the list, None for an unknown list. Each call counts."""
        abstract = self._abstract_of.get(number_id)
        if abstract is None:
            return None
        levels = self._levels.get(abstract, {})
        own = levels.get(level)
        if own is None or own.style in _UNMARKED:
            return Mark(ordered=False)
        counts = self._counted(abstract, number_id, level, levels)
        text = _PLACE.sub(lambda match: self._shown(levels, counts, int(match.group(1)) - 1), own.pattern)
        return Mark(ordered=True, text=text.strip())

    def _counted(self, abstract: str, number_id: str, level: int, levels: dict[int, _Level]) -> dict[int, int]:
        counts = self._counts.setdefault(abstract, {})
        for over, start in self._restarts.pop(number_id, {}).items():
            counts[over] = start - 1
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [held for held in counts if held > level]:
            del counts[deeper]
        return counts

    @staticmethod
    def _shown(levels: dict[int, _Level], counts: dict[int, int], level: int) -> str:
        found = levels.get(level)
        number = counts.get(level, found.start if found else 1)
        return _formatted(number, found.style if found else "decimal")


def _levels_of(abstract: Any) -> dict[int, _Level]:
    found: dict[int, _Level] = {}
    for node in abstract.iter(qn("w:lvl")):
        start, style = _value(node, "w:start"), _value(node, "w:numFmt") or "decimal"
        place = node.get(qn("w:ilvl"), "0")
        if place.isdigit():
            found[int(place)] = _Level(style, _value(node, "w:lvlText"), int(start) if start.isdigit() else 1)
    return found


def _restarts_of(number: Any) -> dict[int, int]:
    found: dict[int, int] = {}
    for node in number.iter(qn("w:lvlOverride")):
        start, place = _value(node, "w:startOverride"), node.get(qn("w:ilvl"), "")
        if start.isdigit() and place.isdigit():
            found[int(place)] = int(start)
    return found


def _formatted(number: int, style: str) -> str:
    if style in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 5)
        return letter.upper() if style == "upperLetter" else letter
    if style in ("lowerRoman", "upperRoman"):
        return _roman(number).upper() if style == "upperRoman" else _roman(number)
    return f"{number:02d}" if style == "decimalZero" else str(number)


def _roman(number: int) -> str:
    parts: list[str] = []
    rest = min(max(number, 0), 3999)
    for value, sign in _ROMAN:
        times, rest = divmod(rest, value)
        parts.append(sign * times)
    return "".join(parts)


def _value(node: Any, name: str) -> str:
    found = node.find(qn(name))
    return str(found.get(_VAL, "")) if found is not None else ""
