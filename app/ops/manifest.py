"""Reads the manifest of an import however a spreadsheet saved it: UTF-8, UTF-16 or Western Windows, commas, semicolons or tabs."""

import codecs
import csv
import io
from pathlib import Path

from app.core.errors import Refused

DELIMITERS = ",;\t"
Row = dict[str, str]
HOW = "It needs a first line with the names of its columns, then one line for each file. Nothing was imported."


def read_manifest(path: Path) -> list[Row]:
    """Its rows without empty ones; raises Refused with what is wrong when it is no table, or one without a row."""
    try:
        text = _decoded(path.read_bytes())
    except UnicodeDecodeError:
        told = f"{path.name} is no text. Save the table as CSV (in a spreadsheet: “CSV UTF-8”), then import that. Nothing was imported."
        raise Refused(told) from None
    if not text.strip():
        raise Refused(f"{path.name} is empty. {HOW}")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as problem:
        raise Refused(f"{path.name} cannot be read as CSV: {problem}. {HOW}") from problem
    names, *rows = [[cell.strip() for cell in line] for line in lines if any(cell.strip() for cell in line)]
    if not rows:
        raise Refused(f"{path.name} names no file. {HOW}")
    return [dict(zip(names, row, strict=False)) for row in rows]


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    if b"\0" in content:
        raise UnicodeDecodeError("cp1252", content, 0, 1, "a workbook, a picture or the like")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _delimiter(text: str) -> str:
    """The one that parts the most names in the first line that has any."""
    first = next(line for line in text.splitlines() if line.strip())
    return max(DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark))))
