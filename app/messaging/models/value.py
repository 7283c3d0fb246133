"""What a value model is: inputs, formulas, texts, scenarios, sources, as marketing writes them; and a business case made of one."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic import Field as InputField

MOST_INPUTS, MOST_FORMULAS = 40, 60
LONGEST_EXPRESSION = 500
LONGEST_WORDS = 2000

Key = Annotated[str, InputField(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Name = Annotated[str, InputField(min_length=1, max_length=80)]
Unit = Annotated[str, InputField(max_length=40)]
Number = Annotated[
    Decimal,
    InputField(ge=-(10**12), le=10**12, allow_inf_nan=False, max_digits=22, decimal_places=9),
    AfterValidator(lambda value: value or Decimal(0)),  # 0E+30000000 would be written out with as many digits
]


# Asset, version and place that a text was taken over from; for those who keep the model, champions see the written source only.
TakenFrom = Annotated[str, InputField(pattern=r"^([0-9]{1,9}/[0-9]{1,9}/[^\s/]{0,200})?$")]


class Scenario(StrEnum):
    """Which figures stand in the fields before somebody types: the cautious ones, those expected, the hopeful ones."""

    LOW = "low"
    EXPECTED = "expected"
    HIGH = "high"


class Display(StrEnum):
    """How a key figure is written."""

    MONEY = "money"
    PERCENT = "percent"
    MONTHS = "months"
    NUMBER = "number"


class Part(BaseModel):
    """A piece of a definition: nothing it does not name, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Keyed(Part):
    """A piece that others name by its key."""

    key: Key
    label: Name


class Measured(Keyed):
    """One with a unit, written "€/year", "trucks/day", "%"."""

    unit: Unit = ""


class Figure(Measured):
    """An input; `suffix` is what stands beside the field instead of the unit ("a year").

    `default` is what is expected; `low` and `high` are what the other scenarios say, when they say anything else. Values may have as
    many decimals as `step`. A figure in % is 40 here and in its field, and 0.4 in expressions. `filled_from` names what of the
    opportunity it is filled in with, where the case is for one.
    """

    group: Name
    suffix: str = InputField(default="", max_length=20)
    minimum: Number
    maximum: Number
    step: Number = InputField(default=Decimal(1), gt=0)
    default: Number
    low: Number | None = None
    high: Number | None = None
    source: str = InputField(default="", max_length=300)
    filled_from: Literal["", "amount"] = ""
    help: str = InputField(default="", max_length=200)


class Formula(Measured):
    """A figure that follows from others; its unit has to follow from theirs."""

    expression: str = InputField(min_length=1, max_length=LONGEST_EXPRESSION)


class KeyFigure(Part):
    """A result shown large, under words of its own."""

    formula: Key
    label: Name
    display: Display = Display.NUMBER


class CashFlow(Part):
    """What the chart is drawn from: figures or formulas in money, the latter two a year."""

    one_off: Key
    saving: Key
    cost: Key


class TextBlock(Part):
    """A paragraph in which "{key}" stands for a figure."""

    heading: str = InputField(default="", max_length=120)
    text: str = InputField(min_length=1, max_length=LONGEST_WORDS)
    taken_from: TakenFrom = ""


class FreeField(Keyed):
    """Words of the reader's own: a section of the document, or a line that other texts name as "{key}"."""

    default: str = InputField(default="", max_length=LONGEST_WORDS)
    is_section: bool = True


class AskRow(Part):
    """A row of what is asked for: "Subscription, {sites} sites, a year" and "{subscription}"."""

    label: str = InputField(min_length=1, max_length=160)
    value: str = InputField(min_length=1, max_length=160)


class Assumption(Part):
    """Something taken for granted, and where it is from."""

    text: str = InputField(min_length=1, max_length=300)
    source: str = InputField(default="", max_length=300)
    taken_from: TakenFrom = ""


class ValueModel(Part):
    """A whole definition, as it lies in a file of format `value`; `discount_rate` is percent a year."""

    quiver: Literal["value model 1"] = "value model 1"
    title: str = InputField(min_length=1, max_length=160)
    eyebrow: str = InputField(default="Business case", max_length=120)
    currency: str = InputField(default="EUR", pattern=r"^[A-Z]{3}$")
    years: int = InputField(default=3, ge=1, le=10)
    discount_rate: Number = InputField(default=Decimal(8), ge=0, le=100)
    inputs: tuple[Figure, ...] = InputField(min_length=1, max_length=MOST_INPUTS)
    formulas: tuple[Formula, ...] = InputField(min_length=1, max_length=MOST_FORMULAS)
    results: tuple[KeyFigure, ...] = InputField(min_length=1, max_length=6)
    cash_flow: CashFlow
    headline: str = InputField(min_length=1, max_length=300)
    headline_otherwise: str = InputField(default="", max_length=300)
    blocks: tuple[TextBlock, ...] = InputField(default=(), max_length=12)
    words: tuple[FreeField, ...] = InputField(default=(), max_length=8)
    asks: tuple[AskRow, ...] = InputField(default=(), max_length=10)
    assumptions: tuple[Assumption, ...] = InputField(default=(), max_length=20)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a definition, and where: "formulas.2.expression"; an empty place is the whole."""

    place: str
    message: str


@dataclass(frozen=True)
class FlowPoint:
    """One bar of the chart: when, and what has been won or spent up to then."""

    label: str
    cumulated: Decimal
    change: Decimal


@dataclass(frozen=True)
class CaseResult:
    """A model worked through with somebody's figures.

    `figures` are what is in the fields (40 for 40 %), `values` everything by key as expressions see it (0.4), None where there is no
    such figure (nothing to divide by, never paid back). `errors` has a sentence for each field that was not understood; such a field
    counts with the value set in advance. `flow` is empty when there is none.
    """

    figures: dict[str, Decimal]
    values: dict[str, Decimal | None]
    errors: dict[str, str]
    flow: tuple[FlowPoint, ...]


@dataclass(frozen=True)
class Piece:
    """A stretch of text; with a key it is a figure that the fields drive."""

    text: str
    key: str = ""


Line = tuple[Piece, ...]


@dataclass(frozen=True)
class Section:
    """A paragraph of the document, maybe under a heading."""

    heading: str
    line: Line


@dataclass(frozen=True)
class Shown:
    """A figure as written, and what it is."""

    label: str
    text: str
    value: Decimal | None
    display: Display


@dataclass(frozen=True)
class OwnWords:
    """What the reader wrote, under a heading."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class AskLine:
    """A row of what is asked for."""

    label: Line
    value: Line


@dataclass(frozen=True)
class Outlook:
    """The key figures in one scenario."""

    name: str
    is_chosen: bool
    figures: tuple[str, ...]


@dataclass(frozen=True)
class ChartData:
    """The cash flow to draw: `values` in thousands of the currency when `unit` says so; `summary` says it in words."""

    title: str
    unit: str
    labels: tuple[str, ...]
    values: tuple[Decimal, ...]
    summary: str


@dataclass(frozen=True)
class CaseView:
    """The document of a business case, ready to be shown or written to a file; `logo` is a picture as a data address."""

    title: str
    eyebrow: str
    headline: Line
    sections: tuple[Section, ...]
    key_figures: tuple[Shown, ...]
    chart: ChartData | None
    words: tuple[OwnWords, ...]
    asks: tuple[AskLine, ...]
    outlooks: tuple[Outlook, ...]
    figures: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    company: str = ""
    logo: str = ""
