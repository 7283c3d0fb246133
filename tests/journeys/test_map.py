"""The map in the browser: by keyboard from a square to the clipboard, one stop on the way through the page, whole on a phone."""

import pytest
from playwright.sync_api import Page, expect

from app.identity.models import Role
from tests.journeys.conftest import Visit
from tests.journeys.site import Site
from tests.journeys.test_keyboard import CLIPBOARD, tab_to

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.querySelector('.vh')?.textContent.split(':')[0] ?? ''"
SIZES = """() => {
  const boxes = [...document.querySelectorAll('.map .cell')].map((square) => square.getBoundingClientRect());
  return {
    page: document.documentElement.scrollWidth,
    right: Math.max(...boxes.map((box) => box.right)),
    narrowest: Math.min(...boxes.map((box) => box.width)),
    lowest: Math.min(...boxes.map((box) => box.height)),
  };
}"""


@pytest.fixture(scope="module", autouse=True)
def winch(site: Site) -> int:
    """One item in a square."""
    asset_id = site.add("Winch notes", "# Winch\n\nThe winch pulls nine barges upstream.\n", stage="negotiate", stakeholder="procurement")
    site.wait_until_found("winch barges", "Winch notes")
    return asset_id


def press(page: Page, *keys: str) -> str:
    """The square that has the focus after these keys."""
    for key in keys:
        page.keyboard.press(key)
    return str(page.evaluate(FOCUSED))


def test_from_the_map_to_the_clipboard_without_a_mouse(visit: Visit) -> None:
    page = visit(Role.REP, permissions=CLIPBOARD)
    page.goto("/")
    tab_to(page, ".cell")
    assert press(page, "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", *["ArrowRight"] * 5) == "Procurement, Negotiate"
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask?set=1&stage=negotiate&stakeholder=procurement")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Negotiate")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Procurement")
    tab_to(page, "article h3 a, article h4 a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Winch notes")
    tab_to(page, "[data-copy]")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Copied")
    assert "nine barges" in page.evaluate("navigator.clipboard.readText()")


def test_the_map_is_one_stop_and_the_arrows_stay_inside(visit: Visit) -> None:
    page = visit(Role.REP)
    page.goto("/")
    tab_to(page, ".cell")
    assert press(page, "ArrowLeft", "ArrowUp") == "Economic buyer, Target"
    assert press(page, "End") == "Economic buyer, Onboard"
    assert press(page, "ArrowRight", "ArrowDown") == "Champion, Onboard"
    assert press(page, "Home") == "Champion, Target"
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.matches('.cell')")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED) == "Champion, Target", "one comes back to where one was"


def test_the_square_of_the_call_is_the_stop(visit: Visit) -> None:
    page = visit(Role.REP)
    page.goto("/")
    page.request.post("/context", form={"stage": "prove", "stakeholder": "champion"}, headers={"Origin": page.evaluate("location.origin")})
    page.goto("/")
    tab_to(page, ".cell")
    assert page.evaluate(FOCUSED) == "Champion, Prove value"
    expect(page.locator(".cell[aria-current=true]")).to_be_focused()


@pytest.mark.parametrize("address", ["/", "/?by=step&count=questions"])
def test_the_map_is_whole_on_a_phone(visit: Visit, address: str) -> None:
    page = visit(Role.REP, viewport={"width": 390, "height": 844})
    page.goto(address)
    sizes = page.evaluate(SIZES)
    assert sizes["page"] == 390
    assert sizes["right"] <= 390
    assert sizes["narrowest"] >= 43
    assert sizes["lowest"] >= 46


def test_the_switches_change_the_map_and_the_address(visit: Visit) -> None:
    page = visit(Role.REP)
    page.goto("/")
    page.get_by_role("button", name="Buyer step").click()
    expect(page.get_by_role("columnheader", name="Settles the terms")).to_be_visible()
    page.get_by_role("button", name="Questions", exact=True).click()
    expect(page.get_by_role("button", name="Questions", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Buyer step")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Procurement, Settles the terms: 1 item, 0 buyer questions").click()
    expect(page.locator("article").filter(has_text="Winch notes")).to_be_visible()


def test_marketing_marks_a_square_and_sees_it_on_the_map(visit: Visit) -> None:
    page = visit(Role.MARKETER)
    page.goto("/")
    page.get_by_text("Squares without content").click()
    page.get_by_role("button", name="Not needed yet for Security and legal, Target").click()
    expect(page.locator(".toast")).to_contain_text("is marked as not needed yet")
    expect(page.get_by_role("link", name="Security and legal, Target: not needed yet")).to_be_visible()


BROKEN_NAMES = """() => [...document.querySelectorAll('.map-stage span')].filter((name) => {
  const whole = document.createRange();
  whole.selectNodeContents(name);
  const lines = new Set([...whole.getClientRects()].map((line) => Math.round(line.top))).size;
  const arrow = name.parentElement.getBoundingClientRect();
  return lines > name.textContent.split(' ').length || name.scrollWidth > name.clientWidth + 1 || name.scrollHeight > arrow.height;
}).map((name) => name.textContent)"""


@pytest.mark.parametrize("width", [768, 861, 1024, 1180, 1181, 1379, 1381, 1440])
def test_no_stage_is_broken_within_a_word(visit: Visit, width: int) -> None:
    page = visit(Role.MARKETER, viewport={"width": width, "height": 900})
    page.goto("/")
    assert page.evaluate(BROKEN_NAMES) == []


@pytest.mark.parametrize("path", ["/", "/ask?q=winch", "/assets/{winch}"])
def test_paper_has_the_content_and_nothing_to_press(visit: Visit, winch: int, path: str) -> None:
    page = visit(Role.MARKETER)
    page.goto(path.format(winch=winch))
    page.emulate_media(media="print")
    assert page.locator("button:visible, .btn:visible, input:visible, select:visible, summary:visible").all_inner_texts() == []
    expect(page.locator("main")).to_contain_text("Winch" if "assets" in path or "ask" in path else "Negotiate")
