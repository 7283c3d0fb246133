"""Icons and marks as templates draw them: on pages out of a sprite, on paper each drawn whole in the light colours of quiver.css."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

STATIC = Path(__file__).resolve().parent.parent / "static"
SYMBOL = re.compile(r'(<symbol id="([a-z0-9-]+)".*?</symbol>)', re.DOTALL)
REFERENCE = re.compile(r'href="#([a-z0-9-]+)"')
SHAPES = {"stage": "st", "stakeholder": "who"}
TOKEN = re.compile(r"(--[a-z0-9-]+): light-dark\((#[0-9a-f]{6}),")
TONES = re.compile(r"^  \.([sw][1-9]) \{ --c: var\(--([a-z0-9]+)\);", re.MULTILINE)
WHITE = "#ffffff"


@lru_cache(maxsize=1)
def drawings() -> dict[str, str]:
    """The symbols of static/icons.svg by name."""
    return {name: drawing for drawing, name in SYMBOL.findall((STATIC / "icons.svg").read_text())}


def sprite(page: str) -> Markup:
    """The symbols this piece of page refers to."""
    known = drawings()
    return Markup("".join(known[name] for name in sorted(set(REFERENCE.findall(page)) & known.keys())))  # noqa: S704 - our own file


@lru_cache(maxsize=1024)
def icon(name: str, css: str = "") -> Markup:
    """An icon of the page's sprite; a page shows hundreds, so this and `mark` are no template macros, which take five times as long."""
    return Markup('<svg class="i{}" aria-hidden="true"><use href="#{}"/></svg>').format(f" {css}" if css else "", name)


def mark(value: Any, size: str = "") -> Markup:
    """The mark of a facet value: a stage points, a stakeholder is round, the others are plain icons."""
    return _mark(value.facet, value.tone, value.icon, size)


@lru_cache(maxsize=1024)
def _mark(facet: str, tone: str, name: str, size: str) -> Markup:
    shape = SHAPES.get(facet)
    if shape is None:
        return icon(name)
    return Markup('<span class="{}{} {}">{}</span>').format(shape, f" {shape}--{size}" if size else "", tone, icon(name))


@lru_cache(maxsize=1)
def light_colours() -> Mapping[str, str]:
    """The colour tokens of quiver.css as they are in the light theme, by name ("--ink")."""
    return dict(TOKEN.findall((STATIC / "quiver.css").read_text()))


@lru_cache(maxsize=1)
def light_styles() -> Markup:
    """The tokens and tone classes as a style sheet for paper, which is always light and knows no `light-dark()`."""
    tokens = "".join(f"{name}:{colour};" for name, colour in light_colours().items())
    tones = [
        f".{tone}{{--c:var(--{name});--c-ink:var(--{name}-ink);--c-soft:var(--{name}-soft);--c-mid:var(--{name}-mid)}}"
        for tone, name in TONES.findall((STATIC / "quiver.css").read_text())
    ]
    return Markup(f":root{{{tokens}}}{''.join(tones)}")  # noqa: S704 - our own file


@lru_cache(maxsize=512)
def drawn(name: str, colour: str = "#112124", css: str = "i") -> Markup:
    """An icon for paper, where a drawing takes no colour from the text around it."""
    return Markup('<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>').format(css, _strokes(name, colour))


def drawn_mark(value: Any) -> Markup:
    """The mark of a facet value for paper: a stage points, a stakeholder is round, the others are plain icons."""
    if value.facet not in SHAPES:
        return drawn(value.icon, css="plain")
    colours = light_colours()
    tone = dict(TONES.findall((STATIC / "quiver.css").read_text())).get(value.tone, "")
    fill, soft, ink = (colours.get(f"--{tone}{role}", "#475657") for role in ("", "-soft", "-ink"))
    if value.facet == "stage":
        shape = Markup('<path d="M2 0h21l8 12-8 12H2a2 2 0 0 1-2-2V2a2 2 0 0 1 2-2z" fill="{}"/>').format(fill)
        glyph = Markup('<g transform="translate(5 4.5) scale(.62)">{}</g>').format(_strokes(value.icon, WHITE))
        return Markup('<svg class="st" viewBox="0 0 31 24" aria-hidden="true">{}{}</svg>').format(shape, glyph)
    shape = Markup('<circle cx="12" cy="12" r="11" fill="{}" stroke="{}" stroke-width="1.6"/>').format(soft, fill)
    glyph = Markup('<g transform="translate(5.2 5.2) scale(.57)">{}</g>').format(_strokes(value.icon, ink))
    return Markup('<svg class="who" viewBox="0 0 24 24" aria-hidden="true">{}{}</svg>').format(shape, glyph)


def _strokes(name: str, colour: str) -> Markup:
    """The lines of an icon; nothing for a name nobody drew."""
    inner = drawings().get(name, "").partition(">")[2].removesuffix("</symbol>")
    style = 'fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    return Markup(f'<g {style} stroke="{colour}">{inner}</g>')  # noqa: S704 - our own file and colours
