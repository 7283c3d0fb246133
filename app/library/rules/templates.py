"""Pure decisions about templates: how a field is asked for, what it takes, and what keeps a template from being released."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from rapidfuzz.distance import OSA

from app.core.office.merge.values import KINDS
from app.core.wording import read_number
from app.library.models import FieldInput, FieldView, TemplateField, TemplateScan

# What a page knows of the deal and of who asks, by the names fields usually have.
KNOWN_NAMES = ("account", "company", "role", "date", "sender", "solution", "opportunity", "stage", "vertical", "segment", "amount")
NUMERIC = ("number", "money", "percent")
MOST_CHOICES = 100
_BOUND_FAULTS = {"date": "Write a date as year-month-day.", "number": "Write a number; only numbers and dates have bounds."}


def describe(scan: TemplateScan, rows: Mapping[str, TemplateField]) -> tuple[FieldView, ...]:
    """The fields of a version as marketing ordered and described them; those it said nothing of follow as they were found."""
    views = [_view(found, rows.get(found["name"])) for found in scan.fields]
    order = {name: row.position for name, row in rows.items()}
    return tuple(sorted(views, key=lambda view: order.get(view.name, len(views) + len(order))))


def release_fault(title: str, scan: TemplateScan | None) -> str:
    """Why a template cannot be released, naming parts and places; empty when it can, or when the file is none."""
    if scan is None or not scan.fields or not (scan.faults or scan.losses):
        return ""
    told = [*scan.losses, *scan.faults]
    more = f" And {len(told) - 3} more." if len(told) > 3 else ""
    return f"“{title}” is not released, since it could not be filled in: {' '.join(told[:3])}{more} It is kept as it is."


def suspicions(fields: Sequence[FieldView]) -> tuple[str, ...]:
    """Names that look misspelt: used once, and one letter from a known name or one used more often."""
    often = {field.name for field in fields if len(field.places) > 1}
    names = [*KNOWN_NAMES, *often]
    found = []
    for field in fields:
        near = [] if field.name in names else [name for name in names if _is_near(field.name, name)]
        if near:
            found.append(f"“{field.name}” on {field.places[0]} is close to “{near[0]}”. Is it misspelt?")
    return tuple(found)


def field_faults(field: FieldInput) -> dict[str, str]:
    """What is wrong with the description of a field, by its part, in sentences."""
    faults = _kind_faults(field)
    if not field.label.strip():
        faults["label"] = "Say in a word or two what is asked for."
    if field.kind == "choice" and not 2 <= len(field.choices) <= MOST_CHOICES:
        faults["choices"] = f"Write 2 to {MOST_CHOICES} choices, one on each line."
    for part, text in (("minimum", field.minimum), ("maximum", field.maximum)):
        if text and bound(field.kind, text) is None:
            faults[part] = _BOUND_FAULTS.get(field.kind, _BOUND_FAULTS["number"])
    low, high = bound(field.kind, field.minimum), bound(field.kind, field.maximum)
    if not faults and low is not None and high is not None and low > high:
        faults["maximum"] = "The highest value is below the lowest."
    if field.is_locked and not field.default.strip() and field.kind not in ("section", "list", "image"):
        faults["default"] = "A locked field needs the text it always has."
    return faults


def _kind_faults(field: FieldInput) -> dict[str, str]:
    if field.kind not in KINDS:
        return {"kind": "Choose what the field takes."}
    in_row = field.kind == "image" and "." in field.name
    return {"kind": "Rows of a table take words and figures, no pictures."} if in_row else {}


def bound(kind: str, text: str) -> float | None:
    """A bound as a number to compare with, a date by its day; None when it is none."""
    if kind in NUMERIC:
        number = read_number(text, "en")
        return None if number is None else float(number)
    day = read_day(text) if kind == "date" else None
    return None if day is None else float(day.toordinal())


def read_day(text: str) -> date | None:
    """The day of an ISO date, within what spreadsheets know; None for anything else."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if 1900 < day.year < 10000 else None


def clean_choices(lines: Iterable[str]) -> list[str]:
    """Each choice once, without spaces around."""
    return list(dict.fromkeys(line.strip()[:200] for line in lines if line.strip()))


def usual_label(name: str) -> str:
    """A first label: "Account name" for account_name, the column alone for one of a list."""
    words = name.rpartition(".")[2].replace("_", " ")
    return words[:1].upper() + words[1:]


def _is_near(name: str, other: str) -> bool:
    return len(name) > 3 and OSA.distance(name, other) == 1


def _view(found: Mapping[str, object], row: TemplateField | None) -> FieldView:
    name = str(found["name"])
    places, choices = found.get("places"), found.get("choices")
    kept = tuple(map(str, choices)) if isinstance(choices, list) else ()
    return FieldView(
        name=name,
        kind=row.kind if row else str(found["kind"]),
        label=row.label if row else str(found.get("label") or usual_label(name)),
        help=row.help if row else "",
        default=row.default if row else str(found.get("default") or ""),
        unit=row.unit if row else "",
        minimum=row.minimum if row else "",
        maximum=row.maximum if row else "",
        choices=tuple(row.choices) if row else kept,
        is_locked=row.is_locked if row else False,
        is_required=row.is_required if row else True,
        places=tuple(map(str, places)) if isinstance(places, list) else (),
        is_described=row is not None,
    )
