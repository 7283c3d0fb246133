"""Reads PDF page by page through PDFium: lines joined to paragraphs, running headers and footers dropped. Used by _reading."""

import re
from collections import Counter
from typing import Any, BinaryIO

import pypdfium2
from pypdfium2 import raw

from app.core.office._blocks import Block, CannotRead, Draft, Extract, Item, Paragraph, plain
from app.core.office._sections import split_draft
from app.core.office._titles import meaningful_title

_PAGE_WORDS = 400
_EDGE_LINES = 3
_FULL_LINE = 0.7
_PROTECTED = "The file could not be read: it is protected by a password."
_BULLET = re.compile(r"[•●○◦▪■‣⁃➢✓✔\uf0b7\uf0a7]\s*|[-–*o]\s+(?=\S)")
_BROKEN_WORD = re.compile(r"(?<=\w)(?:[\ufffe\x02]\s*|\u00ad\s+)(\S*) ?")  # how PDFium marks a word broken at a line end
_HYPHEN_END = re.compile(r"(?<=[^\W\d_])[-‐]$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DIGITS = re.compile(r"\d+")
_SENTENCE_END = (".", "!", "?", ":", ";", "。")


def read_pdf(stream: BinaryIO) -> Extract:
    """Passages by page, with the bookmark a page stands under as heading path."""
    document = _opened(stream)
    pages = _without_running_lines([_lines(document[number]) for number in range(len(document))])
    paths = _bookmarks(document, len(pages))
    title = meaningful_title(document.get_metadata_value("Title"))
    extract = Extract(title, unit_count=len(pages), unit_word="page")
    for number, lines in enumerate(pages, start=1):
        blocks = tuple(_blocks(lines))
        draft = Draft(f"page-{number}", f"Page {number}", paths[number - 1], blocks)
        extract.drafts += split_draft(draft, _PAGE_WORDS, _PAGE_WORDS // 2)
    return extract


def _opened(stream: BinaryIO) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(stream)
    except pypdfium2.PdfiumError as error:
        if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD:
            raise CannotRead(_PROTECTED) from error
        raise


def _lines(page: Any) -> list[str]:
    """The page's lines with words that were broken at a line end joined again."""
    text_page = page.get_textpage()
    text = text_page.get_text_range() if text_page.count_chars() else ""
    text_page.close()
    page.close()
    text = _BROKEN_WORD.sub(r"\1\n", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\u00ad", "")
    return [" ".join(_CONTROL.sub("", line).split()) for line in text.split("\n") if line.strip()]


def _without_running_lines(pages: list[list[str]]) -> list[list[str]]:
    """Lines near a page edge which come back, apart from numbers, on half of the pages are kept where they first stand only."""
    counts = Counter(key for lines in pages for key in {_key(lines[at]) for at in _edges(lines)})
    needed = max(3, len(pages) / 2)
    running = {key for key, count in counts.items() if count >= needed}
    seen: set[str] = set()
    kept: list[list[str]] = []
    for lines in pages:
        dropped = {at for at in _edges(lines) if _key(lines[at]) in seen}
        seen |= {_key(lines[at]) for at in _edges(lines)} & running
        kept.append([line for at, line in enumerate(lines) if at not in dropped])
    return kept


def _edges(lines: list[str]) -> set[int]:
    """The first and last lines, at most half of the page together, so that a short page keeps its body."""
    deep = min(_EDGE_LINES, len(lines) // 4)
    return {*range(deep), *range(len(lines) - deep, len(lines))}


def _key(line: str) -> str:
    return _DIGITS.sub("#", line)


def _bookmarks(document: pypdfium2.PdfDocument, count: int) -> list[tuple[str, ...]]:
    """For each page the path of the first bookmark on it, else the last one before it."""
    first_on: dict[int, tuple[str, ...]] = {}
    stack: list[str] = []
    last_on: dict[int, tuple[str, ...]] = {}
    for mark in document.get_toc(max_depth=6):
        target = mark.get_dest()
        number = target.get_index() if target else None
        stack = [*stack[: mark.level], " ".join(mark.get_title().split())]
        if number is not None:
            first_on.setdefault(number, tuple(stack))
            last_on[number] = tuple(stack)
    paths: list[tuple[str, ...]] = []
    current: tuple[str, ...] = ()
    for number in range(count):
        paths.append(first_on.get(number, current))
        current = last_on.get(number, current)
    return paths


def _blocks(lines: list[str]) -> list[Block]:
    """Lines joined to paragraphs: a bullet, a short line or a sentence end before a capital starts a new one."""
    longest = max(map(len, lines), default=0)
    blocks: list[Block] = []
    held = ""
    previous = 0
    for line in lines:
        if held and _starts_anew(held, line, previous, longest):
            blocks.append(_block(held))
            held = ""
        held = _joined(held, line)
        previous = len(line)
    return [*blocks, _block(held)] if held else blocks


def _starts_anew(held: str, line: str, previous: int, longest: int) -> bool:
    if _BULLET.match(line) or (previous < _FULL_LINE * longest and not line[:1].islower()):
        return True
    return held.endswith(_SENTENCE_END) and not line[:1].islower() and previous < 0.95 * longest


def _joined(held: str, line: str) -> str:
    if held and line[:1].islower() and _HYPHEN_END.search(held):
        return held[:-1] + line
    return f"{held} {line}".strip()


def _block(text: str) -> Block:
    bullet = _BULLET.match(text)
    return Item(0, ordered=False, runs=plain(text[bullet.end() :])) if bullet and len(text) > bullet.end() else Paragraph(plain(text))
