"""Requests nobody means well with: every route of the portal, its parameters and fields filled with naughty strings. Used by fuzz.py."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import BaseModel

from tests.torture.server import ROOT

LONG = 5000
NAUGHTY = (
    *("", " ", "\0", "a\0b", "\t\r\n", "\x1b[2J", "\x7f", "\ufeff", "\ufffd", "\ud800", "\udfff\ud800"),
    *(
        "\u202egnp.exe",
        "\u200f\u200e",
        "\u2066x\u2069",
        "e\u0301" * 50,
        "Z\u0351\u036b\u0343",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    ),
    *("\u0130\u0131\u017f\u00df", "\u4e2d\u6587", "\u0645\u0631\u062d\u0628\u0627", "\u0661\u0662\u0663", "\u00b2", "\u216b", "\uff11"),
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{7*7}}", "{% raise %}", "${7*7}", "%s%n%d"),
    *("=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\u201chttp://example.com\u201d)", "';DROP TABLE asset;--", "' OR 1=1 --", "%", "_", "\\"),
    *(
        "../../../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "/etc/passwd\0.png",
        "file:///etc/passwd",
        "//example.com",
        "https://example.com/",
    ),
    *(
        "CON",
        "NUL.txt",
        ".",
        "..",
        "a/b",
        "?",
        "#",
        "&=;",
        "\r\nSet-Cookie: a=b",
        '"',
        "'",
        "`",
        "[]",
        "{}",
        "[[[",
        "(((((",
        "\\d+(",
        "*",
        "~",
    ),
    *("null", "None", "undefined", "true", "NaN", "inf", "-inf", "1e999", "0x10", "1_000", "1,5", " 1 ", "-0", "00", "0", "1", "2"),
    *("2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "9" * 400, "1" * 5000),
    *(
        "2026-02-30",
        "0000-00-00",
        "9999-12-31",
        "10000-01-01",
        "2026-12-31T25:61",
        "x" * LONG,
        "\u00e9" * LONG,
        "a " * LONG,
        "\U0001f4a9" * 2000,
    ),
)
# What the portal may well take, so that more than the first check is reached; other fields get a small number or a word.
PLAUSIBLE: dict[str, Sequence[str]] = {
    "facet": ("stage", "stakeholder", "kind", "vertical", "step"),
    "stage": ("discover", "target"),
    "stakeholder": ("technical", "enduser"),
    "key": ("1", "2", "3", "snippet", "target", "discover"),
    "role": ("rep", "partner", "marketer"),
    "audience": ("internal", "partner", "customer"),
    "verb": ("confirm", "assign", "date", "retire"),
    "items": ("1:1", "2:1", "3:2"),
    "name": ("forget-done", "Somebody", "page.md"),
    "state": ("answered", "unanswered", "outdated"),
    "by": ("stage", "step"),
    "count": ("questions", "items"),
    "email": ("rep@example.com", "new@example.com"),
    "next": ("/", "/ask?q=gate"),
    "days": ("30",),
    "scopes": ("assets:read",),
}
WORDS = ("1", "2", "3", "1", "gate", "How long is the gate open?", "on", "2027-01-31")
HEADERS = (
    "If-Match",
    "If-None-Match",
    "Range",
    "HX-Request",
    "HX-Current-URL",
    "Accept",
    "Accept-Language",
    "Authorization",
    "X-Forwarded-For",
)
TYPES = (
    "application/json",
    "text/plain",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "\xff/\xfe",
)
FORM = "application/x-www-form-urlencoded"
BOUNDARY = "naughty-7f3a"
NAMED = re.compile(r'\bname="([a-z_]+)"')


@dataclass(frozen=True)
class Door:
    """A route: how it is addressed, and the names it is known to read from the address and from a form or JSON."""

    method: str
    path: str
    asked: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()

    @property
    def takes_files(self) -> bool:
        """Whether a file is expected."""
        return self.method == "POST" and re.search(r"(files|versions|original|parts|v1/assets)$", self.path) is not None


@dataclass(frozen=True)
class Sent:
    """One request, ready for the wire: everything in the path is escaped."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def doors_of(app: FastAPI) -> list[Door]:
    """Every way into this portal."""
    found = [door for context in iter_route_contexts(app.routes) for door in _doors(context)]
    return sorted(found, key=lambda door: (door.path, door.method))


