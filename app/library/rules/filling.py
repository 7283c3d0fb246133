"""Typed figures to values: what somebody wrote, checked against kind and bounds, in the words of the document's language."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core.office.merge.values import Value
from app.core.wording import date_words, money_words, number_words, percent_words, read_number
from app.library.models import FieldView
from app.library.rules.templates import bound, read_day

MOST_ROWS = 200
MOST_LETTERS = 20_000
PICTURES = ("data:image/png;base64,", "data:image/jpeg;base64,")
_SPREADSHEET_START = date(1899, 12, 30)
_CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}


@dataclass(frozen=True)
class Checked:
    """The values of a filled form and, by field ("items.0.price" for a row of a list), what is wrong with it."""

    values: Mapping[str, Value]
    errors: Mapping[str, str]


def check_figures(fields: Sequence[FieldView], figures: Mapping[str, Any], language: str) -> Checked:
    """Typed figures as values; what is locked has its default whatever was typed."""
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    for field in fields:
        if "." in field.name:
            continue
        typed = field.default if field.is_locked else figures.get(field.name, "")
        if field.kind == "list":
            values[field.name] = _list_value(field, columns_of(field, fields), typed, language, errors)
        else:
            value, fault = read_value(field, typed if isinstance(typed, str) else "", language)
            values[field.name] = value
            if fault:
                errors[field.name] = fault
    return Checked(values, errors)


def columns_of(field: FieldView, fields: Sequence[FieldView]) -> tuple[FieldView, ...]:
    """The columns of a list, in order."""
    return tuple(one for one in fields if one.name.startswith(f"{field.name}."))


def read_value(field: FieldView, typed: str, language: str) -> tuple[Value, str]:
    """The value of a field and what is wrong with what was typed, if anything, as a sentence."""
    text = typed if field.kind == "text" else typed.strip()
    if not text.strip():
        missing = f"{field.label}: fill this in." if field.is_required and field.kind not in ("section", "image") else ""
        return Value(kind=field.kind, yes=field.kind == "section"), missing
    if field.kind in ("number", "money", "percent"):
        return _number_value(field, text, language)
    if field.kind == "date":
        return _date_value(field, text, language)
    if field.kind == "image":
        return _picture_value(field, text)
    if field.kind == "section":
        return Value(kind="section", yes=text != "no"), ""
    if field.kind == "choice" and text not in field.choices:
        return Value(kind="choice"), f"{field.label}: choose one of the list."
    if len(text) > MOST_LETTERS:
        return Value(), f"{field.label}: use at most {MOST_LETTERS:,} characters."
    return Value(text, kind=field.kind), ""


def _number_value(field: FieldView, text: str, language: str) -> tuple[Value, str]:
    number = read_number(text, language)
    if number is None:
        return Value(kind=field.kind), f"{field.label}: write a number, like 1200 or 12.5."
    fault = _bound_fault(field, float(number))
    if field.kind == "money":
        return Value(money_words(number, currency_of(field.unit), language), float(number), "money"), fault
    if field.kind == "percent":
        return Value(percent_words(number, language), float(number / 100), "percent"), fault
    return Value(number_words(number, language), float(number), "number"), fault


def currency_of(unit: str) -> str:
    """The currency a unit names, by sign or three letters; "" for any other unit."""
    code = _CURRENCIES.get(unit.strip(), unit.strip().upper())
    return code if len(code) == 3 and code.isascii() and code.isalpha() else ""


def _date_value(field: FieldView, text: str, language: str) -> tuple[Value, str]:
    day = read_day(text)
    if day is None:
        return Value(kind="date"), f"{field.label}: write the date as year-month-day, like 2027-01-31."
    serial = float((day - _SPREADSHEET_START).days)
    return Value(date_words(day, language), serial, "date"), _bound_fault(field, float(day.toordinal()))


def _bound_fault(field: FieldView, number: float) -> str:
    low, high = bound(field.kind, field.minimum), bound(field.kind, field.maximum)
    if (low is None or number >= low) and (high is None or number <= high):
        return ""
    unit = f" {field.unit}" if field.unit else ""
    if low is not None and high is not None:
        return f"{field.label}: it must lie between {field.minimum} and {field.maximum}{unit}."
    return f"{field.label}: it must be at {f'least {field.minimum}' if high is None else f'most {field.maximum}'}{unit}."


def _picture_value(field: FieldView, text: str) -> tuple[Value, str]:
    fault = f"{field.label}: choose a PNG or JPEG picture."
    if not text.startswith(PICTURES):
        return Value(kind="image"), fault
    try:
        data = base64.b64decode(text.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        return Value(kind="image"), fault
    return Value(field.label, kind="image", picture=data), ""


def _list_value(field: FieldView, columns: Sequence[FieldView], typed: Any, language: str, errors: dict[str, str]) -> Value:
    entries = [one for one in typed if isinstance(one, dict)] if isinstance(typed, list) else []
    kept = [(at, one) for at, one in enumerate(entries) if any(str(text).strip() for text in one.values())]
    if not kept and field.is_required and not field.is_locked:
        errors[field.name] = f"{field.label}: fill in at least one row."
    if len(kept) > MOST_ROWS:
        errors[field.name] = f"{field.label}: use at most {MOST_ROWS} rows."
    rows = []
    for at, one in kept[:MOST_ROWS]:
        row = {}
        for column in columns:
            key = column.name.partition(".")[2]
            row[key], fault = read_value(column, str(one.get(key, "")), language)
            if fault:
                errors[f"{field.name}.{at}.{key}"] = f"Row {at + 1}, {fault[0].lower() + fault[1:]}"
        rows.append(row)
    return Value(kind="list", rows=tuple(rows))
