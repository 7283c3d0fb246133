"""While something is on its way: a pressed button keeps its width and says what it does, and lines stand in for what is fetched, late."""

import re

import pytest
from playwright.sync_api import Route, expect

from app.identity.models import Role
from tests.journeys.conftest import Visit
from tests.journeys.site import Site

pytestmark = pytest.mark.browser
VERB = "(node) => getComputedStyle(node, '::after').content"
SHOWN_AT = """(node) => {
  const late = node.getAnimations({ subtree: true }).find((one) => one.animationName === 'late');
  late.pause();
  const opacityAt = (time) => { late.currentTime = time; return getComputedStyle(node, '::after').opacity; };
  return { 299: opacityAt(299), 302: opacityAt(302) };
}"""
RING = "(node) => { const style = getComputedStyle(node, '::before'); return [style.animationName, style.animationIterationCount]; }"
WIDTH = "(node) => node.getBoundingClientRect().width"


@pytest.mark.parametrize("motion,turns", [("no-preference", "infinite"), ("reduce", "1")])
def test_a_pressed_button_keeps_its_width_and_says_what_it_does(visit: Visit, site: Site, motion: str, turns: str) -> None:
    asset_id = site.add(f"Waiting for {motion}", "# Waiting")
    site.wait_until_read(asset_id)
    page = visit(Role.MARKETER, reduced_motion=motion)
    page.goto(f"/assets/{asset_id}/edit")
    page.evaluate("document.addEventListener('submit', (event) => event.preventDefault())")  # the answer never comes
    button = page.get_by_role("button", name="Save", exact=True)
    before = button.evaluate(WIDTH)
    button.click()
    busy = page.locator("button[aria-busy=true]")
    assert busy.evaluate(VERB).startswith('"Saving"')
    expect(busy).to_have_accessible_name("Save")
    assert busy.evaluate(RING) == ["spin", turns]
    assert busy.evaluate(WIDTH) == before
    expect(page.locator("#announce")).to_have_text("Saving")


def test_lines_stand_in_for_a_row_that_is_fetched_but_not_at_once(visit: Visit, site: Site) -> None:
    site.clear_uploads()
    ids = [site.add(f"Waiting row {number}", f"# Row {number}", release=False) for number in range(2)]
    site.wait_until_read(*ids)
    page = visit(Role.MARKETER)
    page.goto("/upload")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"**/upload/files/{ids[0]}?open=1", hold)
    row = page.locator(f"#f-{ids[0]}")
    row.locator("summary h3").click()
    expect(row).to_have_class(re.compile("is-loading"))
    assert row.locator(".file-b").first.evaluate(SHOWN_AT) == {"299": "0", "302": "1"}
    held[0].continue_()
    expect(row.get_by_label("Title")).to_be_attached()
    expect(row).not_to_have_class(re.compile("is-loading"))
