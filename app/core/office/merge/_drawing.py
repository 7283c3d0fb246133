"""Named fields in drawings: shapes, tables, groups, notes, SmartArt and chart titles of any OOXML package. Used by child."""

import copy
from typing import Any

from app.core.office.merge._marks import find_marks
from app.core.office.merge._notes import Notes
from app.core.office.merge._pictures import Pictures
from app.core.office.merge._slidepictures import place_pictures
from app.core.office.merge._structure import Dialect, fill_lines, note_sections, paragraphs, repeat_rows, settle_sections
from app.core.office.merge._text import Line, clean
from app.core.office.merge.values import Values

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P, _R, _T, _BR, _FLD, _TBL, _TR = (f"{_A}{name}" for name in ("p", "r", "t", "br", "fld", "tbl", "tr"))
_RPR = f"{_A}rPr"
_ROW_ID = "{http://schemas.microsoft.com/office/drawing/2014/main}rowId"
_PML = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_BODIES = frozenset(
    {
        f"{_PML}txBody",
        f"{_A}txBody",
        "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}txBody",
        "{http://schemas.openxmlformats.org/drawingml/2006/chart}rich",
        "{http://schemas.openxmlformats.org/drawingml/2006/diagram}t",
        "{http://schemas.microsoft.com/office/drawing/2008/diagram}txBody",
    }
)
_MOST_ROW_ID = 2**32


def line_of(paragraph: Any) -> Line:
    """The text of a paragraph over its runs; a break counts as a line end."""
    nodes: list[tuple[Any, str, bool]] = []
    for child in paragraph:
        text = child.find(_T)
        if child.tag == _BR:
            nodes.append((child, "\n", False))
        elif child.tag in (_R, _FLD) and text is not None:
            nodes.append((text, text.text or "", True))
    return Line(nodes, _write)


def _write(node: Any, words: str) -> None:
    """Put words into a text node; each further line becomes a break and a run of the same look."""
    run = node.getparent()
    if not words and run.tag == _R:
        run.getparent().remove(run)
        return
    first, *rest = clean(words).split("\n")
    node.text = first
    current = run
    for line in rest:
        broken = run.makeelement(_BR)
        if run.find(_RPR) is not None:
            broken.append(copy.deepcopy(run.find(_RPR)))
        following = copy.deepcopy(run)
        following.find(_T).text = line
        following.tail = None
        current.addnext(broken)
        broken.addnext(following)
        current = following


def _fresh(row: Any, number: int) -> None:
    for one in row.iter(_ROW_ID):
        one.set("val", str((int(one.get("val", "0") or 0) + number) % _MOST_ROW_ID))


DRAWING = Dialect(_P, _TR, _TBL, _BODIES, line_of, _fresh)


def scan_part(root: Any, place: str, notes: Notes) -> None:
    """Note every field of a part."""
    for _, line in paragraphs(root, DRAWING):
        notes.marked(find_marks(line.text), place)
    note_sections(root, DRAWING, notes, lambda _: place)


def fill_part(root: Any, values: Values, pictures: Pictures) -> bool:
    """Fill every field of a part; says whether anything changed."""
    frames = {id(frame): (frame, _height(frame)) for frame in root.iter(f"{_PML}graphicFrame") if frame.find(f".//{_TBL}") is not None}
    changed = settle_sections(root, DRAWING, values)
    scopes = repeat_rows(root, DRAWING, values)
    changed = place_pictures(root, DRAWING, values, pictures) or changed
    changed = fill_lines(root, DRAWING, values, scopes) or changed or bool(scopes)
    for frame, before in frames.values():
        _grow(frame, _height(frame) - before)
    return changed


def _height(frame: Any) -> int:
    return sum(int(row.get("h", "0") or 0) for row in frame.iter(_TR))


def _grow(frame: Any, by: int) -> None:
    """A frame is as high as its rows."""
    extent = frame.find(f"{_PML}xfrm/{_A}ext")
    if by and extent is not None:
        extent.set("cy", str(max(0, int(extent.get("cy", "0")) + by)))
