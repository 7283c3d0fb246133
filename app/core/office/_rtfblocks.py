"""Collects what RTF says paragraph by paragraph into headings, list entries and tables. Used by _rtf."""

import re
from dataclasses import dataclass, field, replace
from itertools import groupby

from app.core.office._blocks import Block, Cell, Heading, Item, Paragraph, Run, Table, names_columns, runs_text
from app.core.office._rtftokens import whole

_MOST_CELLS = 256
_ORDERED = re.compile(r"\W*(?:[\w.]*\d[\w.]*|\w{1,8}[.)\]:])\W*")  # a lone letter is a bullet drawn in a symbol font


@dataclass(frozen=True, slots=True)
class Look:
    """What a paragraph is: `heading` 1 to 9, 0 for the title line, None for text; `mark` is what is drawn before a list entry."""

    heading: int | None = None
    in_table: bool = False
    listed: bool = False
    level: int = 0
    mark: str = ""


@dataclass(slots=True)
class Flow:
    """The text of the document, or of a box or note in it: runs become blocks, blocks cells, cells rows."""

    blocks: list[Block] = field(default_factory=list)
    asides: list[Block] = field(default_factory=list)
    _runs: list[Run] = field(default_factory=list)
    _cell: list[Block] = field(default_factory=list)
    _row: list[Cell] = field(default_factory=list)
    _rows: list[tuple[Cell, ...]] = field(default_factory=list)
    _has_header: bool = False

    def add(self, run: Run) -> None:
        """More text of the paragraph."""
        self._runs.append(run)

    def end_paragraph(self, look: Look) -> None:
        """The paragraph is whole; what stood beside it comes after it."""
        block = _block(_joined(self._runs), look)
        said, self._runs = [*([block] if block else []), *self.asides], []
        self.asides = []
        if look.in_table or self._row:
            self._cell += map(_shown_plain, said)
        else:
            self._end_table()
            self.blocks += said

    def end_cell(self, look: Look) -> None:
        """The cell is whole."""
        self.end_paragraph(replace(look, in_table=True))
        if len(self._row) < _MOST_CELLS:
            self._row.append(tuple(self._cell))
        self._cell = []

    def end_row(self) -> None:
        """The row is whole; one without cells is none."""
        if self._row:
            self._rows.append(tuple(self._row))
        self._row = []

    def name_columns(self) -> None:
        """The row that begins names the columns."""
        self._has_header = self._has_header or not self._rows

    def end(self, look: Look) -> list[Block]:
        """All blocks; a last paragraph or row need not be closed."""
        self.end_paragraph(look)
        if self._cell:
            self.end_cell(look)
        self.end_row()
        self._end_table()
        return self.blocks

    def _end_table(self) -> None:
        if self._rows:
            header = len(self._rows) > 1 and (self._has_header or names_columns(self._rows[0]))
            self.blocks.append(Table(tuple(self._rows), header))
        self._rows, self._has_header = [], False


def _joined(runs: list[Run]) -> tuple[Run, ...]:
    """One run for each stretch in one style; a letter may come in two halves."""
    stretches = groupby(runs, key=lambda run: replace(run, text=""))
    return tuple(replace(style, text=whole("".join(run.text for run in same))) for style, same in stretches)


def _block(runs: tuple[Run, ...], look: Look) -> Block | None:
    if not runs_text(runs):
        return None
    mark = look.mark.strip()
    is_ordered = _ORDERED.fullmatch(mark) is not None
    if look.heading is not None:
        return Heading(look.heading, (*((Run(f"{mark} "),) if is_ordered else ()), *runs))
    return Item(look.level, is_ordered, runs, mark if is_ordered else "") if look.listed or mark else Paragraph(runs)


def _shown_plain(block: Block) -> Block:
    if isinstance(block, Heading):
        return Paragraph(tuple(replace(run, bold=True) for run in block.runs))
    return block
