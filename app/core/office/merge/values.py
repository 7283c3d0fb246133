"""What a field is filled with: the words for text, the number for cells and charts. Travels as JSON into the capped child."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# What a value of a field can be; a section is a part of the document that a yes or no keeps or leaves out.
KINDS = ("text", "number", "money", "percent", "date", "choice", "list", "image", "section")


@dataclass(frozen=True)
class Value:
    """One filled field.

    `kind` is one of KINDS. `words` is what stands in text. `number` is what stands in cells and charts: 12.5 % is 0.125, a date its
    serial day since 1900. `rows` are the entries of a list, `picture` the bytes of a PNG or JPEG, `yes` whether a section stays.
    """

    words: str = ""
    number: float | None = None
    kind: str = "text"
    rows: tuple[Mapping[str, "Value"], ...] = ()
    picture: bytes = b""
    yes: bool = True


Values = Mapping[str, Value]
NOTHING = Value()


@dataclass
class FoundField:
    """A field of a template: its name in the one spelling, a guess of its kind, and every place in words."""

    name: str
    kind: str = "text"
    places: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    default: str = ""
    label: str = ""


def packed(values: Values) -> dict[str, Any]:
    """The values as JSON takes them."""
    return {name: _packed(value) for name, value in values.items()}


def unpacked(data: Mapping[str, Any]) -> dict[str, Value]:
    """The values back from JSON."""
    return {name: _unpacked(one) for name, one in data.items()}


def _packed(value: Value) -> dict[str, Any]:
    return {
        "words": value.words,
        "number": value.number,
        "kind": value.kind,
        "rows": [packed(row) for row in value.rows],
        "picture": base64.b64encode(value.picture).decode(),
        "yes": value.yes,
    }


def _unpacked(one: Mapping[str, Any]) -> Value:
    rows = tuple(unpacked(row) for row in one["rows"])
    return Value(one["words"], one["number"], one["kind"], rows, base64.b64decode(one["picture"]), one["yes"])
