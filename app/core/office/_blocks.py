"""What the format readers produce before it becomes passages: runs, blocks, drafts. Used inside office only."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style; a newline in it is a line break inside the paragraph."""

    text: str
    bold: bool = False
    italic: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """Level 1 to 9 takes part in the heading path; level 0 (a document's title line) is only shown."""

    level: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Ordinary text."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One list entry; `level` counts from 0; `mark` is the number or letter shown before an ordered entry."""

    level: int
    ordered: bool
    runs: tuple[Run, ...]
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each cell a tuple of blocks; `header` says that the first row names the columns."""

    rows: tuple[tuple[tuple["Block", ...], ...], ...]
    header: bool = False


Block = Heading | Paragraph | Item | Table
Cell = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A passage before its text and HTML are made."""

    anchor: str
    label: str
    heading_path: tuple[str, ...]
    blocks: tuple[Block, ...]
    notes: bool = False


@dataclass(slots=True)
class Extract:
    """Everything a reader found in one file; `remarks` are appended to the description."""

    title: str = ""
    drafts: list[Draft] = field(default_factory=list)
    unit_count: int = 0
    unit_word: str = ""
    remarks: list[str] = field(default_factory=list)

    def add_slide(self, drafts: list[Draft]) -> None:
        """Counts one more slide; the first slide with a title names an untitled deck."""
        self.unit_count += 1
        self.drafts += drafts
        self.title = self.title or next((draft.heading_path[0] for draft in drafts if draft.heading_path), "")


def plain(text: str) -> tuple[Run, ...]:
    """Runs for unstyled text."""
    return (Run(text),) if text else ()


def runs_text(runs: Iterable[Run]) -> str:
    """The text of runs, blanks collapsed within each line."""
    lines = "".join(run.text for run in runs).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def names_columns(row: tuple[Cell, ...]) -> bool:
    """True for a first row in which every text is bold, as people mark headers where a program stores no such mark."""
    runs = [run for cell in row for block in cell if not isinstance(block, Table) for run in block.runs if run.text.strip()]
    return bool(runs) and all(run.bold for run in runs)


def text_cell(text: str, bold: bool = False) -> Cell:
    """A table cell holding one paragraph, or nothing."""
    return (Paragraph((Run(text, bold=bold),)),) if text else ()


class CannotRead(Exception):
    """A reader's own finding, told to people as it stands."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told
