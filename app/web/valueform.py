"""The builder of value models as data: its parts, rows and fields, each with what is wrong beside it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.core.office.formats import find_format
from app.core.store import BlobStore
from app.library.models import FileInput
from app.library.rules import stem_of
from app.messaging.models.value import Display, Fault, ValueModel
from app.messaging.rules.case import Filled
from app.messaging.rules.drafting import PARTS, TAKING, Typed, keys_of, read_draft
from app.messaging.rules.expressions import CONSTANTS, FUNCTIONS
from app.messaging.rules.value import MOST_BYTES, dump_model
from app.web.assetform import Choice
from app.web.render import page
from app.web.valuecase import Case, CasePlaces, build_case
from app.web.valuesources import TakenFrom

CURRENCIES = tuple(
    Choice(code, code) for code in ("EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "JPY", "INR", "AUD", "CAD")
)
DISPLAYS = (
    Choice(Display.MONEY, "Money"),
    Choice(Display.PERCENT, "Percent"),
    Choice(Display.MONTHS, "Months"),
    Choice(Display.NUMBER, "Number"),
)
FILLED_FROM = (Choice("", "Nothing, it is asked"), Choice("amount", "The opportunity’s amount"))
SECTIONS = (Choice("section", "A section of the document"), Choice("line", "A line that texts name"))
# part: name, what it is for, the word on the button that adds one
NAMES: Mapping[str, tuple[str, str, str]] = {
    "inputs": (
        "Figures to put in",
        "What a champion types. A unit is €, €/year, trucks/day, % or any words with strokes between them.",
        "figure",
    ),
    "formulas": (
        "Formulas",
        "Calculated from the figures by their keys: sites * price. Units are checked; a share in % counts as 0.4. "
        f"Formulas also know {', '.join(('years', 'discount_rate', *CONSTANTS))}, and work with {', '.join(FUNCTIONS)}.",
        "formula",
    ),
    "results": ("Key figures", "What is shown large, at most six.", "key figure"),
    "blocks": ("Texts", "Write {key} where a figure stands.", "text"),
    "words": ("Own words", "Fields for the champion's own words.", "field"),
    "asks": ("What we ask for", "Rows of what the champion asks their board for; {key} stands for a figure.", "row"),
    "assumptions": ("Assumptions", "What is taken for granted, and where it is from.", "assumption"),
}
LABELS: Mapping[str, str] = {
    "label": "Label",
    "key": "Key",
    "group": "Group",
    "unit": "Unit",
    "suffix": "Shown beside the field",
    "minimum": "Least",
    "maximum": "Most",
    "step": "Step",
    "default": "Set in advance",
    "low": "Low outlook",
    "high": "High outlook",
    "help": "Hint",
    "source": "Source",
    "filled_from": "Filled from",
    "expression": "Formula",
    "formula": "Figure",
    "display": "Shown as",
    "heading": "Heading",
    "text": "Text",
    "value": "Value",
    "is_section": "Shown as",
}
# part: what its rows are called while they are folded
SHOWN: Mapping[str, str] = {
    "inputs": "{label}: {default} {unit}",
    "formulas": "{label} = {expression}",
    "results": "{label}: {formula}",
    "blocks": "{heading} {text}",
    "words": "{label}",
    "asks": "{label}: {value}",
    "assumptions": "{text}",
}
LONG = {("blocks", "text"), ("words", "default"), ("formulas", "expression"), ("assumptions", "text")}


@dataclass(frozen=True)
class BuilderField:
    """One field of a row; with `options` it is a list to choose from, a long one has several lines."""

    name: str
    label: str
    value: str
    is_long: bool
    options: tuple[Choice, ...]


@dataclass(frozen=True)
class BuilderRow:
    """One row of a part; it is open while something is wrong with it, or nothing is in it yet. `taken_from` is where its text is from, as
    kept in the model; `source` is that in words."""

    number: int
    title: str
    fields: tuple[BuilderField, ...]
    faults: tuple[str, ...]
    is_open: bool
    taken_from: str
    source: TakenFrom | None


@dataclass(frozen=True)
class BuilderPart:
    """A part of the model with its rows; `faults` are those of the part as a whole."""

    key: str
    name: str
    purpose: str
    word: str
    rows: tuple[BuilderRow, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Builder:
    """The form: fields of the model itself with faults by field, its parts, and the document once none of the faults is left."""

    fields: dict[str, str]
    keys: tuple[Choice, ...]
    errors: dict[str, str]
    parts: tuple[BuilderPart, ...]
    count: int
    case: Case | None


@page("values/_preview.html")
@dataclass(frozen=True)
class ModelPreview:
    """What changes while somebody types: the document or what is still wrong, and the faults beside the rows."""

    builder: Builder


def build_builder(typed: Typed, sources: Mapping[str, TakenFrom] | None = None) -> Builder:
    """The form of what was typed; `sources` are those of rows that were taken over."""
    model, faults = read_draft(typed)
    by_place: dict[str, list[str]] = defaultdict(list)
    for fault in faults:
        by_place[_row_of(fault)].append(_told(fault))
    return Builder(
        fields={name: text for name, text in typed.items() if isinstance(text, str)},
        keys=tuple(Choice(key, key) for key in keys_of(typed)),
        errors={place.removeprefix("cash_flow."): told[0] for place, told in by_place.items() if place.partition(".")[0] not in PARTS},
        parts=tuple(_part(key, typed, by_place, sources or {}) for key in PARTS),
        count=len(faults),
        case=build_case(model, Filled(), CasePlaces("", "")) if model is not None and not faults else None,
    )


def store_model(blobs: BlobStore, model: ValueModel, note: str) -> FileInput:
    """The model as a durable file in the store, about to become a version; call it before the transaction."""
    form = find_format("value")
    if form is None:
        raise AssertionError("value models have a format")
    writer = blobs.writer(MOST_BYTES)
    try:
        writer.write(dump_model(model))
        kept = writer.keep()
    finally:
        writer.discard()
    name = f"{stem_of(model.title).replace('/', ' ').strip() or 'model'}.{form.extensions[0]}"
    return FileInput(sha256=kept.sha256, size=kept.size, file_name=name, format=form.key, media_type=form.media_type, note=note)


def _row_of(fault: Fault) -> str:
    """ "inputs.2" for something wrong with a field of that row, "inputs" for the part, "headline" or "cash_flow.saving" for a field."""
    parts = fault.place.split(".")
    if parts[0] in PARTS:
        return ".".join(parts[:2])
    return fault.place


def _told(fault: Fault) -> str:
    """With the field's label when the sentence does not name it."""
    name = fault.place.rpartition(".")[2]
    return f"{LABELS[name]}: {fault.message}" if name in LABELS and name not in ("expression", "formula") else fault.message


