"""On a phone: nothing scrolls sideways, facets fold away, every control is large enough for a finger."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.identity.models import Role
from tests.journeys import documents
from tests.journeys.conftest import Visit
from tests.journeys.site import Site

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
WIDTHS = (320, 375, 390)
FINGER, LEAST = 44, 24
TITLE = "Winter tyres for the yard tractors of the southern distribution centres"
TABLE = "| A | B | C | D | E | F | G |\n|---|---|---|---|---|---|---|\n" + "| a long cell about tyres " * 7 + "|\n"
# What sticks out of the page, for the message; what scrolls inside its own box is fine.
SIDEWAYS = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.querySelectorAll('body *')]
    .filter((node) => node.checkVisibility() && node.getBoundingClientRect().right > wide + 1)
    .map((node) => `${node.tagName}.${node.className?.baseVal ?? node.className}`).slice(0, 8);
}"""
# Links within a sentence may be as small as the sentence; a tick box counts with its label. What is pressed most is as large as a finger.
SMALL = """([finger, least]) => {
  const seen = (node) => node.checkVisibility() && node.getClientRects().length && !node.closest('.vh, .skip');
  const all = '.btn, summary, select, .tabbar a, .menu-item, .tabs a, input:not([type=hidden], [type=file])';
  const large = '.btn:not(.btn--sm), .facets summary, select, .tabbar a, .menu-item, .input, .fopt';
  const controls = [...document.querySelectorAll(all)];
  const tick = '[type=checkbox], [type=radio]';
  const boxes = controls.map((node) => (node.matches(tick) ? node.closest('label') : node.closest('.top-ask') ?? node));
  return boxes.filter((node) => node && seen(node) && node.getBoundingClientRect().height < (node.matches(large) ? finger : least) - 0.5)
    .map((node) => `${Math.round(node.getBoundingClientRect().height)} px: ${node.outerHTML.slice(0, 90)}`);
}"""


@pytest.fixture(scope="module")
def tyres(site: Site) -> tuple[int, int]:
    """A deck with a long title and long words, with a question about it, and a wide table."""
    slides = [(f"Tyres {number}", "Averyverylongwordwithoutanyspacethatwouldpushaphoneaside " * 3) for number in range(12)]
    asset_id = site.add(TITLE, documents.pptx(slides), "tyres.pptx", summary="What winter does to tyres. " * 8)
    table_id = site.add("Tyre table", f"# Tyre pressures\n\n{TABLE}")
    site.add_question("Which tyres does a tractor need in winter?", asset_id, "slide-1")
    site.wait_until_read(asset_id, table_id)
    site.wait_until_found("averyverylongwordwithoutanyspacethatwouldpushaphoneaside", TITLE)
    return asset_id, table_id


def check_no_sideways_scroll(page: Page, path: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(SIDEWAYS) == [], f"{path} at {width} px"


def test_asking_narrowing_and_opening_by_touch(visit: Visit, tyres: tuple[int, int]) -> None:
    page = visit(Role.REP, **PHONE)
    page.goto("/")
    page.get_by_label("What is your buyer asking?").fill("tyres in winter")
    page.get_by_role("button", name="Find the answer").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("tyres in winter")
    facets = page.locator("details[data-facets]")
    assert not facets.evaluate("node => node.open"), "the facets are folded at first"
    page.locator("details[data-facets] > summary").tap()
    facets.get_by_text("Presentation").or_(facets.get_by_text("Snippet")).first.tap()
    expect(page.locator("#announce")).to_contain_text("answer")
    assert facets.evaluate("node => node.open"), "they stay open while one chooses"
    expect(page.locator("details[data-facets] > summary")).to_contain_text("1 set")
    page.get_by_role("article").get_by_role("link", name="Open").first.tap()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("role", [Role.REP, Role.MARKETER])
def test_no_page_scrolls_sideways_and_controls_fit_a_finger(visit: Visit, tyres: tuple[int, int], role: Role) -> None:
    deck, table = tyres
    paths = [
        "/",
        "/ask?q=tyres+in+winter",
        "/ask?q=qqqq+zzzz",
        f"/assets/{deck}",
        f"/assets/{deck}?at=slide-9",
        "/account",
        "/nowhere",
        f"/assets/{table}",
    ]
    paths += ["/upload", "/review", "/questions", "/questions/new", f"/assets/{deck}/edit"] if role == Role.MARKETER else []
    page = visit(role, **PHONE)
    small: list[str] = []
    for path in paths:
        page.goto(path)
        check_no_sideways_scroll(page, path)
        small += [f"{path}: {control}" for control in page.evaluate(SMALL, [FINGER, LEAST])]
    assert not small, "\n".join(small)


def test_the_sign_in_page_fits_a_phone(visit: Visit) -> None:
    page = visit(**PHONE)
    page.goto("/sign-in")
    check_no_sideways_scroll(page, "/sign-in")
    assert page.evaluate(SMALL, [FINGER, LEAST]) == []


def test_one_word_as_long_as_a_line_wraps(visit: Visit, site: Site) -> None:
    """Names of files often are titles without a space; what waits, what is out, and what is asked show them."""
    word = "Frostschutzmittelnachfuellanleitung_2026-03-10_final_v7_" * 3
    draft = site.add(word, "# A\n", f"{word[:120]}.md", release=False)
    item = site.add(f"B{word}", f"# {word}\n\nQuellwasser {word}\n", f"B{word[:120]}.md", summary=word)
    site.wait_until_read(draft, item)
    page = visit(Role.MARKETER, **PHONE)
    for path in (
        "/",
        "/upload",
        f"/upload?open={draft}",
        f"/assets/{item}",
        f"/assets/{draft}",
        f"/assets/{item}/edit",
        "/ask?q=Quellwasser",
    ):
        page.goto(path)
        check_no_sideways_scroll(page, path)
