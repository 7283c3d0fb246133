"""Reads tables however a spreadsheet saved them: UTF-8, UTF-16 or Western Windows, commas, semicolons or tabs. Used by imports."""

import codecs
import csv
import io

DELIMITERS = ",;\t"


class NoTable(Exception):
    """These bytes are no table; the message ends a sentence about the file: "is empty", "is no text"."""


def read_lines(content: bytes) -> list[list[str]]:
    """The lines that say anything, cell by cell, without the spaces around cells; raises NoTable."""
    return [cells for _, cells in read_numbered(content)]


def read_numbered(content: bytes) -> list[tuple[int, list[str]]]:
    """The same, each with the number of the line of the file it ends on."""
    try:
        text = text_of(content)
    except UnicodeDecodeError:
        raise NoTable("is no text. Save the table as CSV (in a spreadsheet: “CSV UTF-8”), then import that") from None
    if not text.strip():
        raise NoTable("is empty")
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        lines = [(reader.line_num, [cell.strip() for cell in line]) for line in reader]
    except csv.Error as problem:
        raise NoTable(f"cannot be read as CSV: {problem}") from problem
    return [(number, cells) for number, cells in lines if any(cells)]


def text_of(content: bytes) -> str:
    """The bytes as text; raises UnicodeDecodeError when they are none."""
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
