"""Reads Markdown and HTML into blocks: no raw markup survives, only text, emphasis, links, lists and tables. Used by _reading."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from lxml import html as lxml_html
from markdown_it import MarkdownIt

from app.core.office._blocks import Block, Cell, Extract, Heading, Item, Paragraph, Run, Table, runs_text
from app.core.office._encoding import decoded
from app.core.office._sections import document_extract
from app.core.office._titles import meaningful_title

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_TEMPLATE_TAG = re.compile(r"\{%.*?%\}|\{:.*?\}", re.DOTALL)
_DROPPED = frozenset(
    {
        *("script", "style", "noscript", "template", "svg", "math", "nav", "aside", "form", "button", "select", "textarea"),
        *("iframe", "object", "embed", "head", "canvas", "video", "audio", "map", "dialog"),
    }
)
_FRAME = frozenset({"header", "footer"})
_WIDEST = 60
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LINES = frozenset({"p", "dt", "figcaption", "caption", "summary", "legend", "address", "pre"})
_INLINE = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd", "label"),
        *("mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
    }
)
_BOLD, _ITALIC = frozenset({"b", "strong"}), frozenset({"i", "em", "cite"})
_XML_DECLARATION = re.compile(r"\A\s*<\?xml.*?\?>", re.DOTALL)


def read_html(stream: BinaryIO) -> Extract:
    """Passages by heading section of the page's main part."""
    front, text = _front_matter(decoded(stream.read(), in_html=True))
    text = _XML_DECLARATION.sub("", _TEMPLATE_TAG.sub(" ", text) if front is not None else text)
    if not text.strip():
        return document_extract(front or "", ())
    root = lxml_html.document_fromstring(text, parser=lxml_html.HTMLParser(no_network=True, huge_tree=False))
    title = meaningful_title(front or root.findtext(".//title") or "")
    return document_extract(title, html_blocks(_main_part(root)))


def _main_part(root: Any) -> Any:
    """The main element, else the only article, else the body without the site's frame."""
    for wanted in ("main", "article"):
        found = root.findall(f".//{wanted}")
        if len(found) == 1 and len(found[0].text_content().split()) > 20:
            return found[0]
    body = root.find("body")
    body = root if body is None else body
    for node in [child for child in body.iter(*_FRAME) if child.find(".//h1") is None]:
        node.drop_tree()
    return body


def html_blocks(container: Any) -> Iterator[Block]:
    """Blocks of an element; loose text between block elements becomes paragraphs."""
    loose: list[Run] = [Run(_flat(container.text))]
    for child in container:
        tag = child.tag if isinstance(child.tag, str) else "script"
        if tag in _INLINE:
            loose.extend(_element_runs(child, Run("")))
        elif tag not in _DROPPED:
            yield from _paragraph(loose)
            loose = []
            yield from _element_blocks(child, tag)
        loose.append(Run(_flat(child.tail)))
    yield from _paragraph(loose)


def _paragraph(runs: list[Run]) -> Iterator[Block]:
    if runs_text(runs):
        yield Paragraph(tuple(runs))


def _element_blocks(node: Any, tag: str) -> Iterator[Block]:
    if tag in _HEADINGS:
        yield Heading(_HEADINGS[tag], tuple(_runs(node, Run(""))))
    elif tag == "pre":
        yield from _paragraph([Run("".join(node.itertext()).strip("\n"))])
    elif tag in _LINES:
        yield from _paragraph(list(_runs(node, Run(""))))
    elif tag in ("ul", "ol"):
        yield from _list(node, 0)
    elif tag == "table":
        yield from _table(node)
    else:
        yield from html_blocks(node)


def _list(node: Any, level: int) -> Iterator[Block]:
    """Entries; text of paragraphs inside an entry stays in it, lists inside go one level deeper."""
    ordered = node.tag == "ol"
    for number, entry in enumerate(node.iterchildren("li"), start=1):
        for at, block in enumerate(html_blocks(entry)):
            if isinstance(block, Item):
                yield replace(block, level=min(block.level + 1, 9))
            elif isinstance(block, Table):
                yield block
            else:
                yield Item(level, ordered, block.runs, f"{number}." if ordered and at == 0 else "")


def _table(node: Any) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = []
    header = False
    for row in node.iter("tr"):
        if next(row.iterancestors("table"), None) is not node:
            continue
        cells = list(row.iterchildren("td", "th"))
        if not rows:
            header = bool(cells) and all(cell.tag == "th" for cell in cells)
        rows.append(tuple(_wide(cells)))
    if rows:
        yield Table(tuple(rows), header and len(rows) > 1)


def _wide(cells: list[Any]) -> Iterator[Cell]:
    """The cells of a row; one over several columns is followed by empty ones, so that columns stay aligned."""
    for cell in cells:
        yield tuple(_shown_plain(block) for block in html_blocks(cell))
        span = cell.get("colspan", "1").strip()
        yield from [()] * (min(int(span), _WIDEST) - 1 if span.isdecimal() and len(span) < 6 else 0)


