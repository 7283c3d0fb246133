"""Shape of the TOML sources of the demo library, checked on reading so that a slip names its file; used by build.py."""

import tomllib
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Cell = str | int | float | bool
Stage = Literal["target", "qualify", "discover", "prove", "funded", "negotiate", "onboard"]
Stakeholder = Literal["economic", "champion", "technical", "enduser", "procurement", "security"]
Solution = Literal["dock-scheduler", "carrier-hub", "yard-planner", "freight-audit"]
Vertical = Literal["grocery", "chilled-food", "parcel", "automotive", "pharma"]
Audience = Literal["internal", "partner", "customer"]
Kind = Literal[
    "snippet", "background-refresher", "cheat-sheet", "call-script", "qualification-checklist", "letter-template",
    "value-proposition", "presentation", "one-pager", "case-study", "testimonial", "proof-point", "proposal-section",
    "business-case-template", "roi-calculator", "training-vignette", "event-kit", "price-list", "contract-template",
    "competitor-card", "objection-answer", "other",
]  # fmt: skip
Format = Literal["docx", "pptx", "xlsx", "md", "html", "csv", "qvalue"]
ChartKind = Literal["column", "bar", "line", "stacked"]


class SeedSourceError(Exception):
    """A source file of the demo library cannot be used; the message names the file and the place in it."""


class Source(BaseModel):
    """A mistyped key is an error, not an ignored line."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TableSource(Source):
    header: list[str]
    rows: list[list[str]]
    widths: list[float] = []


class SeriesSource(Source):
    name: str
    values: list[float]


class ChartSource(Source):
    """A chart; `fields` names cells of its sheet ("B2") that whoever fills in the deck may change."""

    kind: ChartKind = "column"
    title: str
    categories: list[str]
    series: list[SeriesSource]
    number_format: str = "#,##0"
    fields: dict[str, str] = {}


class FlowBox(Source):
    head: str
    text: str = ""
    on: bool = False


class FlowSource(Source):
    boxes: list[FlowBox]
    arrows: list[str]


class FigureSource(Source):
    value: str
    text: str


class QuoteSource(Source):
    text: str
    source: str


class ColumnSource(Source):
    head: str
    bullets: list[str]


class SlideSource(Source):
    """One slide; `number` says which slide of the version it is based on this one replaces."""

    number: int | None = None
    layout: Literal["title", "section", "content", "two"] = "content"
    title: str
    subtitle: str = ""
    bullets: list[str] = []
    left: ColumnSource | None = None
    right: ColumnSource | None = None
    table: TableSource | None = None
    chart: ChartSource | None = None
    flow: FlowSource | None = None
    figures: list[FigureSource] = []
    quote: QuoteSource | None = None
    remark: str = ""
    notes: str = ""


class SheetChart(Source):
    """A chart over ranges of its own sheet, such as `A5:A8`; `at` is the cell of its upper left corner."""

    kind: ChartKind = "column"
    title: str
    categories: str
    series: dict[str, str]
    at: str
    number_format: str = "#,##0"


class SheetSource(Source):
    """One sheet. `rows` start in A1; text that starts with `=` is a formula. Number formats go by column letter or by cell."""

    name: str
    rows: list[list[Cell]]
    widths: list[float] = []
    head_rows: list[int] = []
    total_rows: list[int] = []
    section_rows: list[int] = []
    inputs: list[str] = []
    formats: dict[str, str] = {}
    freeze: int = 0
    chart: SheetChart | None = None


class VersionSource(Source):
    """One version: its own content, or that of an earlier one (`based_on`, counted from 1) with replacements; `value` is a value model."""

    note: str
    released: bool = False
    based_on: int | None = None
    replace: list[tuple[str, str]] = []
    subtitle: str = ""
    body: str = ""
    slides: list[SlideSource] = Field(default=[], alias="slide")
    sheets: list[SheetSource] = Field(default=[], alias="sheet")
    names: dict[str, str] = {}
    records: list[list[Cell]] = []
    value: dict[str, Any] = {}


class FieldSource(Source):
    """How a field of a template is asked for."""

    label: str
    kind: str = "text"
    help: str = ""
    default: str = ""
    unit: str = ""
    minimum: str = ""
    maximum: str = ""
    choices: list[str] = []


class ItemSource(Source):
    title: str
    summary: str
    format: Format
    kind: Kind
    audience: Audience
    stages: list[Stage]
    stakeholders: list[Stakeholder]
    solutions: list[Solution] = []
    verticals: list[Vertical] = []
    tags: list[str] = []
    owner: Literal["marketer", "manager"]
    review_interval_days: int = Field(gt=0)
    confirmed_days_ago: int = Field(ge=0)
    expires_in_days: int | None = None
    fields: dict[str, FieldSource] = {}
    versions: list[VersionSource] = Field(alias="version", min_length=1)


class QuestionSource(Source):
    text: str
    phrasings: list[str]
    stages: list[Stage]
    stakeholders: list[Stakeholder]
    solutions: list[Solution] = []
    verticals: list[Vertical] = []
    item: str
    anchor: str


class QuestionsFile(Source):
    questions: list[QuestionSource] = Field(alias="question")


class WordsFile(Source):
    groups: list[list[str]]
    verticals: dict[Vertical, str]


ReadSource = TypeVar("ReadSource", bound=Source)


def read_source(path: Path, shape: type[ReadSource]) -> ReadSource:
    """Read one TOML file into its shape; raises SeedSourceError naming file and place."""
    try:
        return shape.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise SeedSourceError(f"{path.name} in the demo sources cannot be read: {error}") from error
