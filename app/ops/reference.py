"""The table of settings in README, made from Settings: `quiver settings` prints it, `make settings-reference` puts it in."""

import sys
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.settings import DEFAULT_SECRET, Settings

BEGIN, END = "<!-- settings: made by `make settings-reference` -->", "<!-- end of settings -->"
UNITS = ((1024**3, "GB"), (1024**2, "MB"))


def settings_table() -> str:
    """Every setting as a Markdown table, in the order of the class."""
    rows = [f"| `QUIVER_{name.upper()}` | {_default(field)} | {_meaning(field)} |" for name, field in Settings.model_fields.items()]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


def with_table(readme: str) -> str:
    """The README's text with the table as it is now."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("README lacks the marks between which the settings stand")
    return f"{before}{BEGIN}\n{settings_table()}{END}{after}"


def _default(field: FieldInfo) -> str:
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    if value in ("", None, DEFAULT_SECRET):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    size = _size(value)
    return f"`{value.value if isinstance(value, Enum) else value}`{f' ({size})' if size else ''}"


def _size(value: Any) -> str:
    """Bytes as people say them; empty for what is none."""
    if not isinstance(value, int):
        return ""
    return next((f"{value // unit} {name}" for unit, name in UNITS if value >= unit and value % unit == 0), "")


def _meaning(field: FieldInfo) -> str:
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    told = (field.description or "").replace("|", "\\|")
    return f"{told} ({' or '.join(f'`{choice}`' for choice in choices)})" if choices else told


def main() -> None:
    """Put the table into the README named on the command line."""
    path = Path(sys.argv[1])
    path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
