"""The look of the demo decks: 16:9, five layouts, dark green with mint, set once on masters and layouts; for deck.py."""

import re
from typing import Any

from lxml import etree
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from app.ops.seed_files.look import ACCENT, COPPER, DARK, FONT, INK, LINE, MUTED, PALE, WHITE
from app.ops.seed_files.office_objects import Deck, SlideLayout, SlideLine, SlideMaster, SlideShape, XmlElement

_RGB: Any = RGBColor
Box = tuple[float, float, float, float]

LAYOUTS = {"title": 0, "content": 1, "section": 2, "two": 3, "plain": 4}
BODY: Box = (0.75, 1.75, 11.83, 4.85)
LEFT: Box = (0.75, 1.75, 5.7, 4.85)
RIGHT: Box = (6.88, 1.75, 5.7, 4.85)
_TITLE: Box = (0.75, 0.6, 11.83, 0.95)
_FOOTER: Box = (0.75, 6.88, 9.0, 0.36)
_NUMBER: Box = (11.58, 6.88, 1.0, 0.36)
_KEPT = (0, 1, 2, 3, 5)
_SCHEME = {
    "dk1": INK, "lt1": WHITE, "dk2": DARK, "lt2": PALE, "accent1": DARK, "accent2": ACCENT, "accent3": COPPER,
    "accent4": MUTED, "accent5": LINE, "accent6": "3E7C74", "hlink": "0B5E57", "folHlink": MUTED,
}  # fmt: skip


def place(shape: SlideShape, box: Box) -> None:
    """Put a placeholder at left, top, width, height in inches."""
    shape.left, shape.top, shape.width, shape.height = (Inches(part) for part in box)


def rgb(colour: str) -> Any:
    """Six hex digits as the library's colour."""
    return _RGB.from_string(colour)


def drop_bullet(line: SlideLine) -> None:
    """Let a line of a list stand as its heading."""
    properties = line._p.get_or_add_pPr()
    properties.set("marL", "0")
    properties.set("indent", "0")
    properties.append(etree.fromstring(f'<a:buNone xmlns:a="{_namespace()}"/>'))


def recolour_theme(name: str, content: bytes) -> bytes:
    """Put our colours and font into a deck's theme part; other parts pass unchanged."""
    if not name.startswith("ppt/theme/theme"):
        return content
    for key, colour in _SCHEME.items():
        content = re.sub(
            rf"<a:{key}>.*?</a:{key}>".encode(), f'<a:{key}><a:srgbClr val="{colour}"/></a:{key}>'.encode(), content, flags=re.DOTALL
        )
    content = re.sub(rb'(<a:(?:major|minor)Font>\s*<a:latin typeface=")[^"]*', rb"\g<1>" + FONT.encode(), content)
    return re.sub(rb'<a:clrScheme name="[^"]*"', b'<a:clrScheme name="Dock"', content)


def apply_look(deck: Deck) -> None:
    """Turn the library's plain 4:3 template into ours."""
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    layouts = list(deck.slide_layouts)
    for index, layout in enumerate(layouts):
        if index not in _KEPT:
            deck.slide_layouts.remove(layout)
    _style_master(deck.slide_master)
    kept = list(deck.slide_layouts)
    for layout in kept:
        _style_layout(layout)
    _style_cover(kept[LAYOUTS["title"]], (0.95, 2.1, 9.6, 1.7), (0.95, 4.0, 8.6, 1.1))
    _style_cover(kept[LAYOUTS["section"]], (0.95, 2.5, 9.6, 1.2), (0.95, 3.85, 8.6, 1.1))
    for shape in kept[LAYOUTS["two"]].placeholders:
        if shape.placeholder_format.idx in (1, 2):
            place(shape, LEFT if shape.placeholder_format.idx == 1 else RIGHT)
            _drop_text_style(shape)


def _style_master(master: SlideMaster) -> None:
    boxes = {"TITLE": _TITLE, "BODY": BODY, "FOOTER": _FOOTER, "SLIDE_NUMBER": _NUMBER, "DATE": (9.8, 6.88, 1.7, 0.36)}
    for shape in master.placeholders:
        place(shape, boxes[shape.placeholder_format.type.name])
        if shape.placeholder_format.type.name == "TITLE":
            shape.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
    styles = master.element.find(qn("p:txStyles"))
    title = styles.find(f"{qn('p:titleStyle')}/{qn('a:lvl1pPr')}")
    title.set("algn", "l")
    _set_text_style(title, 3000, "dk2", bold=True)
    for level, size in ((1, 2000), (2, 1700), (3, 1500)):
        body = styles.find(f"{qn('p:bodyStyle')}/{qn(f'a:lvl{level}pPr')}")
        _set_text_style(body, size, "tx1", bold=False)
        _set_bullet(body)


