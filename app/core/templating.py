"""The Jinja environment, its filters, and addresses of static files; the only module that imports jinja2."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

from app.core.clock import utc_now
from app.core.icons import STATIC, drawn, drawn_mark, icon, light_styles, mark, sprite
from app.core.richtext import sanitise

TEMPLATES = STATIC.parent / "templates"
MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905 - reads as the list it is
HASH_LENGTH = 12
_NEEDS_ESCAPING = re.compile("[&<>'\"]").search


def day(value: date | datetime) -> str:
    """14 February, with the year when it is not this one."""
    shown = value.astimezone(UTC).date() if isinstance(value, datetime) else value
    year = "" if shown.year == utc_now().year else f" {shown.year}"
    return f"{shown.day} {MONTHS[shown.month - 1]}{year}"


def ago(value: datetime) -> str:
    """How long ago: just now, 5 minutes ago, yesterday; from a week on the day itself."""
    passed = utc_now() - value
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{plural(passed // timedelta(minutes=1), 'minute')} ago"
    days = (utc_now().date() - value.astimezone(UTC).date()).days
    if days == 0:
        return f"{plural(passed // timedelta(hours=1), 'hour')} ago"
    if days == 1:
        return "yesterday"
    return f"{days} days ago" if days < 7 else day(value)


def filesize(size: int) -> str:
    """Bytes as people say them: 4.1 MB."""
    amount, unit = float(size), "bytes"
    for larger in ("KB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1024, larger
    if unit == "bytes":
        return plural(size, "byte")
    return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:,.0f} {unit}"


def number(value: float) -> str:
    """31,000"""
    return f"{value:,}"


def amount(value: Decimal) -> str:
    """31,000 or 31,000.50: cents only where there are any."""
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"


def plural(count: int, one: str, many: str = "") -> str:
    """1 passage, 3 passages; the plural is given when it is not the word with an s."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


@lru_cache(maxsize=1024)  # pages show the same passages again and again
def rich(html: str) -> Markup:
    """HTML from people or files, cleaned once more, as markup."""
    return Markup(sanitise(html))  # noqa: S704 - the one way HTML gets into a page unescaped, and nh3 has just made it


def static(path: str) -> str:
    """The address of a file of ours; it changes with the file's bytes, so browsers may keep it for ever."""
    file = STATIC / path
    return f"/static/{path}?v={content_hash(file, file.stat().st_mtime_ns)}"


@lru_cache(maxsize=512)
def content_hash(file: Path, _changed: int) -> str:
    """The first characters of the SHA-256 of the file's bytes; looked up again when the file was changed."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:HASH_LENGTH]


def put_out(value: Any) -> str:
    """What `{{ value }}` writes: the same as `markupsafe.escape`, which makes an object of each of the 1,800 values of a page."""
    kind = type(value)
    if kind is Markup or (kind is str and not _NEEDS_ESCAPING(value)):
        text: str = value
        return text
    return str(value) if kind is int else escape(value)


class _Generator(CodeGenerator):
    """Compiles templates so that they write with `put_out`."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.put_out(")


class _Environment(Environment):
    """What `put_out` is found in by compiled templates."""

    code_generator_class = _Generator
    put_out = staticmethod(put_out)


environment = _Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    auto_reload=False,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
environment.filters.update(day=day, amount=amount, ago=ago, filesize=filesize, number=number, plural=plural, rich=rich)
environment.globals.update(static=static, sprite=sprite, i=icon, mark=mark, drawn=drawn, drawn_mark=drawn_mark, light_styles=light_styles)


def render_template(name: str, values: Mapping[str, Any]) -> str:
    """The template's text; a name it uses and does not get is an error."""
    return environment.get_template(name).render(values)
