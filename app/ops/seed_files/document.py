"""Writes a Markdown-like source as DOCX with real styles, lists, tables and links; used by build.py."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO

from docx import Document
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.shared import Cm, Pt, RGBColor
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from app.ops.seed_files.docx_parts import (
    add_field,
    add_link,
    keep_whole,
    lighten_borders,
    paint_cell,
    prepare_styles,
    repeat_as_header,
    restart_numbering,
    set_page,
)
from app.ops.seed_files.look import DARK, PALE, WHITE
from app.ops.seed_files.office_objects import WordCell, WordDocument, WordLine, WordTable
from app.ops.seed_files.sources import VersionSource
from app.ops.seed_files.stable import MADE_AT, stable_package

_PAGE_WIDTH_CM = 16.6


@dataclass(frozen=True)
class _Mark:
    """How a stretch of text looks."""

    bold: bool = False
    italic: bool = False
    colour: str = ""


def build_document(version: VersionSource, title: str, summary: str) -> bytes:
    """DOCX bytes of a document version: title, optional subtitle, body, footer with title and page number."""
    document: WordDocument = Document()
    prepare_styles(document)
    set_page(document)
    _set_properties(document, title, summary)
    document.add_paragraph(title, style="Title")
    if version.subtitle:
        document.add_paragraph(version.subtitle, style="Subtitle")
    _Writer(document).write(SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(version.body)))
    _add_footer(document, title)
    out = BytesIO()
    document.save(out)
    return stable_package(out.getvalue())


def _set_properties(document: WordDocument, title: str, summary: str) -> None:
    core = document.core_properties
    core.title, core.subject, core.author, core.last_modified_by = title, summary, "Product marketing", "Product marketing"
    core.comments, core.language, core.revision = "", "en-GB", 1
    core.created = core.modified = MADE_AT


def _add_footer(document: WordDocument, title: str) -> None:
    footer = document.sections[0].footer.paragraphs[0]
    footer.paragraph_format.tab_stops.add_tab_stop(Cm(_PAGE_WIDTH_CM), WD_TAB_ALIGNMENT.RIGHT)
    footer.style.paragraph_format.tab_stops.clear_all()
    footer.add_run(f"{title}\t")
    add_field(footer, "PAGE")


class _Writer:
    """Turns Markdown blocks into paragraphs, lists and tables of one document."""

    def __init__(self, document: WordDocument) -> None:
        self._document = document
        self._style_ids = {style.name: style.style_id for style in document.styles}
        self._blocks: dict[str, Callable[[SyntaxTreeNode], None]] = {
            "heading": self._heading,
            "paragraph": self._paragraph,
            "bullet_list": self._bullets,
            "ordered_list": self._numbers,
            "blockquote": self._quote,
            "table": self._table,
            "hr": self._new_page,
        }

    def write(self, tree: SyntaxTreeNode) -> None:
        for block in tree.children:
            self._blocks[block.type](block)

    def _line(self, style: str) -> WordLine:
        """A new paragraph; the style is set by its id, because looking it up by name took a quarter of the time."""
        line = self._document.add_paragraph()
        line._p.style = self._style_ids[style]
        return line

    def _heading(self, block: SyntaxTreeNode) -> None:
        self._inline(self._line(f"Heading {block.tag[1:]}"), block.children[0])

    def _paragraph(self, block: SyntaxTreeNode) -> None:
        self._inline(self._document.add_paragraph(), block.children[0])

    def _new_page(self, _block: SyntaxTreeNode) -> None:
        self._document.add_page_break()

    def _quote(self, block: SyntaxTreeNode) -> None:
        for child in block.children:
            self._inline(self._line("Intense Quote"), child.children[0])

    def _bullets(self, block: SyntaxTreeNode) -> None:
        self._list(block, "List Bullet")

    def _numbers(self, block: SyntaxTreeNode) -> None:
        numbering = restart_numbering(self._document, "List Number")
        self._list(block, "List Number", numbering)

    def _list(self, block: SyntaxTreeNode, style: str, numbering: int = 0) -> None:
        for item in block.children:
            for child in item.children:
                if child.type == "paragraph":
                    line = self._line(style)
                    if numbering:
                        line.paragraph_format.element.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = numbering
                    self._inline(line, child.children[0])
                else:
                    self._list(child, "List Bullet 2")

    def _table(self, block: SyntaxTreeNode) -> None:
        lines = [row for part in block.children for row in part.children]
        table = self._document.add_table(rows=len(lines), cols=len(lines[0].children), style="Table Grid")
        for index, line in enumerate(lines):
            for column, cell in enumerate(line.children):
                right = "right" in str(cell.attrs.get("style", ""))
                self._cell(table.cell(index, column), cell, (index == 0, right))
        for row in table.rows:
            keep_whole(row)
        repeat_as_header(table.rows[0])
        lighten_borders(table)
        _share_width(table, lines)
        gap = self._document.add_paragraph().paragraph_format
        gap.line_spacing, gap.space_after = Pt(8), Pt(0)

    def _cell(self, cell: WordCell, source: SyntaxTreeNode, state: tuple[bool, bool]) -> None:
        is_head, is_right = state
        line = cell.paragraphs[0]
        line.paragraph_format.space_after = Pt(2)
        line.paragraph_format.space_before = Pt(2)
        if is_right:
            line.alignment = 2
        if is_head:
            paint_cell(cell, DARK)
        if source.children:
            self._inline(line, source.children[0], _Mark(bold=is_head, colour=WHITE if is_head else ""))

    def _inline(self, line: WordLine, block: SyntaxTreeNode, mark: _Mark | None = None) -> None:
        for part in block.children:
            self._part(line, part, mark or _Mark())

    def _part(self, line: WordLine, part: SyntaxTreeNode, mark: _Mark) -> None:
        if part.type == "strong":
            self._inline(line, part, replace(mark, bold=True))
        elif part.type == "em":
            self._inline(line, part, replace(mark, italic=True))
        elif part.type == "link":
            add_link(line, "".join(child.content for child in part.children), str(part.attrs["href"]))
        elif part.type == "hardbreak":
            line.add_run().add_break()
        else:
            run = line.add_run(" " if part.type == "softbreak" else part.content)
            run.bold, run.italic = mark.bold or None, mark.italic or None
            if mark.colour:
                run.font.color.rgb = RGBColor.from_string(mark.colour)
            if part.type == "code_inline":
                run.font.name = "Consolas"


def _share_width(table: WordTable, lines: list[SyntaxTreeNode]) -> None:
    """Columns get width by their longest text, within limits, so that short figures do not take half the page."""
    longest = [max(len(_text(line.children[column])) for line in lines) for column in range(len(lines[0].children))]
    weights = [min(max(length, 13), 46) for length in longest]
    table.autofit = False
    for row in table.rows:
        for cell, weight in zip(row.cells, weights, strict=True):
            cell.width = Cm(_PAGE_WIDTH_CM * weight / sum(weights))
    for column, weight in zip(table.columns, weights, strict=True):
        column.width = Cm(_PAGE_WIDTH_CM * weight / sum(weights))
    if len(table.columns) > 1:
        for row in table.rows[1:]:
            paint_cell(row.cells[0], PALE)


def _text(cell: SyntaxTreeNode) -> str:
    return "".join(part.content for part in cell.children)
