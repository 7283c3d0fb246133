"""A picture at the place of a field that is text in a deck: whole, in the middle of its shape or table cell. Used by _drawing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from app.core.office.merge._marks import find_marks
from app.core.office.merge._pictures import Pictures
from app.core.office.merge._structure import Dialect, paragraphs, value_of
from app.core.office.merge._text import Edit, clean
from app.core.office.merge.package import REL_EMBED
from app.core.office.merge.values import Value, Values

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_PML = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_SHAPE, _FRAME, _PLACEHOLDER, _NAMES = f"{_PML}sp", f"{_PML}graphicFrame", f"{_PML}ph", f"{_PML}cNvPr"
_PICTURE = """<p:pic xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p:nvPicPr><p:cNvPr/>
<p:cNvPicPr><a:picLocks noChangeAspect="1"/></p:cNvPicPr><p:nvPr/></p:nvPicPr>
<p:blipFill><a:blip/><a:stretch><a:fillRect/></a:stretch></p:blipFill>
<p:spPr><a:xfrm><a:off/><a:ext/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr></p:pic>"""
_PARSER = etree.XMLParser(remove_blank_text=True)
_BESIDE_WORDS = 3  # of a box with other words the picture gets the last third


@dataclass(frozen=True)
class Box:
    """Where something stands on a slide, in EMU."""

    x: int
    y: int
    cx: int
    cy: int


def place_pictures(root: Any, dialect: Dialect, values: Values, pictures: Pictures) -> bool:
    """Show the pictures given for fields in the boxes that hold them; says whether there were any. No place, no words either."""
    placed = False
    for paragraph, line in paragraphs(root, dialect):
        marks = [mark for mark in find_marks(line.text).marks if not mark.sign and value_of(values, mark.name).picture]
        line.apply([Edit(mark.start, mark.end, -1, "") for mark in marks])
        placed = placed or bool(marks)
        for mark in marks:
            _place(paragraph, dialect, value_of(values, mark.name), pictures)
    return placed


def _place(paragraph: Any, dialect: Dialect, value: Value, pictures: Pictures) -> None:
    holder = next(paragraph.iterancestors(_SHAPE, _FRAME), None)
    cell = next(paragraph.iterancestors(f"{_A}tc"), None)
    if holder is None or (holder.tag == _FRAME and cell is None):
        return
    box = _box_of(holder, pictures) if cell is None else _box_of_cell(holder, cell)
    if box is None:
        return
    within = holder if cell is None else cell
    is_alone = not any(dialect.line(one).text.strip() for one in within.iter(dialect.paragraph))
    drawn = _drawn(_inside(box, is_alone), value, pictures)
    holder.addnext(drawn)
    names = drawn.find(f".//{_NAMES}")
    if holder.tag == _SHAPE and is_alone and holder.find(f".//{_PLACEHOLDER}") is not None:
        names.set("id", _names_of(holder).get("id"))  # a placeholder left empty would ask for words; what moves it moves the picture
        holder.getparent().remove(holder)
    else:
        root = drawn.getroottree().getroot()
        names.set("id", str(1 + max(int(one.get("id", "0") or 0) for one in root.iter(_NAMES) if one is not names)))
    names.set("name", f"Picture {names.get('id')}")


def _names_of(shape: Any) -> Any:
    return shape.find(f"{_PML}nvSpPr/{_NAMES}")


def _inside(box: Box, is_alone: bool) -> Box:
    if is_alone:
        return box
    width = box.cx // _BESIDE_WORDS
    return Box(box.x + box.cx - width, box.y, width, box.cy)


def _drawn(box: Box, value: Value, pictures: Pictures) -> Any:
    taken = pictures.take(value.picture)
    cx, cy = taken.within(box.cx, box.cy, enlarged=True)
    drawn: Any = etree.fromstring(_PICTURE, _PARSER)
    drawn.find(f".//{_NAMES}").set("descr", clean(value.words))
    drawn.find(f".//{_A}blip").set(REL_EMBED, taken.rel_id)
    place = drawn.find(f".//{_A}xfrm")
    place[0].attrib.update({"x": str(box.x + (box.cx - cx) // 2), "y": str(box.y + (box.cy - cy) // 2)})
    place[1].attrib.update({"cx": str(cx), "cy": str(cy)})
    return drawn


def _box_of(shape: Any, pictures: Pictures) -> Box | None:
    """Where a shape stands; a placeholder may leave that to its layout or master."""
    return next((box for one in (shape, *_like(shape, pictures)) if (box := _box_at(one.find(f"{_PML}spPr/{_A}xfrm"))) is not None), None)


def _like(shape: Any, pictures: Pictures) -> Iterator[Any]:
    place, owner = shape.find(f".//{_PLACEHOLDER}"), pictures.owner
    for kind in ("slideLayout", "slideMaster"):
        related = pictures.package.related(owner, kind)
        if place is None or not related:
            return
        owner = related[0]
        others = list(pictures.package.root(owner).iter(_PLACEHOLDER))
        by_number = [one for one in others if kind == "slideLayout" and one.get("idx", "0") == place.get("idx", "0")]
        by_type = [one for one in others if _type_of(one) == _type_of(place)]
        for one in (by_number or by_type)[:1]:
            place = one
            yield next(one.iterancestors(_SHAPE))


def _type_of(place: Any) -> str:
    kind = str(place.get("type", "obj"))
    return {"ctrTitle": "title", "subTitle": "body", "obj": "body"}.get(kind, kind)


def _box_of_cell(frame: Any, cell: Any) -> Box | None:
    whole = _box_at(frame.find(f"{_PML}xfrm"))
    row = cell.getparent()
    table = row.getparent()
    widths = [int(one.get("w", "0")) for one in table.findall(f"{_A}tblGrid/{_A}gridCol")]
    rows = table.findall(f"{_A}tr")
    heights = [int(one.get("h", "0")) for one in rows]
    at, down = row.findall(f"{_A}tc").index(cell), rows.index(row)
    across, over = at + int(cell.get("gridSpan", "1")), down + int(cell.get("rowSpan", "1"))
    size = sum(widths[at:across]), sum(heights[down:over])
    return Box(whole.x + sum(widths[:at]), whole.y + sum(heights[:down]), *size) if whole is not None and all(size) else None


def _box_at(transform: Any) -> Box | None:
    offset = None if transform is None else transform.find(f"{_A}off")
    extent = None if transform is None else transform.find(f"{_A}ext")
    if offset is None or extent is None:
        return None
    box = Box(*(int(offset.get(one, "0")) for one in ("x", "y")), *(int(extent.get(one, "0")) for one in ("cx", "cy")))
    return box if box.cx > 0 and box.cy > 0 else None
