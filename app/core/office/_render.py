"""Blocks to plain text and to the small, escaped HTML a rep copies. Used by the passage builder only."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from app.core.office._blocks import Block, Cell, Heading, Item, Paragraph, Run, Table, runs_text

_SAFE_LINKS = ("http://", "https://", "mailto:")


def blocks_text(blocks: Iterable[Block]) -> str:
    """Plain text: a line for each paragraph, item and table row; cells parted by tabs."""
    return "\n".join(text for text in map(block_text, blocks) if text)


def block_text(block: Block) -> str:
    """Plain text of one block."""
    if isinstance(block, Table):
        return "\n".join(line for line in map(_row_text, block.rows) if line.strip())
    text = runs_text(block.runs)
    return f"{block.mark} {text}" if isinstance(block, Item) and block.mark and text else text


def _row_text(row: Iterable[Cell]) -> str:
    return "\t".join(" ".join(blocks_text(cell).split()) for cell in row).rstrip("\t")


def blocks_html(blocks: Sequence[Block]) -> str:
    """HTML of p, ul, ol, li, table, strong, em, h3, a and br only; every text and address is escaped."""
    parts: list[str] = []
    for in_list, group in groupby(blocks, key=lambda block: isinstance(block, Item)):
        if in_list:
            parts.append(_list_html([block for block in group if isinstance(block, Item)]))
        else:
            parts.extend(_block_html(block) for block in group)
    return "".join(parts)


def _block_html(block: Block) -> str:
    if isinstance(block, Table):
        return _table_html(block)
    inner = runs_html(block.runs)
    if not inner:
        return ""
    if isinstance(block, Heading):
        tag = "h3" if block.level <= 2 else "h4"
        return f"<{tag}>{inner}</{tag}>"
    return f"<p>{inner}</p>"


def _list_html(items: Sequence[Item]) -> str:
    """Nested lists; the open ones are kept as (level, tag) from outermost to innermost."""
    out: list[str] = []
    opened: list[tuple[int, str]] = []
    for item in items:
        tag = "ol" if item.ordered else "ul"
        while opened and (opened[-1][0] > item.level or opened[-1] == (item.level, "ul" if tag == "ol" else "ol")):
            out.append(f"</li></{opened.pop()[1]}>")
        if opened and opened[-1][0] == item.level:
            out.append("</li>")
        else:
            opened.append((item.level, tag))
            first = item.mark.rstrip(".")
            out.append(f'<ol start="{first}">' if item.ordered and first.isdecimal() and first != "1" else f"<{tag}>")
        out.append(f"<li>{runs_html(item.runs)}")
    out.extend(f"</li></{tag}>" for _, tag in reversed(opened))
    return "".join(out)


def _table_html(table: Table) -> str:
    width = max((len(row) for row in table.rows), default=0)
    if not width:
        return ""
    head = table.rows[:1] if table.header else ()
    body = table.rows[len(head) :]
    top = f"<thead>{''.join(_row_html(row, 'th', width) for row in head)}</thead>" if head else ""
    rest = f"<tbody>{''.join(_row_html(row, 'td', width) for row in body)}</tbody>" if body else ""
    return f"<table>{top}{rest}</table>"


def _row_html(row: Sequence[Cell], tag: str, width: int) -> str:
    cells = (*row, *((),) * (width - len(row)))
    return "<tr>" + "".join(f"<{tag}>{_cell_html(cell)}</{tag}>" for cell in cells) + "</tr>"


def _cell_html(cell: Cell) -> str:
    if len(cell) == 1 and isinstance(cell[0], Paragraph):
        return runs_html(cell[0].runs)
    return blocks_html(cell)


def runs_html(runs: Iterable[Run]) -> str:
    """Escaped inline HTML; neighbouring runs of one style become one element."""
    parts: list[str] = []
    for (bold, italic, href), group in groupby(runs, key=lambda run: (run.bold, run.italic, run.href)):
        text = "".join(run.text for run in group)
        inner = "<br>".join(escape(_single_spaced(line), quote=False) for line in text.split("\n"))
        parts.append(_styled(inner, bold, italic, href) if text.strip() else inner)
    return "".join(parts).strip()


def _single_spaced(line: str) -> str:
    words = " ".join(line.split())
    if not words:
        return " " if line else ""
    return (" " if line[0].isspace() else "") + words + (" " if line[-1].isspace() else "")


def _styled(inner: str, bold: bool, italic: bool, href: str) -> str:
    if italic:
        inner = f"<em>{inner}</em>"
    if bold:
        inner = f"<strong>{inner}</strong>"
    if href.lower().startswith(_SAFE_LINKS):
        inner = f'<a href="{escape(href)}">{inner}</a>'
    return inner