def _shown_plain(block: Block) -> Block:
    if isinstance(block, Heading):
        return Paragraph(tuple(replace(run, bold=True) for run in block.runs))
    return block


def _runs(node: Any, look: Run) -> Iterator[Run]:
    if node.text:
        yield replace(look, text=_flat(node.text))
    for child in node:
        if isinstance(child.tag, str) and child.tag not in _DROPPED:
            yield from _element_runs(child, look)
        if child.tail:
            yield replace(look, text=_flat(child.tail))


def _element_runs(node: Any, look: Run) -> Iterator[Run]:
    tag = node.tag
    if tag == "br":
        yield Run("\n")
        return
    if tag == "a":
        look = replace(look, href=node.get("href", ""))
    yield from _runs(node, replace(look, bold=look.bold or tag in _BOLD, italic=look.italic or tag in _ITALIC))
    if tag not in _INLINE:
        yield Run(" ")


def _flat(text: str | None) -> str:
    """White space of HTML source, also line ends, is a single blank."""
    return re.sub(r"\s+", " ", text) if text else ""


def read_markdown(stream: BinaryIO) -> Extract:
    """Passages by heading section; front matter gives the title only."""
    front, text = _front_matter(decoded(stream.read()))
    if front is not None:
        text = _TEMPLATE_TAG.sub(" ", text)
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    return document_extract(meaningful_title(front or ""), _TokenWalker(tokens).blocks())


def _front_matter(text: str) -> tuple[str | None, str]:
    """Its title ("" when it has none, None without front matter) and the text after it."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return None, text
    title = _FRONT_TITLE.search(match.group(1))
    return (title.group(1).strip("\"' ") if title else ""), text[match.end() :]


class _TokenWalker:
    """Goes once over markdown-it's flat token list."""

    def __init__(self, tokens: list[Any]) -> None:
        self._tokens = tokens
        self._lists: list[list[Any]] = []  # for each open list: ordered, number of the entry, entry already shown

    def blocks(self) -> Iterator[Block]:
        """All blocks of the document."""
        at = 0
        while at < len(self._tokens):
            token = self._tokens[at]
            if token.type == "table_open":
                at, table = self._table(at)
                yield table
                continue
            self._track(token)
            if token.type == "inline":
                yield self._text_block(self._tokens[at - 1], tuple(_inline_runs(token.children or [])))
            elif token.type in ("fence", "code_block"):
                yield Paragraph((Run(token.content.rstrip("\n")),))
            elif token.type == "html_block":
                yield from _raw_html(token.content)
            at += 1

    def _track(self, token: Any) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            start = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else 1
            self._lists.append([token.type == "ordered_list_open", start - 1, False])
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif token.type == "list_item_open":
            self._lists[-1][1] += 1
            self._lists[-1][2] = False

    def _text_block(self, opening: Any, runs: tuple[Run, ...]) -> Block:
        if opening.type == "heading_open":
            return Heading(int(opening.tag[1]), runs)
        if not self._lists:
            return Paragraph(runs)
        ordered, number, shown = self._lists[-1]
        self._lists[-1][2] = True
        return Item(min(len(self._lists) - 1, 9), ordered, runs, f"{number}." if ordered and not shown else "")

    def _table(self, at: int) -> tuple[int, Table]:
        rows: list[list[Cell]] = []
        while self._tokens[at].type != "table_close":
            token = self._tokens[at]
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                runs = tuple(_inline_runs(token.children or []))
                rows[-1].append((Paragraph(runs),) if runs_text(runs) else ())
            at += 1
        return at + 1, Table(tuple(map(tuple, rows)), header=len(rows) > 1)


def _raw_html(source: str) -> Iterator[Block]:
    if not re.sub(r"<!--.*?-->", "", source, flags=re.DOTALL).strip():
        return
    for fragment in lxml_html.fragments_fromstring(source, parser=lxml_html.HTMLParser(no_network=True, huge_tree=False)):
        if isinstance(fragment, str):
            yield from _paragraph([Run(_flat(fragment))])
        elif isinstance(fragment.tag, str) and fragment.tag not in _DROPPED:
            wrapper = lxml_html.Element("div")
            wrapper.append(fragment)
            yield from html_blocks(wrapper)


def _inline_runs(children: list[Any]) -> Iterator[Run]:
    bold = italic = 0
    addresses: list[str] = []
    for child in children:
        if child.type in ("text", "code_inline"):
            yield Run(child.content, bold > 0, italic > 0, addresses[-1] if addresses else "")
        elif child.type == "image":
            yield Run(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            yield Run("\n" if child.type == "hardbreak" else " ")
        elif child.type == "html_inline" and child.content.lower().startswith("<br"):
            yield Run("\n")
        elif child.type == "link_open":
            addresses.append(str(child.attrs.get("href", "")))
        elif child.type == "link_close":
            addresses.pop()
        bold += child.nesting if child.tag == "strong" else 0
        italic += child.nesting if child.tag == "em" else 0
