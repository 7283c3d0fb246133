"""Every icon that a page can show is in the sprite, and the sprite holds only icons that somebody shows."""

import re

from app.core.icons import drawings, sprite
from app.core.templating import TEMPLATES
from app.framework.rules import DEFAULTS, ICONS, PICTURES
from app.web import context, frameworkforms
from app.web.render import NAV


def in_sprite() -> set[str]:
    return set(drawings())


def of_data() -> set[str]:
    """Icons that come with facet values, the call context and the navigation."""
    values = {value.icon for values in DEFAULTS.values() for value in values}
    values.discard("")  # most facets have no picture of their own
    values |= {*PICTURES, *frameworkforms.ICONS.values()}
    return values | set(ICONS.values()) | set(context.ICONS.values()) | {icon for _, _, icon, _, _ in NAV}


def quoted_in_templates() -> str:
    return "\n".join(path.read_text() for path in TEMPLATES.rglob("*.html"))


def called_in_templates() -> set[str]:
    return set(re.findall(r"\bi\('([a-z0-9-]+)'", quoted_in_templates()))


def test_every_icon_of_data_and_templates_has_a_drawing() -> None:
    assert of_data() | called_in_templates() <= in_sprite()


def test_no_drawing_is_left_over() -> None:
    quoted = set(re.findall(r"'([a-z0-9-]+)'", quoted_in_templates()))
    reasons = {"list-checks", "calendar-clock", "circle-x", "user-round-check"}  # named by app/pages/review.py
    assert in_sprite() - of_data() - quoted - reasons == set()


def test_a_page_carries_only_the_icons_it_shows() -> None:
    made = sprite('<svg><use href="#copy"/></svg>')
    assert re.findall(r'<symbol id="([^"]+)"', made) == ["copy"]
    assert "<path" in made or "<rect" in made
