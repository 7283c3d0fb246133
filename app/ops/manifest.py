"""Reads the manifest of an import: a table with a line for each file."""

from pathlib import Path

from app.core.csvin import NoTable, read_lines
from app.core.errors import Refused

Row = dict[str, str]
HOW = "It needs a first line with the names of its columns, then one line for each file. Nothing was imported."


def read_manifest(path: Path) -> list[Row]:
    """Its rows without empty ones; raises Refused with what is wrong when it is no table, or one without a row."""
    try:
        names, *rows = read_lines(path.read_bytes())
    except NoTable as problem:
        raise Refused(f"{path.name} {problem}. {HOW}") from problem
    if not rows:
        raise Refused(f"{path.name} names no file. {HOW}")
    return [dict(zip(names, row, strict=False)) for row in rows]
