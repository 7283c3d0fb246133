"""Works out the spreadsheet formulas of the demo calculators, so that the files carry values as well; used by sheet.py."""

import operator
import re
from collections.abc import Callable, Mapping

from openpyxl.utils import column_index_from_string, get_column_letter

Value = str | int | float | bool
Place = tuple[str, str]

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+\.?\d*)|"(?P<text>[^"]*)"|(?P<name>[A-Z]+)\(|
    (?:(?:'(?P<quoted>[^']+)'|(?P<sheet>[A-Za-z_]\w*))!)?(?P<cell>\$?[A-Z]{1,2}\$?\d+)(?::(?P<last>\$?[A-Z]{1,2}\$?\d+))?|
    (?P<mark><=|>=|<>|[-+*/^&=<>(),]))""",
    re.VERBOSE,
)
_LEVELS: tuple[dict[str, Callable[[Value, Value], Value]], ...] = (
    {"=": operator.eq, "<>": operator.ne, "<": lambda a, b: number(a) < number(b), ">": lambda a, b: number(a) > number(b),
     "<=": lambda a, b: number(a) <= number(b), ">=": lambda a, b: number(a) >= number(b)},
    {"&": lambda a, b: f"{a}{b}"},
    {"+": lambda a, b: number(a) + number(b), "-": lambda a, b: number(a) - number(b)},
    {"*": lambda a, b: number(a) * number(b), "/": lambda a, b: number(a) / number(b)},
    {"^": lambda a, b: number(a) ** number(b)},
)  # fmt: skip


def number(value: Value) -> float:
    """An empty cell counts as nought, as in a spreadsheet."""
    return 0.0 if value == "" else float(value)


def _numbers(values: list[Value]) -> list[float]:
    return [float(value) for value in values if not isinstance(value, str)]


def _round_half_up(values: list[Value]) -> Value:
    """Spreadsheets round halves away from zero, Python to even."""
    scale = 10 ** int(number(values[1]))
    amount = number(values[0]) * scale
    return float(int(amount + (0.5 if amount >= 0 else -0.5)) / scale)


_FUNCTIONS: dict[str, Callable[[list[Value]], Value]] = {
    "SUM": lambda values: sum(_numbers(values)),
    "AVERAGE": lambda values: sum(_numbers(values)) / len(_numbers(values)),
    "MIN": lambda values: min(_numbers(values)),
    "MAX": lambda values: max(_numbers(values)),
    "COUNT": lambda values: len(_numbers(values)),
    "ROUND": _round_half_up,
    "IF": lambda values: values[1] if values[0] else values[2],
}


class Workbook:
    """Values of all cells of one workbook; a formula is worked out when its value is first asked for."""

    def __init__(self, cells: Mapping[Place, Value]) -> None:
        self._cells = cells
        self._known: dict[Place, Value] = {}

    def value(self, sheet: str, cell: str) -> Value:
        """Value of one cell; an empty cell gives empty text. A formula outside the supported grammar raises ValueError."""
        place = (sheet, cell.replace("$", ""))
        if place not in self._known:
            content = self._cells.get(place, "")
            is_formula = isinstance(content, str) and content.startswith("=")
            self._known[place] = _Formula(self, sheet, str(content)[1:]).result() if is_formula else content
        return self._known[place]

    def values(self, sheet: str, first: str, last: str) -> list[Value]:
        """Values of a range, row by row."""
        (left, top), (right, bottom) = split_place(first), split_place(last)
        return [
            self.value(sheet, f"{get_column_letter(column)}{row}") for row in range(top, bottom + 1) for column in range(left, right + 1)
        ]


def split_place(cell: str) -> tuple[int, int]:
    """Column and row, both counted from 1, of a cell's name such as B7 or $B$7."""
    plain = cell.replace("$", "")
    letters = plain.rstrip("0123456789")
    return column_index_from_string(letters), int(plain[len(letters) :])


class _Formula:
    """One formula, read from left to right by order of operations."""

    def __init__(self, workbook: Workbook, sheet: str, text: str) -> None:
        self._workbook = workbook
        self._sheet = sheet
        self._text = text
        self._tokens = list(self._read(text))
        self._at = 0

    def _read(self, text: str) -> list[re.Match[str]]:
        found, at = [], 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ValueError(f"The formula ={text} cannot be read from character {at + 1} on.")
            found.append(match)
            at = match.end()
        return found

    def result(self) -> Value:
        outcome = self._level(0)[0]
        if self._at != len(self._tokens):
            raise ValueError(f"The formula ={self._text} has something left over.")
        return outcome

    def _mark(self) -> str:
        return (self._tokens[self._at]["mark"] or "") if self._at < len(self._tokens) else ""

    def _take(self) -> re.Match[str]:
        if self._at >= len(self._tokens):
            raise ValueError(f"The formula ={self._text} ends too early.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _level(self, depth: int) -> list[Value]:
        """Values at one level of the order of operations: a range gives many, anything worked out gives one."""
        if depth == len(_LEVELS):
            return self._part()
        left = self._level(depth + 1)
        while self._mark() in _LEVELS[depth]:
            work = _LEVELS[depth][self._take()["mark"]]
            left = [work(left[0], self._level(depth + 1)[0])]
        return left

    def _part(self) -> list[Value]:
        token = self._take()
        if token["number"]:
            return [float(token["number"])]
        if token["text"] is not None:
            return [token["text"]]
        if token["name"]:
            return [_FUNCTIONS[token["name"]](self._arguments())]
        if token["cell"]:
            return self._referred(token)
        if token["mark"] == "-":
            return [-number(self._part()[0])]
        inside = self._level(0)
        self._take()
        return inside

    def _arguments(self) -> list[Value]:
        gathered = self._level(0)
        while self._take()["mark"] == ",":
            gathered = gathered + self._level(0)
        return gathered

    def _referred(self, token: re.Match[str]) -> list[Value]:
        sheet = token["quoted"] or token["sheet"] or self._sheet
        if token["last"]:
            return self._workbook.values(sheet, token["cell"], token["last"])
        return [self._workbook.value(sheet, token["cell"])]
