"""Reads DOCX: body order, headings, lists, nested tables, text boxes, content controls, tracked changes. Used by _reading."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

import docx
from docx.oxml.ns import qn

from app.core.office._blocks import Block, Cell, Extract, Heading, Item, Paragraph, Run, Table, names_columns, runs_text
from app.core.office._numbering import Numbering
from app.core.office._sections import document_extract
from app.core.office._slim import slim_package
from app.core.office._titles import meaningful_title
from app.core.office._wordstyles import WordStyles

_TRANSPARENT = frozenset(map(qn, ("w:ins", "w:moveTo", "w:customXml", "w:smartTag", "w:sdtContent", "w:fldSimple", "w:dir", "w:bdo")))
_P, _R, _TBL, _SDT, _LINK = qn("w:p"), qn("w:r"), qn("w:tbl"), qn("w:sdt"), qn("w:hyperlink")
_VAL, _TEXT_BOX = qn("w:val"), qn("w:txbxContent")
_ALTERNATE, _CHOICE, _FALLBACK = (
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}" + name for name in ("AlternateContent", "Choice", "Fallback")
)
_OFF = frozenset({"0", "false", "off"})
_LITERAL = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-", qn("w:ptab"): "\t"}


def read_docx(stream: BinaryIO) -> Extract:
    """Passages by heading section."""
    document = docx.Document(slim_package(stream))
    walker = _Walker(document)
    return document_extract(meaningful_title(document.core_properties.title or ""), walker.blocks(document.element.body))


class _Walker:
    def __init__(self, document: Any) -> None:
        self.rels = document.part.rels
        self.styles = WordStyles(document.styles.element)
        self.numbering = Numbering(_numbering_root(document.part))

    def blocks(self, container: Any) -> Iterator[Block]:
        """Paragraphs, lists and tables in body order; text boxes come right after the paragraph which anchors them."""
        for child in container:
            if child.tag == _P:
                yield from self._paragraph(child)
            elif child.tag == _TBL:
                yield self._table(child)
            elif child.tag == _SDT:
                content = child.find(qn("w:sdtContent"))
                yield from self.blocks(content) if content is not None else ()
            elif child.tag in _TRANSPARENT:
                yield from self.blocks(child)

    def _paragraph(self, node: Any) -> Iterator[Block]:
        runs = tuple(self._runs(node, ""))
        properties = node.find(qn("w:pPr"))
        kind = self.styles.kind_of(properties)
        if not runs_text(runs):
            yield from self._boxes(node)
            return
        numbered = self.numbering.mark_of(kind.number_id, kind.number_level) if kind.number_id else None
        if kind.heading is not None:
            prefix = (Run(f"{numbered.text} "),) if numbered and numbered.text else ()
            yield Heading(kind.heading, (*prefix, *runs))
        elif numbered:
            yield Item(kind.number_level, numbered.ordered, runs, numbered.text)
        else:
            yield Paragraph(runs)
        yield from self._boxes(node)

    def _runs(self, node: Any, href: str) -> Iterator[Run]:
        for child in node:
            if child.tag == _R:
                yield from self._run(child, href)
            elif child.tag == _LINK:
                yield from self._runs(child, self._address(child))
            elif child.tag == _SDT:
                content = child.find(qn("w:sdtContent"))
                yield from self._runs(content, href) if content is not None else ()
            elif child.tag in _TRANSPARENT:
                yield from self._runs(child, href)
            elif child.tag == qn("m:oMath") or child.tag == qn("m:oMathPara"):
                yield Run("".join(part.text or "" for part in child.iter(qn("m:t"))))

    def _run(self, node: Any, href: str) -> Iterator[Run]:
        properties = node.find(qn("w:rPr"))
        if _is_on(properties, "w:vanish"):
            return
        text = "".join(
            (child.text or "") if child.tag == qn("w:t") else _LITERAL.get(child.tag, "") for child in node if isinstance(child.tag, str)
        )
        if text:
            yield Run(text, _is_on(properties, "w:b"), _is_on(properties, "w:i"), href)

    def _address(self, link: Any) -> str:
        rel = self.rels.get(link.get(qn("r:id"), ""))
        return str(rel.target_ref) if rel is not None and rel.is_external else ""

    def _boxes(self, paragraph: Any) -> Iterator[Block]:
        """Text boxes drawn in the paragraph's own runs; of an alternate pair only the preferred one."""
        for run in paragraph.iter(_R):
            for child in run:
                for box in _text_boxes(child):
                    yield from self.blocks(box)

    def _table(self, node: Any) -> Table:
        rows = tuple(self._row(row) for row in _descend(node, qn("w:tr")))
        return Table(rows, header=len(rows) > 1 and (_has_header(node) or names_columns(rows[0])))

    def _row(self, row: Any) -> tuple[Cell, ...]:
        cells: list[Cell] = []
        for cell in _descend(row, qn("w:tc")):
            cells.append(tuple(_shown_plain(block) for block in self.blocks(cell)))
            span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
            if span is not None:
                cells.extend([()] * min(int(span.get(_VAL, "1")) - 1, 60))
        return tuple(cells)


def _shown_plain(block: Block) -> Block:
    """A heading inside a cell does not open a section; it becomes a bold line."""
    if isinstance(block, Heading):
        return Paragraph(tuple(replace(run, bold=True) for run in block.runs))
    return block


def _descend(node: Any, wanted: str) -> Iterator[Any]:
    """Rows or cells, also those wrapped in content controls or tracked insertions."""
    for child in node:
        if child.tag == wanted:
            yield child
        elif child.tag == _SDT or child.tag in _TRANSPARENT:
            yield from _descend(child, wanted)


def _text_boxes(node: Any) -> Iterator[Any]:
    if node.tag == _TEXT_BOX:
        yield node
    elif node.tag == _ALTERNATE:
        chosen = node.find(_CHOICE)
        yield from _text_boxes(chosen if chosen is not None else node.find(_FALLBACK)) if len(node) else ()
    elif node.tag != _R:
        for child in node:
            yield from _text_boxes(child)


def _has_header(table: Any) -> bool:
    marked = table.find(f"{qn('w:tr')}/{qn('w:trPr')}/{qn('w:tblHeader')}")
    look = table.find(f"{qn('w:tblPr')}/{qn('w:tblLook')}")
    if marked is not None or look is None:
        return marked is not None
    value = look.get(_VAL)
    return look.get(qn("w:firstRow")) in ("1", "true") or bool(value and int(value, 16) & 0x0020)


def _is_on(properties: Any, name: str) -> bool:
    found = properties.find(qn(name)) if properties is not None else None
    return found is not None and found.get(_VAL, "1") not in _OFF


def _numbering_root(part: Any) -> Any:
    """The numbering part when the document has one; asking python-docx for a missing one would make a new one."""
    for rel in part.rels.values():
        if rel.reltype.endswith("/numbering") and not rel.is_external:
            return rel.target_part.element
    return None
