"""A definition as it is typed in the builder: texts, rows that are added and moved, and the way from there to a model and back."""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from app.core.typed import read_numbers
from app.messaging.models.value import Fault, ValueModel
from app.messaging.rules.numbers import plain
from app.messaging.rules.value import RESERVED, read_definition

Typed = dict[str, Any]  # texts by name, and for each part a list of rows of texts
TAKING = "taken_from"  # of a row: where its text was taken over from
PARTS: Mapping[str, tuple[str, ...]] = {
    "inputs": (
        "label",
        "key",
        "group",
        "unit",
        "suffix",
        "minimum",
        "maximum",
        "step",
        "default",
        "low",
        "high",
        "filled_from",
        "help",
        "source",
    ),
    "formulas": ("label", "key", "unit", "expression"),
    "results": ("label", "formula", "display"),
    "blocks": ("heading", "text", TAKING),
    "words": ("label", "key", "default", "is_section"),
    "asks": ("label", "value"),
    "assumptions": ("text", "source", TAKING),
}
FIELDS = ("title", "eyebrow", "currency", "years", "discount_rate", "headline", "headline_otherwise")
FLOW = ("one_off", "saving", "cost")
NUMBERS = {"minimum", "maximum", "step", "default", "low", "high"}
MOST_ROWS = 80
LONGEST = 4000
_NOT_A_KEY = re.compile(r"[^a-z0-9]+")
_THOUSANDTHS = re.compile(r"[.,]\d{3,}$")
_STEP = re.compile(r"(?P<verb>[a-z]+):(?P<part>[a-z]+)(?::(?P<row>[0-9]{1,3}))?")
_ROW = re.compile(rf"({'|'.join(PARTS)})-(\d{{1,3}})-([a-z_]+)")


def read_typed(fields: Mapping[str, str]) -> Typed:
    """The form's fields as typed; names such as "inputs-0-key". Rows without anything in them stay, so that one can be added."""
    typed: Typed = {name: fields.get(name, "")[:LONGEST] for name in (*FIELDS, *FLOW)}
    rows: dict[str, dict[int, dict[str, str]]] = {part: {} for part in PARTS}
    for name, text in fields.items():
        found = _ROW.fullmatch(name)
        if found and found[3] in PARTS[found[1]]:
            rows[found[1]].setdefault(int(found[2]), {})[found[3]] = text[:LONGEST].replace("\r\n", "\n")
    for part, numbered in rows.items():
        typed[part] = [{name: numbered[number].get(name, "") for name in PARTS[part]} for number in sorted(numbered)][:MOST_ROWS]
    return with_keys(typed)


def with_keys(typed: Typed) -> Typed:
    """A key for each row that has a label and none yet."""
    made = deepcopy(typed)
    used = {row["key"] for part in ("inputs", "formulas", "words") for row in made[part]} | RESERVED
    for row in (row for part in ("inputs", "formulas", "words") for row in made[part]):
        if not row["key"].strip() and row["label"].strip():
            row["key"] = _new_key(row["label"], used)
            used.add(row["key"])
    return made


def read_step(step: str) -> tuple[str, str, int | None]:
    """Verb, part and row of a step; empty and None for what it does not say."""
    found = _STEP.fullmatch(step)
    return (found["verb"], found["part"], int(found["row"]) if found["row"] else None) if found else ("", "", None)


def change_rows(typed: Typed, step: str) -> Typed:
    """The rows after "add:inputs", "up:inputs:2", "down:inputs:2" or "remove:inputs:2"; anything else changes nothing."""
    verb, part, at = read_step(step)
    made = deepcopy(typed)
    rows = made.get(part) if part in PARTS else None
    if rows is None:
        return made
    if verb == "add" and len(rows) < MOST_ROWS:
        rows.append(dict.fromkeys(PARTS[part], "") | (_first_of(rows) if part == "inputs" else {}))
    if at is None or at >= len(rows):
        return made
    if verb == "remove":
        del rows[at]
    other = at + {"up": -1, "down": 1}.get(verb, 0)
    if verb in ("up", "down") and 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    return made


def add_row(typed: Typed, part: str, words: Mapping[str, str]) -> Typed:
    """The model with one row more in a part, as long as there is room."""
    made = deepcopy(typed)
    if len(made[part]) < MOST_ROWS:
        made[part].append(dict.fromkeys(PARTS[part], "") | dict(words))
    return made


