"""A picture at the place of a field that is text in Word: in the line, as wide as its cell, box or column lets it be. Used by _word."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from app.core.office.merge._marks import Mark, find_marks
from app.core.office.merge._pictures import EMU_PER_CM, Pictures
from app.core.office.merge._structure import Dialect, paragraphs, value_of
from app.core.office.merge._text import Edit, Line, clean
from app.core.office.merge._wordnames import RPR, TC, XML_SPACE, R, T, w
from app.core.office.merge.values import Value, Values

_EMU_PER_TWIP = 635
_CELL_MARGINS = 240  # twips
_WIDEST, _HIGHEST = 16 * EMU_PER_CM, 5 * EMU_PER_CM
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_INLINE = """<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><wp:inline distT="0" distB="0" distL="0" distR="0">
<wp:extent/><wp:docPr/><wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr><a:graphic>
<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr/><pic:cNvPicPr/></pic:nvPicPr>
<pic:blipFill><a:blip/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext/></a:xfrm>
<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>"""
_PARSER = etree.XMLParser(remove_blank_text=True)


def place_pictures(root: Any, dialect: Dialect, values: Values, pictures: Pictures) -> bool:
    """Put the pictures given for fields into their lines; says whether there were any."""
    placed = False
    for paragraph, _ in paragraphs(root, dialect):
        while (mark := _next(dialect.line(paragraph), values)) is not None:
            after = _split(dialect.line(paragraph), mark.anchor)
            after.addprevious(picture_run(after, value_of(values, mark.name), pictures))
            dialect.line(paragraph).apply([Edit(mark.start, mark.end, -1, "")])
            _let_grow(paragraph)
            placed = True
    return placed


def picture_run(run: Any, value: Value, pictures: Pictures) -> Any:
    """A run like this one that shows a picture."""
    taken = pictures.take(value.picture)
    cx, cy = taken.within(_room(run), _HIGHEST)
    drawing: Any = etree.fromstring(_INLINE, _PARSER)
    root = run.getroottree().getroot()
    number = 1 + max((int(one.get("id", "0") or 0) for one in root.iter(f"{_WP}docPr")), default=0)
    sizes: Mapping[str, str] = {"cx": str(cx), "cy": str(cy)}
    for node in drawing.iter():
        name = etree.QName(node).localname
        if name in ("extent", "ext"):
            node.attrib.update(sizes)
        elif name in ("docPr", "cNvPr"):
            node.attrib.update({"id": str(number), "name": f"Picture {number}", "descr": clean(value.words)})
        elif name == "blip":
            node.set("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed", taken.rel_id)
    fresh = run.makeelement(R)
    if run.find(RPR) is not None:
        fresh.append(copy.deepcopy(run.find(RPR)))
    fresh.append(drawing)
    return fresh


def _next(line: Line, values: Values) -> Mark | None:
    return next((mark for mark in find_marks(line.text).marks if not mark.sign and value_of(values, mark.name).picture), None)


def _split(line: Line, at: int) -> Any:
    """Part the run at this character of the line; the second of the two."""
    atom = next(one for one in line.atoms if one.start <= at < one.end)
    run = atom.node.getparent()
    after = run.makeelement(R)
    if run.find(RPR) is not None:
        after.append(copy.deepcopy(run.find(RPR)))
    rest = atom.node.makeelement(T)
    rest.text, atom.node.text = atom.text[at - atom.start :], atom.text[: at - atom.start]
    for node in (rest, atom.node):
        node.set(XML_SPACE, "preserve")
    after.append(rest)
    after.extend(list(atom.node.itersiblings()))
    run.addnext(after)
    return after


def _let_grow(paragraph: Any) -> None:
    """Lines of a fixed height would cut a picture off."""
    for spacing in paragraph.findall(f"{w('pPr')}/{w('spacing')}"):
        if spacing.get(w("lineRule")) == "exact":
            spacing.set(w("lineRule"), "atLeast")


def _room(node: Any) -> int:
    """How wide a picture may be here, in EMU."""
    return max(EMU_PER_CM, min((_WIDEST, *_widths(node))))


def _widths(node: Any) -> Iterator[int]:
    for around in node.iterancestors():
        if around.tag == TC:
            width = around.find(f"{w('tcPr')}/{w('tcW')}")
            if width is not None and width.get(w("type")) == "dxa":
                yield (_whole(width.get(w("w"))) - _CELL_MARGINS) * _EMU_PER_TWIP
        extent = around.find(f"{_WP}extent")
        if extent is not None:
            yield _whole(extent.get("cx")) - EMU_PER_CM // 2
        if around.tag == w("body"):
            yield from _columns(node, around)


def _columns(node: Any, body: Any) -> Iterator[int]:
    """The width of a column on the page: the properties of a section stand at its end."""
    block = next(one for one in (node, *node.iterancestors()) if one.getparent() is body)
    sections = (found for one in (block, *block.itersiblings()) for found in one.iter(w("sectPr")))
    section: Any = next(sections, None)
    size, margins = (None, None) if section is None else (section.find(w("pgSz")), section.find(w("pgMar")))
    if size is not None and margins is not None:
        columns = section.find(w("cols"))
        count = max(1, _whole("1" if columns is None else columns.get(w("num"), "1")))
        yield (_whole(size.get(w("w"))) - _whole(margins.get(w("left"))) - _whole(margins.get(w("right")))) * _EMU_PER_TWIP // count


def _whole(text: str | None) -> int:
    return int(float(text)) if text and text.lstrip("-").replace(".", "", 1).isdecimal() else 0
