"""Reads plain text and CSV. Used by _reading."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from app.core.office._blocks import Block, Extract, Paragraph, plain
from app.core.office._encoding import decoded
from app.core.office._sections import document_extract
from app.core.office._sheet import sheet_drafts

_BLANK_LINE = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_LONG_LINE = 120
_MAX_ROWS = 200_000
_MAX_COLUMNS = 256
_FIELD_LIMIT = 1_000_000


def read_text(stream: BinaryIO) -> Extract:
    """Paragraphs parted by blank lines; in a file without any, each line is one."""
    text = decoded(stream.read()).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    return document_extract("", paragraphs_of(text))


def paragraphs_of(text: str) -> Iterator[Block]:
    """Paragraphs parted by blank lines; long lines are paragraphs by themselves."""
    for stretch in _BLANK_LINE.split(text.strip()):
        lines = stretch.split("\n")
        if len(lines) > 1 and max(map(len, lines)) > _LONG_LINE:
            yield from (Paragraph(plain(line)) for line in lines if line.strip())
        elif stretch.strip():
            yield Paragraph(plain(stretch))


def read_csv(stream: BinaryIO) -> Extract:
    """Passages of about 40 rows with the header row on top; comma, semicolon, tab and bar are told apart."""
    csv.field_size_limit(_FIELD_LIMIT)
    text = decoded(stream.read())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    rows = [
        (number, [cell.strip() for cell in row[:_MAX_COLUMNS]])
        for number, row in enumerate(islice(reader, _MAX_ROWS), start=1)
        if any(cell.strip() for cell in row)
    ]
    return Extract("", sheet_drafts("", "", (), rows), len(rows), "row")


def _delimiter(text: str) -> str:
    """The candidate which parts each of the first lines into the most cells, then all of them together."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:20]
    counts = {mark: [line.count(mark) for line in lines] for mark in ",;\t|"}
    return max(counts, key=lambda mark: (min(counts[mark], default=0), sum(counts[mark])))