def names_in_forms() -> tuple[str, ...]:
    """Every field of every form; for routes that read a form without saying which fields."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "app" / "templates").rglob("*.html"))
    return tuple(sorted({name for text in texts for name in NAMED.findall(text)}))


def requests(doors: Sequence[Door], count: int, seed: int) -> Iterator[Sent]:
    """So many requests, the same for the same seed; each door comes as often as any other."""
    chance, names = random.Random(seed), names_in_forms()
    for number in range(count):
        yield _request(doors[number % len(doors)], chance, names)


def _doors(context: RouteContext) -> Iterator[Door]:
    dependant = getattr(context, "dependant", None)
    asked = _names(dependant.query_params) if dependant else ()
    sent = _names(dependant.body_params) if dependant else ()
    for method in sorted(context.methods or {"GET"}):
        yield Door(method, context.path or "/", asked, sent)


def _names(fields: Sequence[Any]) -> tuple[str, ...]:
    names: list[str] = []
    for one in fields:
        kind = one.field_info.annotation
        is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
        names += kind.model_fields if is_model else [one.alias]
    return tuple(names)


def _request(door: Door, chance: random.Random, names: Sequence[str]) -> Sent:
    path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: _escape(_value(found[1], chance)), door.path)
    if asked := _pairs(door.asked, chance, names):
        path += "?" + urlencode(asked, errors="surrogatepass")
    headers = {chance.choice(HEADERS): _latin(chance.choice(NAUGHTY)) for _ in range(chance.choice((0, 0, 0, 1, 2)))}
    if door.method in ("GET", "HEAD"):
        return Sent(door.method, path, headers)
    kind, body = _body(door, chance, names)
    return Sent(door.method, path, {**headers, "Content-Type": kind}, body)


def _body(door: Door, chance: random.Random, names: Sequence[str]) -> tuple[str, bytes]:
    if chance.random() < 0.05:
        return _latin(chance.choice(TYPES)), _bytes(chance.choice(NAUGHTY))
    pairs = _pairs(door.sent, chance, names)
    if chance.random() < (0.7 if door.takes_files else 0.1):
        return f"multipart/form-data; boundary={BOUNDARY}", _multipart(pairs, chance)
    if door.path.startswith("/api/"):
        return "application/json", json.dumps({name: _json(value, chance) for name, value in pairs}).encode()
    return FORM, urlencode(pairs, errors="surrogatepass").encode()


def _pairs(known: Sequence[str], chance: random.Random, names: Sequence[str]) -> list[tuple[str, str]]:
    """The fields a route is known to read, most of the time, and a few others; some of them twice."""
    chosen = [name for name in known if chance.random() < 0.9]
    chosen += chance.sample(names, chance.choice((0, 2, 8)))
    chosen += chance.choices(chosen, k=chance.choice((0, 0, 1))) if chosen else []
    return [(name, _value(name, chance)) for name in chosen]


def _value(name: str, chance: random.Random) -> str:
    return chance.choice(PLAUSIBLE.get(name, WORDS) if chance.random() < 0.5 else NAUGHTY)


def _json(value: str, chance: random.Random) -> object:
    if chance.random() < 0.7:
        return int(value) if re.fullmatch("[0-9]{1,300}", value) else value
    return chance.choice((None, [], {}, [value], {value: value}, -1, 2**63, 1.5, True, [[[[value]]]]))


def _multipart(pairs: Sequence[tuple[str, str]], chance: random.Random) -> bytes:
    """A form with a file; its name is as naughty as its content, and now and then the end is missing."""
    parts = [_part(f'name="{name}"', value) for name, value in pairs]
    file_name = chance.choice(
        ("page.md", "deck.pptx", "sheet.xlsx", "page.pdf", "list.csv", chance.choice(NAUGHTY) + ".md", chance.choice(NAUGHTY))
    )
    parts.append(_part(f'name="files"; filename="{file_name}"', chance.choice(NAUGHTY) * chance.choice((1, 3))))
    return b"".join(parts) + (b"" if chance.random() < 0.1 else f"--{BOUNDARY}--\r\n".encode())


def _part(about: str, content: str) -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode() + _bytes(about) + b"\r\n\r\n" + _bytes(content) + b"\r\n"


def _escape(value: str) -> str:
    return quote(_bytes(value), safe="")


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _latin(value: str) -> str:
    """What a header can carry: one line of Latin letters, not too long for any server."""
    return value.encode("latin-1", "replace").decode("latin-1").translate(dict.fromkeys((0, 10, 13)))[:2000].strip()
