"""An item that changes while its page is open: a bar says so, and the page stays as it is until the reader wants the new one."""

import pytest
from playwright.sync_api import Page, expect

from app.identity.models import Role
from tests.journeys.conftest import Visit
from tests.journeys.site import Site

pytestmark = pytest.mark.browser


def come_back(page: Page) -> None:
    """As if the tab got the focus again."""
    with page.expect_response("**/current"):
        page.evaluate("dispatchEvent(new Event('focus'))")


def test_a_release_is_told_and_swaps_nothing(visit: Visit, site: Site) -> None:
    asset_id = site.add("Slot rules", "# Slots\n\nBook a day ahead.\n")
    site.wait_until_read(asset_id)
    reader, marketer = visit(Role.REP), visit(Role.MARKETER)
    reader.goto(f"/assets/{asset_id}")
    bar = reader.locator("[data-changed]")
    come_back(reader)
    expect(bar).to_be_hidden()

    site.add_version(asset_id, "# Slots\n\nBook an hour ahead.\n")
    site.wait_until_read(asset_id)
    come_back(reader)
    expect(bar).to_be_hidden()  # a draft is no news for readers
    marketer.goto(f"/assets/{asset_id}")
    marketer.get_by_role("button", name="Release v2").click()
    expect(marketer.locator(".toast")).to_contain_text("Released.")
    come_back(marketer)
    expect(marketer.locator("[data-changed]")).to_be_hidden()  # who did it knows

    come_back(reader)
    expect(bar).to_contain_text("v2 was released just now.")
    expect(reader.locator("#content")).to_contain_text("Book a day ahead.")
    bar.get_by_role("link", name="Show it").click()
    expect(reader.locator("#content")).to_contain_text("Book an hour ahead.")
    expect(bar).to_be_hidden()
