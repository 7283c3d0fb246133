"""Reads ODT and ODP from content.xml: headings, lists, tables, text boxes; slides with notes apart. Used by _reading."""

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, BinaryIO

from lxml import etree

from app.core.office._blocks import Block, Cell, Extract, Heading, Item, Paragraph, Run, Table, names_columns, runs_text
from app.core.office._sections import document_extract, slide_drafts
from app.core.office._titles import meaningful_title

_NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "presentation": "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0",
    "chart": "urn:oasis:names:tc:opendocument:xmlns:chart:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
    "dc": "http://purl.org/dc/elements/1.1/",
}
_REPEAT_MOST = 60
_MOST_CELLS = 256
_MOST_CHARTS = 200


def _name(short: str) -> str:
    prefix, _, local = short.partition(":")
    return f"{{{_NAMES[prefix]}}}{local}"


_SKIPPED = frozenset(
    map(
        _name,
        (
            *("text:tracked-changes", "office:annotation", "office:annotation-end", "text:note", "office:forms"),
            *("text:sequence-decls", "text:bookmark", "presentation:notes"),
        ),
    )
)
_LITERAL = {_name("text:tab"): "\t", _name("text:line-break"): "\n"}
_FURNITURE = frozenset({"date-time", "footer", "header", "page-number"})


def read_odt(stream: BinaryIO) -> Extract:
    """Passages by heading section."""
    opened = _Opened(stream)
    body = opened.body("office:text")
    extract = document_extract(opened.title, opened.walker.blocks(body) if body is not None else ())
    extract.remarks += opened.remarks
    return extract


def read_odp(stream: BinaryIO) -> Extract:
    """Passages by slide, speaker notes apart."""
    opened = _Opened(stream)
    body = opened.body("office:presentation")
    extract = Extract(opened.title, unit_word="slide", remarks=opened.remarks)
    for number, page in enumerate(body.iterchildren(_name("draw:page")) if body is not None else (), start=1):
        notes = [block for node in page.iterchildren(_name("presentation:notes")) for block in _frames(node, opened.walker) if _says(block)]
        extract.add_slide(slide_drafts(number, _slide_blocks(page, opened.walker), notes))
    return extract


class _Opened:
    def __init__(self, stream: BinaryIO) -> None:
        with zipfile.ZipFile(stream) as archive:
            self.content = _parsed(archive.read("content.xml"))
            names = set(archive.namelist())
            styles = _parsed(archive.read("styles.xml")) if "styles.xml" in names else None
            meta = _parsed(archive.read("meta.xml")) if "meta.xml" in names else None
            charts, lost = _chart_titles(archive, self.content, names)
        self.remarks = [f"{lost} chart{'' if lost == 1 else 's'} could not be read"] if lost else []
        self.walker = _Walker(_Styles([root for root in (styles, self.content) if root is not None]), charts)
        self.title = meaningful_title(meta.findtext(f".//{_name('dc:title')}") or "") if meta is not None else ""

    def body(self, kind: str) -> Any:
        return self.content.find(f"{_name('office:body')}/{_name(kind)}")


def _parsed(data: bytes) -> Any:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))


def _chart_titles(archive: zipfile.ZipFile, content: Any, names: set[str]) -> tuple[dict[str, str], int]:
    """The titles of the charts in the document by the address they are drawn from, and how many could not be read."""
    addresses = list(dict.fromkeys(node.get(_name("xlink:href"), "") for node in content.iter(_name("draw:object"))))
    titles: dict[str, str] = {}
    lost = 0
    for address in addresses[:_MOST_CHARTS]:
        part = f"{address.removeprefix('./').rstrip('/')}/content.xml"
        try:
            root = _parsed(archive.read(part)) if part in names else None
        except (etree.XMLSyntaxError, zipfile.BadZipFile, OSError):
            lost += 1
            continue
        found = root.iterfind(f".//{_name('chart:chart')}/{_name('chart:title')}") if root is not None else ()
        titles[address] = " ".join(" ".join("".join(title.itertext()).split()) for title in found)
    return titles, lost


class _Styles:
    """Which styles are bold, italic, a title or an ordered list."""

    def __init__(self, roots: list[Any]) -> None:
        self.bold: set[str] = set()
        self.italic: set[str] = set()
        self.parents: dict[str, str] = {}
        self.ordered: dict[str, set[int]] = {}
        for root in roots:
            for node in root.iter(_name("style:style")):
                self._learn(node)
            for node in root.iter(_name("text:list-style")):
                levels = node.iterchildren(_name("text:list-level-style-number"))
                self.ordered[node.get(_name("style:name"), "")] = {_whole(level.get(_name("text:level")), 1) - 1 for level in levels}

    def _learn(self, node: Any) -> None:
        name = node.get(_name("style:name"), "")
        self.parents[name] = node.get(_name("style:parent-style-name"), "")
        look = node.find(_name("style:text-properties"))
        if look is not None and look.get(_name("fo:font-weight")) in ("bold", "700", "800", "900"):
            self.bold.add(name)
        if look is not None and look.get(_name("fo:font-style")) in ("italic", "oblique"):
            self.italic.add(name)

    def is_title(self, name: str) -> bool:
        return "Title" in (name, self.parents.get(name))


def _whole(value: str | None, default: int) -> int:
    return int(value) if value and value.isdigit() else default


