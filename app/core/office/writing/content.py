"""What is to be written, free of any file format: lines, tables, charts, slides, sheets. Made by features, written by this package."""

import base64
import binascii
import struct
from dataclasses import dataclass
from decimal import Decimal

INK, QUIET, RULE, BARS = "1A2426", "566466", "CFD6D7", "2F4F57"
FONT = "Calibri"


@dataclass(frozen=True)
class Stretch:
    """Words in a line; a figure is set apart from the words around it."""

    text: str
    is_figure: bool = False


Line = tuple[Stretch, ...]


@dataclass(frozen=True)
class Heading:
    """A heading within the document, or the title of a slide."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Ordinary text."""

    line: Line


@dataclass(frozen=True)
class Figures:
    """Figures written large, each over what it is."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """Rows of text, the first column naming them; `header` may be empty."""

    rows: tuple[tuple[str, ...], ...]
    header: tuple[str, ...] = ()


@dataclass(frozen=True)
class BarChart:
    """One series over time; `summary` says in words what it shows."""

    title: str
    unit: str
    labels: tuple[str, ...]
    values: tuple[Decimal, ...]
    summary: str


@dataclass(frozen=True)
class Sources:
    """Where things are from, in small print."""

    lines: tuple[str, ...]


Block = Heading | Paragraph | Figures | Table | BarChart | Sources


@dataclass(frozen=True)
class Document:
    """A document of a page or two; `logo` is the bytes of a PNG of ours."""

    title: str
    eyebrow: str
    headline: Line
    blocks: tuple[Block, ...]
    company: str = ""
    logo: bytes = b""


@dataclass(frozen=True)
class Slide:
    """One slide: its title and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Deck:
    """Slides after a cover with the headline."""

    title: str
    eyebrow: str
    headline: str
    slides: tuple[Slide, ...]
    company: str = ""
    logo: bytes = b""


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: text, or a number, or a formula with the value it has now (None where it has none: #N/A).

    `look` is one of those of the workbook writer; `name` makes it a named cell; `choices` are what may be typed into it; text runs over
    the `span` columns it begins.
    """

    value: str | Decimal | None = ""
    formula: str = ""
    look: str = "text"
    name: str = ""
    choices: tuple[str, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    span: int = 1


@dataclass(frozen=True)
class SheetChart:
    """Bars over the rows of two columns of the same sheet, rows counted from 0."""

    title: str
    first_row: int
    last_row: int
    label_column: int
    value_column: int
    at: str


@dataclass(frozen=True)
class Sheet:
    """Rows of cells, widths of columns in characters, perhaps a chart; the first `frozen` rows stay in view; a logo takes the first."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]
    chart: SheetChart | None = None
    frozen: int = 0
    logo: bytes = b""


@dataclass(frozen=True)
class Workbook:
    """Sheets in order; `currency` is the sign its money looks carry."""

    title: str
    sheets: tuple[Sheet, ...]
    currency: str


def clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return "".join(
        letter
        for letter in text
        if letter in "\t\n" or (letter >= " " and not 0xD800 <= ord(letter) <= 0xDFFF and letter not in "\ufffe\uffff")
    )


def picture_of(address: str) -> bytes:
    """The bytes of a PNG kept as a data address; none when there is none."""
    kind, _, encoded = address.partition(",")
    if kind != "data:image/png;base64":
        return b""
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""


def size_of(logo: bytes) -> tuple[int, int]:
    """Width and height of a PNG, in pixels."""
    width, height = struct.unpack(">II", logo[16:24])
    return width, height


def fit(logo: bytes, widest: float, highest: float) -> tuple[float, float]:
    """Width and height of a PNG that fills these bounds and keeps its shape, in the unit of the bounds."""
    width, height = size_of(logo)
    scale = min(widest / width, highest / height)
    return width * scale, height * scale