def _part(key: str, typed: Typed, faults: Mapping[str, Sequence[str]], sources: Mapping[str, TakenFrom]) -> BuilderPart:
    name, purpose, word = NAMES[key]
    places = [f"{key}.{number}" for number in range(len(typed[key]))]
    rows = tuple(
        replace(_row(key, number, row, typed, faults.get(place, ())), source=sources.get(place))
        for number, (place, row) in enumerate(zip(places, typed[key], strict=True))
    )
    return BuilderPart(key, name, purpose, word, rows, tuple(faults.get(key, ())))


def _row(part: str, number: int, row: Mapping[str, str], typed: Typed, faults: Sequence[str]) -> BuilderRow:
    title = SHOWN[part].format(**row) if any(row.get(name) for name in ("label", "heading", "text")) else ""
    fields = tuple(
        BuilderField(name, LABELS[name], row.get(name, ""), (part, name) in LONG, _options(part, name, typed))
        for name in PARTS[part]
        if name != TAKING
    )
    is_open = bool(faults) or not any(row.values())
    return BuilderRow(number, title.strip()[:90], fields, tuple(faults), is_open, row.get(TAKING, ""), None)


def _options(part: str, name: str, typed: Typed) -> tuple[Choice, ...]:
    if name == "display":
        return DISPLAYS
    if name in ("is_section", "filled_from"):
        return SECTIONS if name == "is_section" else FILLED_FROM
    return tuple(Choice(key, key) for key in keys_of(typed)) if (part, name) == ("results", "formula") else ()
