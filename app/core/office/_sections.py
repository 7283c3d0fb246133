"""Cuts a document's blocks into passages by heading, and over-long stretches into parts. Used by every reader."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.office._blocks import Block, Draft, Extract, Heading, Item, Paragraph, Run, Table, plain, runs_text
from app.core.office._render import block_text

PART_LEAST, PART_MOST = 80, 200
SLIDE_MOST = 400
_PARAGRAPH_MOST = 400
_LAST_PART_LEAST = 40
_SLUG_LENGTH, _ANCHOR_LENGTH = 40, 120
_START = "Start"
_LEAST_HEADINGS, _HEADING_WORDS, _NO_HEADING_END = 2, 12, (".", ",", ";", "!")
_NOT_SLUG = re.compile(r"[\W_]+")
_SENTENCE_END = re.compile(r"(?<=[.!?。])\s+|\n+")


def slug(text: str) -> str:
    """A stable, readable key of lower-case letters and digits joined by hyphens."""
    return _NOT_SLUG.sub("-", unicodedata.normalize("NFKC", text).lower()).strip("-") or "x"


@dataclass(slots=True)
class _Section:
    path: tuple[str, ...]
    blocks: list[Block]


def document_extract(title: str, blocks: Iterable[Block]) -> Extract:
    """Passages by heading section; the title falls back to the title line, then to the first heading."""
    sections = _fold_bare_headings(_sections(_with_headings(list(blocks))))
    fallback = ""
    drafts: list[Draft] = []
    for section in sections:
        fallback = fallback or _first_title(section)
        label = section.path[-1] if section.path else _START
        anchor = _heading_anchor(section.path) if section.path else slug(_START)
        drafts.extend(split_draft(Draft(anchor, label, section.path, tuple(section.blocks))))
    return Extract(title or fallback, drafts, len(sections), "section")


def _with_headings(blocks: list[Block]) -> list[Block]:
    """In a document without any heading style, short bold lines serve as headings, as their writer meant them."""
    if any(isinstance(block, Heading) and block.level for block in blocks) or sum(map(looks_like_heading, blocks)) < _LEAST_HEADINGS:
        return blocks
    return [Heading(1, block.runs) if isinstance(block, Paragraph) and looks_like_heading(block) else block for block in blocks]


def looks_like_heading(block: Block) -> bool:
    """A paragraph of a few words, all bold, which is no sentence."""
    if not isinstance(block, Paragraph) or not all(run.bold for run in block.runs if run.text.strip()):
        return False
    text = runs_text(block.runs)
    return len(text) > 1 and "\n" not in text and len(text.split()) <= _HEADING_WORDS and not text.endswith(_NO_HEADING_END)


def _heading_anchor(path: Sequence[str]) -> str:
    """Long headings are shortened one by one, so that the last one always tells sections apart."""
    return "h-" + "-".join(slug(heading)[:_SLUG_LENGTH].rstrip("-") for heading in path)[-_ANCHOR_LENGTH:].lstrip("-")


def _first_title(section: _Section) -> str:
    for block in section.blocks[:3]:
        if isinstance(block, Heading) and block.level == 0:
            return runs_text(block.runs).replace("\n", " ")
    return section.path[0] if section.path else ""


def _sections(blocks: Iterable[Block]) -> list[_Section]:
    sections = [_Section((), [])]
    stack: list[tuple[int, str]] = []
    for block in blocks:
        if not isinstance(block, Heading) or block.level == 0:
            if block_text(block):
                sections[-1].blocks.append(block)
            continue
        text = " ".join(runs_text(block.runs).split())
        if text:
            stack = [*(held for held in stack if held[0] < block.level), (block.level, text)]
            sections.append(_Section(tuple(held for _, held in stack), []))
    return sections


def _fold_bare_headings(sections: Sequence[_Section]) -> list[_Section]:
    """A heading without text lives on in the path of its children, else as a first line of the next passage."""
    kept: list[_Section] = []
    waiting: list[Block] = []
    for at, section in enumerate(sections):
        following = sections[at + 1].path if at + 1 < len(sections) else ()
        if section.blocks:
            kept.append(_Section(section.path, [*waiting, *section.blocks]))
            waiting = []
        elif section.path and following[: len(section.path)] != section.path:
            waiting.append(Heading(2, plain(section.path[-1])))
            if not following:
                kept.append(_Section(section.path, waiting))
    return kept


def split_draft(draft: Draft, most: int = PART_MOST, least: int = PART_LEAST) -> list[Draft]:
    """The draft itself, or its parts of about `least` to `most` words, cut between blocks and table rows only."""
    if count_words(draft.blocks) <= most:
        return [draft]
    pieces = _grouped(list(_pieces(draft.blocks, most)), most, least)
    if len(pieces) == 1:
        return [draft]
    parts = [replace(draft, blocks=tuple(pieces[0]))]
    for number, blocks in enumerate(pieces[1:], start=2):
        parts.append(replace(draft, anchor=f"{draft.anchor}-p{number}", label=f"{draft.label}, part {number}", blocks=tuple(blocks)))
    return parts


def _grouped(pieces: Sequence[Block], most: int, least: int) -> list[list[Block]]:
    groups: list[list[Block]] = [[]]
    counts = [0]
    for piece in pieces:
        words = count_words((piece,))
        if counts[-1] and counts[-1] >= least and counts[-1] + words > most:
            groups.append([])
            counts.append(0)
        groups[-1].append(piece)
        counts[-1] += words
    if len(groups) > 1 and counts[-1] < _LAST_PART_LEAST:
        groups[-2].extend(groups.pop())
    return groups


def count_words(blocks: Iterable[Block]) -> int:
    """Words by white space, good enough to cut by."""
    return sum(len(block_text(block).split()) for block in blocks)


def _pieces(blocks: Iterable[Block], most: int) -> Iterator[Block]:
    for block in blocks:
        if count_words((block,)) <= most:
            yield block
        elif isinstance(block, Table):
            yield from _table_pieces(block, most)
        elif isinstance(block, Paragraph | Item):
            yield from _paragraph_pieces(block)
        else:
            yield block


def _table_pieces(table: Table, most: int) -> Iterator[Table]:
    head = table.rows[:1] if table.header else ()
    rows: list[tuple[tuple[Block, ...], ...]] = []
    words = 0
    for row in table.rows[len(head) :]:
        size = sum(count_words(cell) for cell in row)
        if rows and words + size > most:
            yield Table((*head, *rows), table.header)
            rows, words = [], 0
        rows.append(row)
        words += size
    if rows or head:
        yield Table((*head, *rows), table.header)


def _paragraph_pieces(block: Paragraph | Item) -> Iterator[Block]:
    """A paragraph of several hundred words, as plain text files have, is cut at sentence ends; it loses its inline style."""
    text = runs_text(block.runs)
    if len(text.split()) <= _PARAGRAPH_MOST:
        yield block
        return
    held: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        for stretch in _stretches(sentence):
            held.extend(stretch)
            if len(held) >= PART_LEAST:
                yield replace(block, runs=(Run(" ".join(held)),))
                held = []
    if held:
        yield replace(block, runs=(Run(" ".join(held)),))


def _stretches(sentence: str) -> Iterator[list[str]]:
    words = sentence.split()
    for at in range(0, len(words), PART_MOST):
        yield words[at : at + PART_MOST]


def slide_drafts(number: int, blocks: Sequence[Block], notes: Sequence[Block]) -> list[Draft]:
    """The passages of one slide and of its speaker notes; without a title proper, a bold first line is the title."""
    if blocks and isinstance(blocks[0], Paragraph) and looks_like_heading(blocks[0]):
        blocks = [Heading(2, blocks[0].runs), *blocks[1:]]
    path = (" ".join(runs_text(blocks[0].runs).split()),) if blocks and isinstance(blocks[0], Heading) else ()
    slide = Draft(f"slide-{number}", f"Slide {number}", path, tuple(blocks))
    spoken = Draft(f"slide-{number}-notes", f"Slide {number}, speaker notes", path, tuple(notes), notes=True)
    return [part for draft in (slide, spoken) for part in split_draft(draft, SLIDE_MOST, PART_MOST)]


def unique_anchors(drafts: Iterable[Draft]) -> list[Draft]:
    """The same drafts, repeated anchors told apart by -2, -3 and so on."""
    taken: set[str] = set()
    last: dict[str, int] = {}
    result: list[Draft] = []
    for draft in drafts:
        anchor = draft.anchor
        while anchor in taken:
            last[draft.anchor] = last.get(draft.anchor, 1) + 1
            anchor = f"{draft.anchor}-{last[draft.anchor]}"
        taken.add(anchor)
        result.append(replace(draft, anchor=anchor) if anchor != draft.anchor else draft)
    return result
