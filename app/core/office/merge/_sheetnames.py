"""Names of SpreadsheetML, and how it names cells."""

import re
from dataclasses import dataclass

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_AREA = re.compile(r"(?:'((?:[^']|'')+)'|([^'!\s:(),]+))!(\$?[A-Za-z]{1,3}\$?\d{1,7})(?::(\$?[A-Za-z]{1,3}\$?\d{1,7}))?")


def s(name: str) -> str:
    """The qualified name of an element."""
    return S + name


@dataclass(frozen=True)
class Area:
    """Cells of a sheet, from and to by column and row (from 1)."""

    sheet: str
    first: tuple[int, int]
    last: tuple[int, int]

    @property
    def is_one_cell(self) -> bool:
        return self.first == self.last


def cell_at(reference: str) -> tuple[int, int] | None:
    """Column and row of "B4" or "$B$4"."""
    found = _CELL.fullmatch(reference)
    return (column_number(found.group(1)), int(found.group(2))) if found else None


def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def cell_name(column: int, row: int) -> str:
    """ "B4" for column 2, row 4."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def area_of(formula: str) -> Area | None:
    """The cells a reference like 'My sheet'!$B$2:$B$5 names; None for anything else."""
    found = _AREA.fullmatch(formula.strip().lstrip("="))
    if found is None:
        return None
    first = cell_at(found.group(3))
    last = cell_at(found.group(4) or found.group(3))
    if first is None or last is None:
        return None
    return Area((found.group(1) or found.group(2)).replace("''", "'"), first, last)
