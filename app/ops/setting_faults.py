"""Says in sentences what is wrong with the settings, for every command; never shows a secret."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from app.settings import DEFAULT_SECRET, Settings, get_settings

NUMBERS = {int: "a whole number", float: "a number", bool: "true or false"}
# Addresses may hold a password, so they are named and not shown.
HIDDEN = ("database_url",)


class WrongSetting(Exception):
    """A setting keeps the portal from starting; the text says which, what is wrong and what would be right."""


def read_settings() -> Settings:
    """The settings of this process; raises WrongSetting with a sentence for each one that is wrong."""
    try:
        return get_settings()
    except ValidationError as problem:
        raise WrongSetting("\n".join(_sentences(problem))) from None


def _sentences(problem: ValidationError) -> Iterator[str]:
    for fault in problem.errors():
        if not fault["loc"]:
            yield _reason(fault)
            continue
        name = str(fault["loc"][0])
        yield f"QUIVER_{name.upper()}{_shown(name, fault['input'])} {_reason(fault) or _wanted(Settings.model_fields[name])}."


def _reason(fault: ErrorDetails) -> str:
    """What a check of ours says; empty for what pydantic found, which speaks of types."""
    return str(fault["ctx"]["error"]) if fault["type"] == "value_error" else ""


def _shown(name: str, value: Any) -> str:
    is_hidden = name in HIDDEN or Settings.model_fields[name].annotation is SecretStr
    return "" if is_hidden else f" is “{value}”, but it"


def _wanted(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return f"must be {' or '.join(get_args(field.annotation))}"
    kind = next((words for type_, words in NUMBERS.items() if field.annotation is type_), "text")
    default = "" if field.default in ("", DEFAULT_SECRET) else f", like {str(field.default).lower()}"
    return f"must be {kind}{_bounds(field)}{default}"


def _bounds(field: FieldInfo) -> str:
    low, high, above = (next((getattr(mark, name) for mark in field.metadata if hasattr(mark, name)), None) for name in ("ge", "le", "gt"))
    if above is not None:
        return f" above {above}"
    return "" if low is None else f" of at least {low}" if high is None else f" from {low} to {high}"
