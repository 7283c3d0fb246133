"""The form that fills a template: what is asked, what is known already, and how posted fields become figures. Shared by all fillers."""

import base64
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from app.library.models import FieldView
from app.library.rules.filling import columns_of
from app.web.assetform import Choice, whole_number

FORM_BYTES = 8 * 1024 * 1024
MOST_FIELDS = 20_000
MOST_PICTURE = 500 * 1024
SPARE_ROWS, MORE_ROWS = 2, 5
_PREFIX, _KEPT = "f.", "kept."
_MAGIC = {b"\x89PNG\r\n\x1a\n": "data:image/png;base64,", b"\xff\xd8\xff": "data:image/jpeg;base64,"}
SECTION_CHOICES = (Choice("yes", "Yes"), Choice("no", "No"))

Figures = Mapping[str, Any]


@dataclass(frozen=True)
class FillCell:
    """One input of the form: `name` is what is posted, `key` what an error is filed under."""

    name: str
    key: str
    field: FieldView
    value: str
    options: tuple[Choice, ...]

    @property
    def id(self) -> str:
        """Its id in the page."""
        return f"fill-{self.key}"


@dataclass(frozen=True)
class FillField:
    """One field of the form: a single input, or a list with its rows of inputs. `is_known` when somebody has said it already; `goes_on_at`
    counts the row from 0 where typing goes on after more rows were asked for, else -1."""

    field: FieldView
    cell: FillCell
    columns: tuple[FieldView, ...]
    rows: tuple[tuple[FillCell, ...], ...]
    is_known: bool
    goes_on_at: int = -1

    @property
    def is_blank(self) -> bool:
        """Nothing stands in it."""
        return not any(cell.value.strip() for cell in (self.cell, *(cell for row in self.rows for cell in row)))


def fill_fields(fields: Sequence[FieldView], figures: Figures, known: Mapping[str, str], added: str = "") -> tuple[FillField, ...]:
    """The free fields with what is kept in `figures`, else known of deal or call, else the default; the list `added` has more rows."""
    asked = (field for field in fields if "." not in field.name and not field.is_locked)
    return tuple(_fill_field(field, fields, figures, known, added) for field in asked)


def _fill_field(field: FieldView, fields: Sequence[FieldView], figures: Figures, known: Mapping[str, str], added: str) -> FillField:
    kept = figures.get(field.name)
    if field.kind == "list":
        columns = columns_of(field, fields)
        entries = [one for one in kept if isinstance(one, dict)] if isinstance(kept, list) else []
        is_longer = field.name == added
        shown = [*entries, *({} for _ in range(SPARE_ROWS + MORE_ROWS * is_longer))]
        rows = tuple(tuple(_cell(column, f"{field.name}.{at}.{_key(column)}", row) for column in columns) for at, row in enumerate(shown))
        return FillField(field, _cell(field, field.name, {}), columns, rows, bool(entries), len(entries) if is_longer else -1)
    value = kept if isinstance(kept, str) else known.get(field.name) or field.default
    return FillField(field, _cell(field, field.name, {field.name: value}), (), (), is_known=bool(value.strip()))


def _key(column: FieldView) -> str:
    return column.name.partition(".")[2]


def _cell(field: FieldView, key: str, row: Mapping[str, object]) -> FillCell:
    value = row.get(key if "." not in field.name else _key(field), field.default if "." in field.name and row else "")
    options = SECTION_CHOICES if field.kind == "section" else tuple(Choice(choice, choice) for choice in field.choices)
    return FillCell(f"{_PREFIX}{key}", key, field, str(value), options)


def posted_form(request: Request) -> AbstractAsyncContextManager[FormData]:
    """The posted form, pictures included, which are gone after the block."""
    return request.form(max_files=100, max_fields=MOST_FIELDS, max_part_size=FORM_BYTES)


@dataclass(frozen=True)
class Typed:
    """What was typed, by field, and pictures that cannot be taken, by field, in sentences."""

    figures: dict[str, Any]
    errors: dict[str, str]


async def read_figures(form: FormData, fields: Sequence[FieldView], before: Figures) -> Typed:
    """The posted figures; a picture stays the one `before` unless another is sent or it is taken out."""
    typed = Typed({}, {})
    for field in fields:
        if "." in field.name or field.is_locked:
            continue
        if field.kind == "list":
            typed.figures[field.name] = _rows(form, field, columns_of(field, fields))
        elif field.kind == "image":
            picture, fault = await _picture(form, field, before)
            typed.figures.update({field.name: picture} if picture else {})
            typed.errors.update({field.name: fault} if fault else {})
        else:
            typed.figures[field.name] = _text(form, f"{_PREFIX}{field.name}")
    return typed


def _rows(form: FormData, field: FieldView, columns: Sequence[FieldView]) -> list[dict[str, str]]:
    """The rows that hold anything, in order."""
    starts = f"{_PREFIX}{field.name}."
    places = (whole_number(key[len(starts) :].partition(".")[0]) for key in form if key.startswith(starts))
    numbers = sorted({at for at in places if at is not None})
    rows = [{_key(column): _text(form, f"{starts}{at}.{_key(column)}") for column in columns} for at in numbers]
    return [row for row in rows if any(text.strip() for text in row.values())]


def _text(form: FormData, key: str) -> str:
    value = form.get(key, "")
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""


async def _picture(form: FormData, field: FieldView, before: Figures) -> tuple[str, str]:
    """The picture as a data address, and what is wrong with the one that was sent, if anything."""
    sent, kept = form.get(f"{_PREFIX}{field.name}"), before.get(field.name, "")
    former = kept if isinstance(kept, str) and _text(form, f"{_KEPT}{field.name}") != "no" else ""
    if not isinstance(sent, UploadFile) or not sent.filename:
        return former, ""
    data = await sent.read(MOST_PICTURE + 1)
    start = next((uri for magic, uri in _MAGIC.items() if data.startswith(magic)), "")
    if not start:
        return former, f"{field.label}: the file is no PNG or JPEG picture. Choose another one."
    if len(data) > MOST_PICTURE:
        return former, f"{field.label}: the picture is larger than 500 KB. Choose a smaller one."
    return start + base64.b64encode(data).decode(), ""
