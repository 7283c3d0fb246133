"""Rows as CSV text that no spreadsheet takes for formulas; used by exports."""

import csv
import io
from collections.abc import Iterable

# A spreadsheet runs what begins with these; an apostrophe in front makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def plain_cell(value: object) -> str:
    """The cell's text, made harmless when a spreadsheet would take it for a formula."""
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """These rows, each ended by CR LF as RFC 4180 has it."""
    written = io.StringIO()
    csv.writer(written).writerows([plain_cell(cell) for cell in row] for row in rows)
    return written.getvalue()