class _Walker:
    def __init__(self, styles: _Styles, charts: dict[str, str]) -> None:
        self.styles = styles
        self.charts = charts

    def blocks(self, container: Any) -> Iterator[Block]:
        """Blocks in document order; unknown containers (sections, indexes, frames) are walked through."""
        for child in container:
            if not isinstance(child.tag, str) or child.tag in _SKIPPED:
                continue
            if child.tag in (_name("text:p"), _name("text:h")):
                yield from self._paragraph(child)
            elif child.tag == _name("text:list"):
                yield from self._list(child, 0, "")
            elif child.tag == _name("table:table"):
                yield self.table(child)
            elif child.tag == _name("draw:object"):
                yield from self._chart(child)
            elif child.tag not in _LITERAL:
                yield from self.blocks(child)

    def _paragraph(self, node: Any) -> Iterator[Block]:
        runs = tuple(self._runs(node, Run("")))
        if runs_text(runs):
            style = node.get(_name("text:style-name"), "")
            if node.tag == _name("text:h"):
                yield Heading(min(max(_whole(node.get(_name("text:outline-level")), 1), 1), 9), runs)
            else:
                yield Heading(0, runs) if self.styles.is_title(style) else Paragraph(runs)
        for aside in node.iter(_name("draw:text-box"), _name("draw:object"), _name("text:note-body")):
            if next(aside.iterancestors(_name("text:p"), _name("text:h"))) is node:
                yield from self._chart(aside) if aside.tag == _name("draw:object") else self.blocks(aside)

    def _chart(self, node: Any) -> Iterator[Block]:
        title = self.charts.get(node.get(_name("xlink:href"), ""), "")
        if title:
            yield Paragraph((Run(title),))

    def _runs(self, node: Any, look: Run) -> Iterator[Run]:
        if node.text:
            yield replace(look, text=node.text)
        for child in node:
            if isinstance(child.tag, str):
                yield from self._inline(child, look)
            if child.tail:
                yield replace(look, text=child.tail)

    def _inline(self, node: Any, look: Run) -> Iterator[Run]:
        if node.tag == _name("text:s"):
            yield Run(" ")
        elif node.tag in _LITERAL:
            yield Run(_LITERAL[node.tag])
        elif node.tag == _name("text:span"):
            style = node.get(_name("text:style-name"), "")
            bold, italic = look.bold or style in self.styles.bold, look.italic or style in self.styles.italic
            yield from self._runs(node, replace(look, bold=bold, italic=italic))
        elif node.tag == _name("text:a"):
            yield from self._runs(node, replace(look, href=node.get(_name("xlink:href"), "")))
        elif node.tag not in _SKIPPED and not node.tag.startswith(f"{{{_NAMES['draw']}}}"):
            yield from self._runs(node, look)

    def _list(self, node: Any, level: int, inherited: str) -> Iterator[Block]:
        """Entries of a list; a heading inside one (numbered chapters) stays a heading."""
        style = node.get(_name("text:style-name"), "") or inherited
        ordered = level in self.styles.ordered.get(style, set())
        number = 0
        for entry in node:
            if entry.tag not in (_name("text:list-item"), _name("text:list-header")):
                continue
            number += 1
            for child in entry:
                if child.tag == _name("text:list"):
                    yield from self._list(child, min(level + 1, 9), style)
                elif child.tag in (_name("text:p"), _name("text:h")):
                    for at, block in enumerate(self._paragraph(child)):
                        mark = f"{number}." if ordered and at == 0 else ""
                        yield Item(level, ordered, block.runs, mark) if isinstance(block, Paragraph) else block

    def table(self, node: Any) -> Table:
        """Rows with covered and repeated cells in place, so that columns stay aligned; empty columns at the end are left out."""
        found = [tuple(islice(self._cells(row), _MOST_CELLS)) for row in node.iter(_name("table:table-row")) if _own_table(row) is node]
        width = max((at for row in found for at, cell in enumerate(row, start=1) if cell), default=1)
        rows = tuple(row[:width] for row in found)
        return Table(rows, header=len(rows) > 1 and (node.find(_name("table:table-header-rows")) is not None or names_columns(rows[0])))

    def _cells(self, row: Any) -> Iterator[Cell]:
        for cell in row.iterchildren(_name("table:table-cell"), _name("table:covered-table-cell")):
            content = tuple(_shown_plain(block) for block in self.blocks(cell))
            repeat = _whole(cell.get(_name("table:number-columns-repeated")), 1)
            yield from [content] * min(repeat, _REPEAT_MOST)


def _own_table(row: Any) -> Any:
    return next(row.iterancestors(_name("table:table")))


def _shown_plain(block: Block) -> Block:
    if isinstance(block, Heading):
        return Paragraph(tuple(replace(run, bold=True) for run in block.runs))
    return block


def _slide_blocks(page: Any, walker: _Walker) -> list[Block]:
    titles: list[Block] = []
    rest: list[Block] = []
    for child in page.iterchildren("{*}*"):
        if child.tag == _name("presentation:notes"):
            continue
        blocks = [block for block in _frames(child, walker) if _says(block)]
        if child.get(_name("presentation:class")) == "title" and not titles:
            runs = tuple(run for block in blocks if not isinstance(block, Table) for run in (*block.runs, Run(" ")))
            titles += [Heading(2, tuple(Run(run.text.replace("\n", " ")) for run in runs[:-1]))] if runs else []
        else:
            rest += blocks
    return [*titles, *rest]


def _frames(node: Any, walker: _Walker) -> Iterator[Block]:
    """Blocks of one shape, or of every shape in a group; dates, footers and page numbers are left out."""
    if node.tag in _SKIPPED and node.tag != _name("presentation:notes"):
        return
    if node.get(_name("presentation:class")) in _FURNITURE:
        return
    if node.tag in (_name("draw:g"), _name("presentation:notes")):
        for child in node:
            if isinstance(child.tag, str):
                yield from _frames(child, walker)
    else:
        yield from (Paragraph(block.runs) if isinstance(block, Heading) else block for block in walker.blocks(node))


def _says(block: Block) -> bool:
    return isinstance(block, Table) or bool(runs_text(block.runs))
