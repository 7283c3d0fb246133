"""Number formats of cells, and the style that keeps a text from being taken for a formula. Used by _book."""

import copy
import re
from typing import Any

from app.core.csvout import FORMULA_STARTS
from app.core.office.merge._sheetnames import s

_BUILT_IN = {
    9: "percent",
    10: "percent",
    **dict.fromkeys((14, 15, 16, 17, 22), "date"),
    **dict.fromkeys((5, 6, 7, 8, 37, 38, 39, 40, 44), "money"),
}
_LITERAL = re.compile(r'"[^"]*"|\\.|\[(?!\$)[^\]]*\]|_.|\*.')
_CURRENCY = re.compile(r"\[\$[^\]-]|[€$£¥]|(?:EUR|USD|GBP|CHF|JPY)")


def starts_a_formula(text: str) -> bool:
    """Whether a spreadsheet would run this text once somebody edits its cell."""
    return text.lstrip(" ").startswith(FORMULA_STARTS)


class Styles:
    """The cell formats of a workbook; `changed` once one was added."""

    def __init__(self, root: Any) -> None:
        self._formats = root.find(s("cellXfs")) if root is not None else None
        self._codes = (
            {int(one.get("numFmtId", "0")): one.get("formatCode", "") for one in root.iter(s("numFmt"))} if root is not None else {}
        )
        self._made: dict[tuple[int, str, str], int] = {}
        self.changed = False

    def kind_of(self, style: int) -> str:
        """What a cell of this style holds: date, percent, money or number; "" for the general format and text."""
        number = self._format_id(style)
        if number in _BUILT_IN:
            return _BUILT_IN[number]
        code = self._codes.get(number, "0" if 1 <= number <= 4 else "")
        bare = _LITERAL.sub("", code)
        if not code or code == "General" or "@" in bare:
            return ""
        if "%" in bare:
            return "percent"
        if _CURRENCY.search(code):
            return "money"
        return "date" if re.search(r"[dy]|m{3}", re.sub(r"\[\$[^\]]*\]", "", bare), re.IGNORECASE) else "number"

    def quoted(self, style: int) -> int:
        """The same look for a cell whose text is only text, whatever it begins with."""
        return self._like(style, "quotePrefix", "1")

    def formatted(self, style: int, number_format: int) -> int:
        """The same look with one of Excel's own number formats."""
        return self._like(style, "numFmtId", str(number_format))

    def _like(self, style: int, attribute: str, value: str) -> int:
        if self._formats is None or style >= len(self._formats):
            return style
        if (style, attribute, value) not in self._made:
            fresh = copy.deepcopy(self._formats[style])
            fresh.set(attribute, value)
            if attribute == "numFmtId":
                fresh.set("applyNumberFormat", "1")
            self._formats.append(fresh)
            self._formats.set("count", str(len(self._formats)))
            self._made[style, attribute, value] = len(self._formats) - 1
            self.changed = True
        return self._made[style, attribute, value]

    def _format_id(self, style: int) -> int:
        if self._formats is None or style >= len(self._formats):
            return 0
        return int(self._formats[style].get("numFmtId", "0") or 0)
