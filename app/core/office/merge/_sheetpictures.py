"""A picture at the place of a field that is a cell: anchored there, with a row as high as it. Used by _cells."""

from typing import Any

from lxml import etree

from app.core.office.merge._book import Book
from app.core.office.merge._pictures import EMU_PER_CM, EMU_PER_PIXEL, Pictures
from app.core.office.merge._sheetnames import area_of, s
from app.core.office.merge._text import clean
from app.core.office.merge.package import REL_EMBED, REL_ID
from app.core.office.merge.values import Value

_EMU_PER_POINT = 12_700
_WIDTH, _HEIGHT, _PIXELS_PER_LETTER, _PADDING = 8.43, 15.0, 7, 5
_NARROWEST, _LOWEST = 4 * EMU_PER_CM, 3 * EMU_PER_CM // 2
_HIGHEST_ROW = 409.0  # points; Excel takes no more
_XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
_EMPTY = (
    '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"/>'
)
_ANCHOR = """<xdr:oneCellAnchor xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:from><xdr:col/><xdr:colOff>0</xdr:colOff><xdr:row/>
<xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:ext/><xdr:pic><xdr:nvPicPr><xdr:cNvPr/>
<xdr:cNvPicPr><a:picLocks noChangeAspect="1"/></xdr:cNvPicPr></xdr:nvPicPr>
<xdr:blipFill><a:blip/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill><xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext/></a:xfrm>
<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr></xdr:pic><xdr:clientData/></xdr:oneCellAnchor>"""
# What follows the drawing in a sheet.
_AFTER = ("legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst")
_PARSER = etree.XMLParser(remove_blank_text=True)


def anchor_picture(book: Book, sheet: str, at: tuple[int, int], value: Value) -> None:
    """Show a picture at a cell, no larger than on a screen, within its merged cells or the least that can be made out."""
    drawing = _drawing_of(book, sheet)
    taken = Pictures(book.package, drawing).take(value.picture)
    width, height = _room(book, sheet, at)
    size = taken.within(max(width, _NARROWEST), max(height, _LOWEST))
    root = book.package.root(drawing)
    number = 1 + max((int(one.get("id", "0") or 0) for one in root.iter(f"{_XDR}cNvPr")), default=0)
    anchor: Any = etree.fromstring(_ANCHOR, _PARSER)
    anchor.find(f".//{_XDR}col").text, anchor.find(f".//{_XDR}row").text = (str(one - 1) for one in at)
    for extent in (anchor.find(f"{_XDR}ext"), anchor.find(f".//{_A}ext")):
        extent.attrib.update({"cx": str(size[0]), "cy": str(size[1])})
    anchor.find(f".//{_XDR}cNvPr").attrib.update({"id": str(number), "name": f"Picture {number}", "descr": clean(value.words)})
    anchor.find(f".//{_A}blip").set(REL_EMBED, taken.rel_id)
    root.append(anchor)
    book.package.touch(drawing)
    if size[1] > height:
        book.raise_row(sheet, at[1], min(_HIGHEST_ROW, _row_height(book, sheet, at[1]) + (size[1] - height) / _EMU_PER_POINT))


def _drawing_of(book: Book, sheet: str) -> str:
    """The part with what is drawn on a sheet, made if there is none."""
    package, part = book.package, book.sheets[sheet]
    found = package.related(part, "drawing")
    if found:
        return found[0]
    name, rel_id = package.add_part(part, "drawing", "xl/drawings/fields{0}.xml", _EMPTY.encode(), _DRAWING_TYPE)
    root = package.root(part)
    holder = root.makeelement(s("drawing"))
    holder.set(REL_ID, rel_id)
    following = next((one for one in root if one.tag in [s(after) for after in _AFTER]), None)
    if following is None:
        root.append(holder)
    else:
        following.addprevious(holder)
    book.touch(sheet)
    return name


def _room(book: Book, sheet: str, at: tuple[int, int]) -> tuple[int, int]:
    """Width and height of a cell, or of the cells merged into it, in EMU."""
    first, last = at, at
    for merged in book.package.root(book.sheets[sheet]).iter(s("mergeCell")):
        area = area_of(f"Sheet!{merged.get('ref', '')}")
        if area is not None and area.first == at:
            last = area.last
    width = sum(_column_width(book, sheet, one) * _PIXELS_PER_LETTER + _PADDING for one in range(first[0], last[0] + 1))
    height = sum(_row_height(book, sheet, one) for one in range(first[1], last[1] + 1))
    return round(width * EMU_PER_PIXEL), round(height * _EMU_PER_POINT)


def _column_width(book: Book, sheet: str, column: int) -> float:
    for one in book.package.root(book.sheets[sheet]).iter(s("col")):
        if int(one.get("min", "0")) <= column <= int(one.get("max", "0")) and one.get("width"):
            return float(one.get("width"))
    return float(_format(book, sheet).get("defaultColWidth", _WIDTH))


def _row_height(book: Book, sheet: str, row: int) -> float:
    for one in book.package.root(book.sheets[sheet]).iter(s("row")):
        if one.get("r") == str(row) and one.get("ht"):
            return float(one.get("ht"))
    return float(_format(book, sheet).get("defaultRowHeight", _HEIGHT))


def _format(book: Book, sheet: str) -> Any:
    found = book.package.root(book.sheets[sheet]).find(s("sheetFormatPr"))
    return {} if found is None else found.attrib
