"""Numbers as a spreadsheet shows them: 1.3054 under the format "0%" is 131%. Which cell has which format, and what that makes of a value.

Used by _sheet. What is not understood (fractions, conditions, scaling) gives nothing, and the stored value is shown.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from posixpath import join, normpath
from typing import IO, BinaryIO

from lxml import etree

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_T = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_O = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_P = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p"
# Formats every workbook has without listing them (ECMA-376 part 1, 18.8.30); those of dates are left to the reader of values.
_BUILT_IN = {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)"} | {
    39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)",
}
_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|[_*].|\[\$([^\]-]*)[^\]]*\]|\[(?:Black|Blue|Cyan|Green|Magenta|Red|White|Yellow|Color ?\d+)\]', re.IGNORECASE
)
_SECTION = re.compile(r"([^#0?]*)([#0?][#0?,]*)(?:\.([#0?]+))?([^#0?]*)")
_SECTION_END = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_LITERAL = re.compile(r"[-+()%\s€$£¥]*")
_MOST_BYTES = 32 * 1024**2  # of a sheet's XML; the values of a larger one are shown as they are stored
_MOST_REPEATED = 1024  # a format repeated further fills the sheet's empty end
_NUMERIC_TYPES = frozenset({"float", "percentage", "currency"})

Place = tuple[int, int]
"""Row and column, both from 0."""


def formatted(value: float, code: str) -> str | None:
    """The value under this format code, or None where the code is not one of plain numbers, percentages or amounts of money."""
    sections = _SECTION_END.split(code)
    is_negative = value < 0 and len(sections) > 1
    literals: list[str] = []
    bare = _TOKEN.sub(lambda found: _kept(found, literals), sections[1] if is_negative else sections[0])
    parts = _SECTION.fullmatch(bare)
    if (
        parts is None
        or parts[2].endswith(",")
        or parts[2].startswith("00")
        or not all(_LITERAL.fullmatch(re.sub(r"\x00", "", parts[at])) for at in (1, 4))
    ):
        return None
    decimals = parts[3] or ""
    scaled = (abs(value) if is_negative else value) * (100 if "%" in bare else 1)
    digits = f"{scaled:{',' if ',' in parts[2] else ''}.{len(decimals)}f}"
    optional = len(decimals) - len(decimals.rstrip("#?"))
    while optional and digits.endswith("0"):
        digits, optional = digits[:-1], optional - 1
    whole = f"{parts[1]}{digits.rstrip('.')}{parts[4]}"
    texts = iter(literals)
    return " ".join(re.sub(r"\x00", lambda _: next(texts), whole).split())


def _kept(found: re.Match[str], literals: list[str]) -> str:
    """Text in quotes or after a backslash, and signs of money, stay in their places; colours and paddings go."""
    text = found[1] or found[2] or found[3]
    if not text:
        return ""
    literals.append(text)
    return "\x00"


def xlsx_codes(stream: BinaryIO, sheet_name: str) -> Mapping[Place, str]:
    """Format codes of a sheet's number cells, as far as they say more than the value."""
    with zipfile.ZipFile(stream) as archive:
        names = set(archive.namelist())
        part = _sheet_part(archive, names, sheet_name)
        if part not in names or "xl/styles.xml" not in names or archive.getinfo(part).file_size > _MOST_BYTES:
            return {}
        codes = _codes(_root(archive, "xl/styles.xml"))
        with archive.open(part) as content:
            return {place: codes[style] for place, style in _styled(content) if style in codes}


def ods_texts(stream: BinaryIO, sheet_name: str) -> Mapping[Place, str]:
    """What a sheet's number cells show; an ODS file says it beside each value."""
    with zipfile.ZipFile(stream) as archive:
        if archive.getinfo("content.xml").file_size > _MOST_BYTES:
            return {}
        root = _root(archive, "content.xml")
    table = next((one for one in root.iter(f"{_T}table") if one.get(f"{_T}name") == sheet_name), None)
    texts: dict[Place, str] = {}
    row_at = 0
    for row in table.iter(f"{_T}table-row") if table is not None else ():
        rows = int(row.get(f"{_T}number-rows-repeated", "1"))
        for column, text in _texts(row):
            texts.update({(row_at + down, column): text for down in range(min(rows, _MOST_REPEATED))})
        row_at += rows
    return texts


def _texts(row: etree._Element) -> Iterator[tuple[int, str]]:
    column = 0
    for cell in row.iterchildren(f"{_T}table-cell", f"{_T}covered-table-cell"):
        repeated = int(cell.get(f"{_T}number-columns-repeated", "1"))
        text = " ".join("".join(line.itertext()) for line in cell.iterchildren(_P)).strip()
        if text and cell.get(f"{_O}value-type") in _NUMERIC_TYPES:
            yield from ((column + right, text) for right in range(min(repeated, _MOST_REPEATED)))
        column += repeated


def _sheet_part(archive: zipfile.ZipFile, names: set[str], sheet_name: str) -> str:
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return ""
    targets = {one.get("Id"): one.get("Target", "") for one in _root(archive, "xl/_rels/workbook.xml.rels")}
    ids = {one.get("name"): one.get(_R) for one in _root(archive, "xl/workbook.xml").iter(f"{_S}sheet")}
    return normpath(join("/xl", targets.get(ids.get(sheet_name), ""))).lstrip("/")


def _codes(styles: etree._Element) -> dict[int, str]:
    """Format code by the number of a cell style, for styles that say more than the value."""
    own = {int(one.get("numFmtId", "0")): one.get("formatCode", "") for one in styles.iter(f"{_S}numFmt")}
    known = _BUILT_IN | own
    used = [int(one.get("numFmtId", "0")) for one in styles.iterfind(f"{_S}cellXfs/{_S}xf")]
    return {style: known[number] for style, number in enumerate(used) if number in known}


def _styled(content: IO[bytes]) -> Iterator[tuple[Place, int]]:
    for _, cell in etree.iterparse(content, tag=f"{_S}c", resolve_entities=False, no_network=True, huge_tree=False):
        place, style = _place(cell.get("r", "")), cell.get("s", "0")
        if place is not None and style.isdigit() and cell.get("t", "n") == "n":
            yield place, int(style)
        cell.clear()


def _place(reference: str) -> Place | None:
    parts = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", reference)
    if parts is None:
        return None
    column = 0
    for letter in parts[1]:
        column = column * 26 + ord(letter) - 64
    return int(parts[2]) - 1, column - 1


def _root(archive: zipfile.ZipFile, part: str) -> etree._Element:
    return etree.fromstring(archive.read(part), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
