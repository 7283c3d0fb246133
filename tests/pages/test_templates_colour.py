"""The colours of the style sheet keep the contrast ratios of the interface guide, in light and in dark."""

import re

import pytest

from app.core.icons import STATIC

SHEET = (STATIC / "quiver.css").read_text()
TOKENS: dict[str, tuple[str, str]] = {
    name: (light, dark) for name, light, dark in re.findall(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", SHEET)
}
THEMES = ("light", "dark")
STAGES = [f"st{number}" for number in range(1, 10)]
STAKEHOLDERS = [f"wh{number}" for number in range(1, 9)]
TEXT = 4.5
SHAPE = 3.0
STRONG = 7.0


def colour(token: str, theme: str) -> str:
    return TOKENS[token][THEMES.index(theme)]


def channel(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(code: str) -> float:
    red, green, blue = (channel(int(code[place : place + 2], 16)) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ratio(over: str, ground: str, theme: str) -> float:
    return contrast(colour(over, theme), colour(ground, theme))


def test_the_measure_agrees_with_known_ratios() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_readable_at_every_position(stage: str, theme: str) -> None:
    assert ratio("on-ink", stage, theme) >= TEXT, "icon on the arrow"
    assert ratio(f"{stage}-ink", "surface", theme) >= STRONG, "text on a card"
    assert ratio(f"{stage}-ink", f"{stage}-soft", theme) >= 6, "text on its soft fill"
    assert ratio("ink", f"{stage}-mid", theme) >= STRONG, "figures on a full square of the map"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("stakeholder", STAKEHOLDERS)
def test_a_stakeholder_is_readable_at_every_position(stakeholder: str, theme: str) -> None:
    assert ratio(stakeholder, "surface", theme) >= SHAPE, "ring on a card"
    assert ratio(f"{stakeholder}-ink", f"{stakeholder}-soft", theme) >= TEXT, "icon in the ring"
    assert ratio(f"{stakeholder}-ink", "surface", theme) >= STRONG, "text on a card"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["page", "surface", "raised", "sunken"])
def test_text_and_edges_stand_out_on_every_ground(ground: str, theme: str) -> None:
    assert ratio("ink", ground, theme) >= STRONG
    assert ratio("ink-2", ground, theme) >= TEXT
    assert ratio("ink-3", ground, theme) >= TEXT
    assert ratio("line-strong", ground, theme) >= SHAPE
    assert ratio("focus", ground, theme) >= SHAPE


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", ["ok", "due", "stale", "bad"])
def test_a_freshness_state_is_readable(state: str, theme: str) -> None:
    assert ratio(state, "surface", theme) >= TEXT
    assert ratio(state, f"{state}-soft", theme) >= TEXT


@pytest.mark.parametrize("theme", THEMES)
def test_the_highlighter_keeps_its_words_readable(theme: str) -> None:
    assert ratio("mark-ink", "mark", theme) >= STRONG


@pytest.mark.parametrize("letter, prefix, most", [("s", "st", 9), ("w", "wh", 8)])
def test_a_position_class_sets_all_four_roles_from_its_own_tones(letter: str, prefix: str, most: int) -> None:
    for number in range(1, most + 1):
        rule = re.search(rf"\.{letter}{number} \{{([^}}]*)\}}", SHEET)
        assert rule is not None
        roles = dict(re.findall(r"(--c[a-z-]*): var\(--([a-z0-9-]+)\)", rule[1]))
        assert roles == {f"--c{role}": f"{prefix}{number}{role}" for role in ("", "-ink", "-soft", "-mid")}
