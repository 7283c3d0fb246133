"""Reads PPTX: a passage for each slide and one for its notes; groups, tables, charts and diagrams included. Used by _reading."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pptx
from lxml import etree
from pptx.oxml.ns import qn

from app.core.office._blocks import Block, CannotRead, Cell, Extract, Heading, Item, Paragraph, Run, Table, plain, runs_text
from app.core.office._charts import chart_blocks
from app.core.office._sections import slide_drafts
from app.core.office._slim import slim_package
from app.core.office._titles import meaningful_title

_ALTERNATE, _CHOICE = ("{http://schemas.openxmlformats.org/markup-compatibility/2006}" + name for name in ("AlternateContent", "Choice"))
_CHARTS = (
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart",
    "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart",
)
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"dt", "ftr", "sldNum", "hdr", "sldImg"})
_YES = frozenset({"1", "true"})
Lost = Counter[str]


def read_pptx(stream: BinaryIO) -> Extract:
    """Passages by slide, hidden slides included; speaker notes apart."""
    deck = pptx.Presentation(slim_package(stream))
    extract = Extract(meaningful_title(deck.core_properties.title or ""), unit_word="slide")
    lost: Lost = Counter()
    for number, slide in enumerate(deck.slides, start=1):
        extract.add_slide(slide_drafts(number, _slide_blocks(slide, lost), _notes_of(slide, lost)))
    extract.remarks += [f"{count} {what}{'' if count == 1 else 's'} could not be read" for what, count in sorted(lost.items())]
    return extract


def _slide_blocks(slide: Any, lost: Lost) -> list[Block]:
    """The title first, then the rest in drawing order, which is the reading order for screen readers too."""
    titles: list[Block] = []
    rest: list[Block] = []
    for shape in _shapes(slide.shapes._spTree):
        if _placeholder(shape) in _TITLES and not titles:
            titles += _readable(_title_blocks(shape, slide.part), lost, "shape")
        else:
            rest += _readable(_shape_blocks(shape, slide.part, lost), lost, "shape")
    return [*titles, *rest]


def _readable(blocks: Iterable[Block], lost: Lost, what: str) -> list[Block]:
    """These blocks; what cannot be read is counted and costs nothing but itself. Running out of memory ends the file."""
    try:
        return list(blocks)
    except MemoryError:
        raise
    except Exception:
        lost[what] += 1
        return []


def _title_blocks(shape: Any, part: Any) -> Iterator[Block]:
    runs = [run for node in shape.iter(qn("a:p")) for run in (*_runs(node, part), Run(" "))]
    if runs_text(runs):
        yield Heading(2, tuple(Run(run.text.replace("\n", " ")) for run in runs[:-1]))


def _shapes(tree: Any) -> Iterator[Any]:
    """Text shapes and frames, through groups; of alternate versions the preferred one."""
    for child in tree:
        if child.tag == qn("p:grpSp"):
            yield from _shapes(child)
        elif child.tag == _ALTERNATE:
            chosen = child.find(_CHOICE)
            yield from _shapes(chosen) if chosen is not None else ()
        elif child.tag in (qn("p:sp"), qn("p:graphicFrame")) and _placeholder(child) not in _FURNITURE:
            yield child


def _placeholder(shape: Any) -> str:
    """The placeholder's type, "obj" for one without a type, "" for other shapes."""
    found = shape.find(f"*/{qn('p:nvPr')}/{qn('p:ph')}")
    return str(found.get("type", "obj")) if found is not None else ""


def _shape_blocks(shape: Any, part: Any, lost: Lost) -> Iterator[Block]:
    if shape.tag == qn("p:graphicFrame"):
        yield from _frame_blocks(shape, part, lost)
        return
    body = shape.find(qn("p:txBody"))
    if body is not None:
        yield from _text_blocks(body, part, listed=_placeholder(shape) in ("body", "obj"))


def _text_blocks(body: Any, part: Any, listed: bool) -> Iterator[Block]:
    """Paragraphs; in a content placeholder several are list entries, as its master draws bullets before them."""
    nodes = [node for node in body.iterchildren(qn("a:p")) if any((text.text or "").strip() for text in node.iter(qn("a:t")))]
    number = 0
    for node in nodes:
        properties = node.find(qn("a:pPr"))
        ordered = _has(properties, "a:buAutoNum")
        bullet = ordered or _has(properties, "a:buChar") or (listed and len(nodes) > 1 and not _has(properties, "a:buNone"))
        runs = tuple(_runs(node, part))
        number = number + 1 if ordered else 0
        level = properties.get("lvl", "0") if properties is not None else "0"
        depth = int(level) if level.isdigit() else 0
        yield Item(depth, ordered, runs, f"{number}." if ordered and not depth else "") if bullet else Paragraph(runs)


def _has(properties: Any, name: str) -> bool:
    return properties is not None and properties.find(qn(name)) is not None


def _runs(paragraph: Any, part: Any) -> Iterator[Run]:
    for child in paragraph:
        if child.tag == qn("a:br"):
            yield Run("\n")
        elif child.tag in (qn("a:r"), qn("a:fld")):
            properties, text = child.find(qn("a:rPr")), (child.findtext(qn("a:t")) or "").replace("\v", "\n")
            if properties is None:
                yield Run(text)
            else:
                yield Run(text, properties.get("b") in _YES, properties.get("i") in _YES, _address(properties, part))


def _address(properties: Any, part: Any) -> str:
    link = properties.find(qn("a:hlinkClick"))
    rel = part.rels.get(link.get(qn("r:id"), "")) if link is not None else None
    return str(rel.target_ref) if rel is not None and rel.is_external else ""


def _frame_blocks(frame: Any, part: Any, lost: Lost) -> Iterator[Block]:
    for table in frame.iter(qn("a:tbl")):
        rows = tuple(tuple(_cell(cell, part) for cell in row.iterchildren(qn("a:tc"))) for row in table.iterchildren(qn("a:tr")))
        properties = table.find(qn("a:tblPr"))
        yield Table(rows, header=len(rows) > 1 and properties is not None and properties.get("firstRow") in _YES)
    for node in frame.iter(*_CHARTS):
        yield from _readable(_chart(part, node), lost, "chart")
    for node in frame.iter(f"{_DIAGRAM}relIds"):
        yield from _readable(_diagram(part, node), lost, "diagram")


def _chart(part: Any, node: Any) -> Iterator[Block]:
    yield from chart_blocks(_related(part, node.get(qn("r:id"))))


def _related(part: Any, rel_id: str | None) -> bytes:
    rel = part.rels.get(rel_id) if rel_id else None
    if rel is None or rel.is_external:
        raise CannotRead("what the slide shows is not in the file")
    return bytes(rel.target_part.blob)


def _cell(cell: Any, part: Any) -> Cell:
    body = cell.find(qn("a:txBody"))
    return tuple(_text_blocks(body, part, listed=False)) if body is not None else ()


def _diagram(part: Any, node: Any) -> Iterator[Block]:
    root = etree.fromstring(_related(part, node.get(qn("r:dm"))), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    for point in root.iter(f"{_DIAGRAM}pt"):
        for paragraph in point.iter(qn("a:p")):
            text = "".join(node.text or "" for node in paragraph.iter(qn("a:t")))
            if text.strip():
                yield Item(0, ordered=False, runs=plain(text))


def _notes_of(slide: Any, lost: Lost) -> list[Block]:
    if not slide.has_notes_slide:
        return []
    notes = slide.notes_slide
    return [block for shape in _shapes(notes.shapes._spTree) for block in _readable(_shape_blocks(shape, notes.part, lost), lost, "shape")]
