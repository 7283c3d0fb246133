"""Everything a rep does on a call works without a mouse, and one always sees where the focus is."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.identity.models import Role
from tests.factories.people import PASSWORD
from tests.journeys.conftest import Visit
from tests.journeys.site import Site

pytestmark = pytest.mark.browser

CLIPBOARD = ["clipboard-read", "clipboard-write"]
MOST_STEPS = 60
# The ring of what has the focus: an outline of its own, or of the box that stands for it.
RING = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return 'nothing';
  const ringed = [node, node.parentElement, node.closest('label, .ask-box, form')].filter(Boolean).some((box) => {
    const style = getComputedStyle(box);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
  });
  return ringed ? '' : node.outerHTML.slice(0, 120);
}"""


@pytest.fixture(scope="module", autouse=True)
def gearbox(site: Site) -> int:
    """Two items that answer one question."""
    first = site.add("Gearbox brief", "# Gearbox\n\nThe hydraulic gearbox lifts two tonnes.\n", stage="discover", stakeholder="technical")
    site.add("Gearbox letter", "# Letter\n\nOur hydraulic gearbox lifts your pallets.\n", stage="prove", stakeholder="economic")
    site.wait_until_found("hydraulic pallets", "Gearbox letter")
    site.wait_until_found("hydraulic tonnes", "Gearbox brief")
    return first


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus; each stop on the way has a ring."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        hidden = page.evaluate(RING)
        assert not hidden or hidden == "nothing", f"no ring around {hidden}"
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{MOST_STEPS} steps did not lead to {selector}")


def test_from_sign_in_to_a_copied_passage(visit: Visit, gearbox: int) -> None:
    page = visit(permissions=CLIPBOARD)
    page.goto("/sign-in")
    tab_to(page, "#email")
    page.keyboard.type("rep@example.com")
    tab_to(page, "#password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("What is your buyer asking?")

    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()

    tab_to(page, "summary.chip")
    page.keyboard.press("Enter")
    tab_to(page, "button[name=stage][value=discover]")
    page.keyboard.press("Enter")
    chip = page.locator("summary.chip--on")
    expect(chip).to_contain_text("Discover")

    page.keyboard.press("/")
    expect(page.locator("[data-ask]")).to_be_focused()
    page.keyboard.type("hydraulic gearbox")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("hydraulic gearbox")
    expect(page.locator("article.passage")).to_have_count(2)
    expect(page.locator("article.passage").first).to_contain_text("two tonnes")  # what fits the call that is set comes first
    page.keyboard.press("c")
    expect(page.locator(".toast")).to_have_text("Copied with its source line")
    assert "two tonnes" in page.evaluate("navigator.clipboard.readText()")

    page.goto("/ask?q=hydraulic+gearbox&set=1")
    expect(page.locator("article.passage")).to_have_count(2)
    place = page.locator("article.passage").filter(has_text="your pallets").get_attribute("aria-labelledby")
    tab_to(page, f"article[aria-labelledby={place}] [data-copy]")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_have_text("Copied with its source line")
    assert "your pallets" in page.evaluate("navigator.clipboard.readText()")


def test_escape_closes_a_chip_and_gives_the_focus_back(visit: Visit) -> None:
    page = visit(Role.REP)
    page.goto("/")
    tab_to(page, "summary.chip")
    page.keyboard.press("Enter")
    tab_to(page, "button.menu-item")
    page.keyboard.press("Escape")
    expect(page.locator("summary.chip").first).to_be_focused()
    expect(page.locator("details.menu[open]")).to_have_count(0)


def test_facets_change_by_space_and_the_focus_stays(visit: Visit) -> None:
    page = visit(Role.REP)
    page.goto("/ask?q=hydraulic+gearbox&set=1")
    tab_to(page, "#f-stage-prove")
    page.keyboard.press("Space")
    expect(page.locator("#announce")).to_have_text("1 answer")
    expect(page.locator("#f-stage-prove")).to_be_focused()
    expect(page.locator("article.passage")).to_have_count(1)
    expect(page).to_have_url(re.compile("stage=prove"))
    page.reload()
    expect(page.locator("#f-stage-prove")).to_be_checked()


def test_slides_and_tabs_follow_the_arrow_keys(visit: Visit, gearbox: int) -> None:
    page = visit(Role.REP)
    page.goto(f"/assets/{gearbox}")
    tab_to(page, "#t-content")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Versions")).to_be_focused()
    expect(page.locator("#versions")).to_be_visible()
    expect(page.locator("#content")).to_be_hidden()


def test_the_list_of_keys_opens_closes_and_can_be_turned_off(visit: Visit) -> None:
    page = visit(Role.REP)
    page.goto("/")
    page.locator("body").press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.goto("/account")
    page.get_by_role("switch").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save the choices").press("Enter")
    expect(page.locator("html")).to_have_attribute("data-single-keys", "off")
    page.goto("/ask?q=hydraulic")
    page.keyboard.press("/")
    expect(page.locator("[data-ask]")).not_to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Go to a page, or ask")).to_be_visible()
    page.goto("/account")
    page.get_by_role("switch", name="Single-key shortcuts").check()
    page.get_by_role("button", name="Save the choices").click()
    expect(page.locator("html")).not_to_have_attribute("data-single-keys", "off")