def _set_text_style(level: XmlElement, size: int, colour: str, *, bold: bool) -> None:
    properties = level.find(qn("a:defRPr"))
    properties.set("sz", str(size))
    properties.set("b", "1" if bold else "0")
    fill = properties.find(f"{qn('a:solidFill')}/{qn('a:schemeClr')}")
    if fill is not None:
        fill.set("val", {"dk2": "tx2", "tx1": "tx1"}[colour])


def _set_bullet(level: XmlElement) -> None:
    """A small square in the accent's darker tone, with air between points."""
    for tag in ("a:buFont", "a:buChar", "a:buClr", "a:buSzPct", "a:spcBef"):
        for old in level.findall(qn(tag)):
            level.remove(old)
    before = etree.fromstring(f'<a:spcBef xmlns:a="{_namespace()}"><a:spcPts val="900"/></a:spcBef>')
    marks = (
        '<a:buClr xmlns:a="{0}"><a:schemeClr val="accent6"/></a:buClr>',
        '<a:buSzPct xmlns:a="{0}" val="80000"/>',
        '<a:buFont xmlns:a="{0}" typeface="Arial"/>',
        '<a:buChar xmlns:a="{0}" char="&#9632;"/>',
    )
    for index, made in enumerate([before] + [etree.fromstring(mark.format(_namespace())) for mark in marks]):
        level.insert(index, made)


def _namespace() -> str:
    return qn("a:p")[1:].split("}")[0]


def _style_layout(layout: SlideLayout) -> None:
    """Let the master decide where title, body, footer and number stand; the date is not shown."""
    for shape in list(layout.placeholders):
        kind = shape.placeholder_format.type.name
        if kind == "DATE":
            shape._element.getparent().remove(shape._element)
        elif kind in ("FOOTER", "SLIDE_NUMBER"):
            place(shape, _FOOTER if kind == "FOOTER" else _NUMBER)
            _style_small(shape, right=kind == "SLIDE_NUMBER")
        elif kind in ("TITLE", "OBJECT"):
            place(shape, _TITLE if kind == "TITLE" else BODY)


def _drop_text_style(shape: SlideShape) -> XmlElement:
    """Empty the placeholder's own text sizes, so that the master's count; returns the emptied part."""
    style = shape._element.find(f"{qn('p:txBody')}/{qn('a:lstStyle')}")
    for old in list(style):
        style.remove(old)
    return style


def _style_small(shape: SlideShape, *, right: bool) -> None:
    line = shape.text_frame.paragraphs[0]
    properties = _drop_text_style(shape)
    align = "r" if right else "l"
    properties.append(
        etree.fromstring(
            f'<a:lvl1pPr xmlns:a="{_namespace()}" algn="{align}"><a:defRPr sz="1100">'
            f'<a:solidFill><a:srgbClr val="{MUTED}"/></a:solidFill></a:defRPr></a:lvl1pPr>'
        )
    )
    line.font.size = Pt(11)


def _style_cover(layout: SlideLayout, title: Box, subtitle: Box) -> None:
    layout.background.fill.solid()
    layout.background.fill.fore_color.rgb = rgb(DARK)
    for shape in layout.placeholders:
        kind = shape.placeholder_format.type.name
        if kind in ("TITLE", "CENTER_TITLE"):
            place(shape, title)
            _set_cover_text(shape, WHITE, 4000, bold=True)
            shape.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        elif kind in ("SUBTITLE", "BODY"):
            place(shape, subtitle)
            _set_cover_text(shape, ACCENT, 2000, bold=False)
            shape.text_frame.vertical_anchor = MSO_ANCHOR.TOP
    _add_corner(layout)


def _set_cover_text(shape: SlideShape, colour: str, size: int, *, bold: bool) -> None:
    _drop_text_style(shape).append(
        etree.fromstring(
            f'<a:lvl1pPr xmlns:a="{_namespace()}" marL="0" indent="0" algn="l"><a:buNone/><a:defRPr sz="{size}" b="{int(bold)}" cap="none">'
            f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></a:defRPr></a:lvl1pPr>'
        )
    )


def _add_corner(layout: SlideLayout) -> None:
    """The mint corner of the mock-ups' title slide; layouts have no call to add a shape."""
    left, top, width, height = (Emu(Inches(part)) for part in (10.6, 3.4, 2.733, 4.1))
    tree = layout.shapes._spTree
    tree.insert(
        2,
        etree.fromstring(
            f'<p:sp xmlns:p="{qn("p:sp")[1:].split("}")[0]}" xmlns:a="{_namespace()}">'
            '<p:nvSpPr><p:cNvPr id="90" name="Corner"/><p:cNvSpPr/><p:nvPr userDrawn="1"/></p:nvSpPr>'
            f'<p:spPr><a:xfrm flipH="1"><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
            '<a:prstGeom prst="rtTriangle"><a:avLst/></a:prstGeom><a:solidFill><a:schemeClr val="accent2"/></a:solidFill></p:spPr>'
            "<p:txBody><a:bodyPr/><a:lstStyle/><a:p><a:endParaRPr/></a:p></p:txBody></p:sp>"
        ),
    )