def _first_of(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What a new figure holds before somebody types: it stands in the group of the one above it, and counts in ones from nothing."""
    return {"group": rows[-1]["group"] if rows else "Figures", "minimum": "0", "step": "1"}


def typed_of(data: Mapping[str, Any]) -> Typed:
    """What to show of a definition, whether it is right or not."""
    model, _ = read_definition(data)
    if model is not None:
        data = _texts(model)
    flow = data.get("cash_flow")
    typed: Typed = {name: _text(data.get(name)) for name in FIELDS}
    typed |= {name: _text(flow.get(name)) if isinstance(flow, Mapping) else "" for name in FLOW}
    for part, names in PARTS.items():
        rows = data.get(part)
        typed[part] = [
            {name: _text(row.get(name)) for name in names}
            for row in (rows if isinstance(rows, list | tuple) else ())
            if isinstance(row, Mapping)
        ][:MOST_ROWS]
    return typed


def read_kept(definition: Mapping[str, Any]) -> Typed:
    """A draft as kept; one of before some field was thought of has it empty."""
    kept: Typed = {name: _text(definition.get(name)) for name in (*FIELDS, *FLOW)}
    for part, names in PARTS.items():
        kept[part] = [{name: _text(row.get(name)) for name in names} for row in definition.get(part, ())]
    return kept


def read_draft(typed: Typed) -> tuple[ValueModel | None, tuple[Fault, ...]]:
    """The model that was typed, or what is still wrong, each at its place."""
    data: dict[str, Any] = {name: typed[name].strip() for name in FIELDS}
    data |= {name: _number(data[name]) for name in ("years", "discount_rate")}
    data["cash_flow"] = {name: typed[name].strip() for name in FLOW}
    for part, rows in ((part, typed[part]) for part in PARTS):
        data[part] = [{name: _field(part, name, text, row.get("step", "")) for name, text in row.items()} for row in rows]
    for row in data["words"]:
        row["is_section"] = row["is_section"] != "line"
    return read_definition({name: value for name, value in data.items() if value != ""})


def _field(part: str, name: str, text: str, step: str = "") -> Any:
    text = text.strip()
    if part != "inputs" or name not in NUMBERS:
        return text
    if not text and name in ("low", "high"):
        return None
    return _number(text, thousandths=bool(_THOUSANDTHS.search(step.strip())))


def _number(text: str, *, thousandths: bool = False) -> Any:
    """The likeliest number, as text for the checks that follow; what is none stays as it was typed."""
    found = read_numbers(text, thousandths=thousandths)
    return str(found[0]) if found else text


def _texts(model: ValueModel) -> dict[str, Any]:
    data = model.model_dump()
    for row, figure in zip(data["inputs"], model.inputs, strict=True):
        row.update({name: "" if (value := getattr(figure, name)) is None else plain(value) for name in NUMBERS})
    for row in data["words"]:
        row["is_section"] = "section" if row["is_section"] else "line"
    data["discount_rate"] = plain(model.discount_rate)
    return data


def _text(value: object) -> str:
    return "" if value is None else str(value)[:LONGEST]


def _new_key(label: str, used: set[str]) -> str:
    words = _NOT_A_KEY.sub("_", label.casefold()).strip("_") or "figure"
    base = (words if words[0].isalpha() else f"f_{words}")[:36].rstrip("_")
    return next(key for key in (base, *(f"{base}_{number}" for number in range(2, 200))) if key not in used)


# What a new model begins with: hours saved, what they are worth, what it costs; {} is the currency.
_FIRST_FIGURES = (
    ("people", "People", "Today", "people", "", "1", "100,000", "1", "10"),
    ("hours", "Hours each", "Today", "hours/week/people", "a week", "0", "168", "0.5", "5"),
    ("wage", "An hour costs", "Today", "{}/hour", "", "1", "500", "0.01", "40"),
    ("less", "Less of it", "What changes", "%", "", "0", "100", "1", "20"),
    ("price", "Subscription", "What it costs", "{}/year", "a year", "0", "10,000,000", "1", "6,000"),
    ("setup", "Set-up, once", "What it costs", "{}", "", "0", "10,000,000", "1", "4,000"),
)
_FIRST_FORMULAS = (
    ("saving", "Saved a year", "{}/year", "people * hours * weeks_per_year * wage * less"),
    ("net", "Net a year", "{}/year", "saving - price"),
    ("payback_months", "Payback", "months", "payback(setup, net)"),
    ("total_return", "Return", "%", "(saving * years - setup - price * years) / (setup + price * years)"),
)
_FIRST_RESULTS = (
    ("saving", "saved, a year", "money"),
    ("net", "net after subscription", "money"),
    ("payback_months", "to pay back set-up", "months"),
    ("total_return", "return over three years", "percent"),
)


def new_model(title: str, currency: str) -> ValueModel:
    """A small whole model to begin with, under a title without braces."""
    names = ("key", "label", "group", "unit", "suffix", "minimum", "maximum", "step", "default")
    inputs = [dict(zip(names, row, strict=True)) for row in _FIRST_FIGURES]
    data: dict[str, Any] = {
        "title": title,
        "currency": currency,
        "inputs": [{name: _field("inputs", name, text).format(currency) for name, text in row.items()} for row in inputs],
        "formulas": [
            {"key": key, "label": label, "unit": unit.format(currency), "expression": text} for key, label, unit, text in _FIRST_FORMULAS
        ],
        "results": [{"formula": formula, "label": label, "display": display} for formula, label, display in _FIRST_RESULTS],
        "cash_flow": {"one_off": "setup", "saving": "saving", "cost": "price"},
        "headline": f"{title}: {{net}} a year",
        "blocks": [
            {"text": "{people} people spend {hours} hours a week on it. At {wage} an hour, {less} less of it saves {saving} a year."}
        ],
        "words": [{"key": "why_now", "label": "Why now"}],
        "asks": [{"label": "Set-up, once", "value": "{setup}"}, {"label": "Subscription, a year", "value": "{price}"}],
    }
    model, faults = read_definition(data)
    if model is None or faults:
        raise ValueError(f"the model to begin with has faults: {faults}")
    return model


def keys_of(typed: Typed) -> tuple[str, ...]:
    """Keys that formulas, results and texts may name."""
    return tuple(row["key"] for part in ("inputs", "formulas") for row in typed[part] if row["key"].strip())
