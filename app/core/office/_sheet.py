"""Reads XLSX and ODS through calamine: values as the sheet shows them, a passage for each sheet or each 40 rows of it. Used by _reading."""

import datetime
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from lxml import etree
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.core.office._blocks import Cell, Draft, Extract, Paragraph, Table, plain, text_cell
from app.core.office._number_formats import Place, formatted, ods_texts, xlsx_codes
from app.core.office._sections import slug
from app.core.office._titles import meaningful_title

ROWS_IN_PASSAGE = 40
_WORDS_IN_PASSAGE = 400
_MAX_ROWS = 200_000
_MAX_COLUMNS = 256
_HEADER_SEARCH = 10
_NUMBER = re.compile(r"[-+(]?[$€£¥]?\s?-?\d[\d.,]*\s?(?:%|[$€£¥]|[^\W\d_]{1,3})?\)?")
_DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"

NumberedRow = tuple[int, list[str]]
Shows = Callable[[Place, float], str | None]


def read_xlsx(stream: BinaryIO) -> Extract:
    """Passages by sheet."""
    return _read(stream, "docProps/core.xml", _shown_in_xlsx)


def read_ods(stream: BinaryIO) -> Extract:
    """Passages by sheet."""
    return _read(stream, "meta.xml", _shown_in_ods)


def _shows(look: Callable[[BinaryIO, str], Shows], stream: BinaryIO, sheet_name: str) -> Shows:
    """How the sheet shows its numbers. Formats that cannot be read are no reason to lose the values."""
    try:
        return look(stream, sheet_name)
    except (ValueError, KeyError, etree.XMLSyntaxError):
        return lambda place, value: None


def _shown_in_xlsx(stream: BinaryIO, sheet_name: str) -> Shows:
    codes = xlsx_codes(stream, sheet_name)
    return lambda place, value: formatted(value, codes[place]) if place in codes else None


def _shown_in_ods(stream: BinaryIO, sheet_name: str) -> Shows:
    texts = ods_texts(stream, sheet_name)
    return lambda place, _: texts.get(place)


def _read(stream: BinaryIO, properties: str, look: Callable[[BinaryIO, str], Shows]) -> Extract:
    extract = Extract(_stored_title(stream, properties), unit_word="sheet")
    stream.seek(0)
    book = CalamineWorkbook.from_filelike(stream)
    hidden = 0
    for sheet in book.sheets_metadata:
        if sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        if sheet.visible != SheetVisibleEnum.Visible:
            hidden += 1
            continue
        extract.unit_count += 1
        extract.drafts += sheet_drafts(
            f"sheet-{slug(sheet.name)}", f"Sheet {sheet.name}", (sheet.name,), _rows(book, sheet.name, _shows(look, stream, sheet.name))
        )
    if hidden:
        extract.remarks.append(f"{hidden} hidden sheet{'' if hidden == 1 else 's'} left out")
    return extract


def _stored_title(stream: BinaryIO, part: str) -> str:
    with zipfile.ZipFile(stream) as archive:
        if part not in archive.namelist():
            return ""
        root = etree.fromstring(archive.read(part), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    return meaningful_title(root.findtext(f".//{_DC_TITLE}") or "")


def _rows(book: Any, name: str, shows: Shows) -> Iterator[NumberedRow]:
    """Rows with content as text, numbered as the sheet numbers them."""
    sheet = book.get_sheet_by_name(name)
    left = sheet.start[1] if sheet.start else 0  # rows come from the first of the sheet on, columns from the first in use
    for at, row in enumerate(islice(sheet.iter_rows(), _MAX_ROWS)):
        cells = [_cell(value, (at, column), shows) for column, value in enumerate(row[:_MAX_COLUMNS], start=left)]
        if any(cells):
            yield at + 1, cells


def _cell(value: object, place: Place, shows: Shows) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return shows(place, value) or shown(value)
    return shown(value)


def shown(value: object) -> str:
    """A cell as a person reads it: dates in ISO form without an empty time, numbers without float noise."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.10g}" if abs(value) < 1e10 or value % 1 else f"{value:.0f}"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
    if isinstance(value, datetime.time):
        return value.isoformat("minutes")
    return str(value).strip()


def sheet_drafts(anchor: str, label: str, path: tuple[str, ...], rows: Iterable[NumberedRow]) -> list[Draft]:
    """Passages of about 40 rows, each with the header row on top; without anchor and label they are named by rows alone."""
    preface, header, body = _parted(_without_empty_columns(list(rows)))
    chunks = _chunks(body) or ([[]] if header or preface else [])
    drafts: list[Draft] = []
    for at, chunk in enumerate(chunks):
        opening = [Paragraph(plain(" ".join(filter(None, row)))) for _, row in preface] if at == 0 else []
        table = Table(tuple(_cells(row, bold=False) for _, row in chunk))
        if header:
            table = Table((_cells(header[1], bold=True), *table.rows), header=True)
        opened_by = preface or ([header] if header else []) if at == 0 else []
        own_anchor, own_label = _named(anchor, label, [*opened_by, *chunk], len(chunks), at)
        drafts.append(Draft(own_anchor, own_label, path, (*opening, table)))
    return drafts


def _named(anchor: str, label: str, rows_in: list[NumberedRow], count: int, at: int) -> tuple[str, str]:
    if anchor and count == 1:
        return anchor, label
    first, last = rows_in[0][0], rows_in[-1][0]
    rows = f"rows {first} to {last}" if last > first else f"row {first}"
    if not anchor:
        return f"rows-{first}", rows.capitalize()
    return (f"{anchor}-rows-{first}" if at else anchor), f"{label}, {rows}"


def _cells(row: list[str], bold: bool) -> tuple[Cell, ...]:
    return tuple(text_cell(cell, bold) for cell in row)


def _without_empty_columns(rows: list[NumberedRow]) -> list[NumberedRow]:
    used = sorted({at for _, row in rows for at, cell in enumerate(row) if cell})
    return [(number, [row[at] if at < len(row) else "" for at in used]) for number, row in rows]


def _parted(rows: list[NumberedRow]) -> tuple[list[NumberedRow], NumberedRow | None, list[NumberedRow]]:
    """Title lines, header row, the rest. The header is an early row of words which fills at least half of the columns."""
    width = max((len(row) for _, row in rows), default=0)
    for at, (_, row) in enumerate(rows[:_HEADER_SEARCH]):
        filled = [cell for cell in row if cell]
        if len(filled) >= 2 and 2 * len(filled) >= width:
            if any(_NUMBER.fullmatch(cell) for cell in filled) or at + 1 == len(rows):
                break
            return rows[:at], rows[at], rows[at + 1 :]
    return [], None, rows


def _chunks(rows: list[NumberedRow]) -> list[list[NumberedRow]]:
    chunks: list[list[NumberedRow]] = []
    words = 0
    for row in rows:
        size = sum(len(cell.split()) for cell in row[1])
        if not chunks or len(chunks[-1]) == ROWS_IN_PASSAGE or words + size > _WORDS_IN_PASSAGE:
            chunks.append([])
            words = 0
        chunks[-1].append(row)
        words += size
    return chunks
