"""A portal served as http://portal.house: browsers then send no Sec-Fetch-Site, and pages behind a secret address hide their origin."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from app.identity.actions import create_user
from app.identity.models import NewUser, Role
from app.library.models import Audience
from tests.factories.rooms import add_room
from tests.factories.values import add_model
from tests.journeys.conftest import QUIET
from tests.journeys.site import Site
from tests.left_out import find_browser

pytestmark = pytest.mark.browser

HOST = "portal.house.example"
PASSWORD = "seven quiet ramps"


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A phone in the house's own network."""
    rule = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
    running = browser.browser_type.launch(executable_path=find_browser(), args=[*QUIET, rule])
    opened = running.new_page(base_url=f"http://{HOST}:{urlsplit(site.origin).port}", viewport={"width": 390, "height": 844})
    yield opened
    running.close()


def test_a_champion_asks_and_takes_the_business_case(page: Page, site: Site) -> None:
    asset_id = site.add("Slots without a lock", "# Slots\n\nBooked before the truck leaves.\n", audience=Audience.CUSTOMER)
    site.wait_until_read(asset_id)
    with site.work() as work:
        room = add_room(work, [asset_id, add_model(work)], title="On plain http", password=PASSWORD)
    page.goto(room.root)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", level=1, name="On plain http")).to_be_visible()
    page.get_by_label("Your question").fill("Who pays for the ramp?")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status").filter(has_text="on its way to")).to_be_visible()
    page.goto(f"{room.root}/i/{room.items[1]}/case")
    with page.expect_download() as taken:
        page.get_by_role("button", name="DOCX").click()
    assert taken.value.suggested_filename.endswith(".docx")


def test_an_invited_person_chooses_a_password(page: Page, site: Site) -> None:
    with site.work() as work:
        token = create_user(work, NewUser(email="plain@example.com", name="New Rep", role=Role.REP)).token
    page.goto(f"/setup/{token}")
    page.get_by_label("Password").fill("a quiet ramp at dawn")
    page.get_by_role("button").last.click()
    expect(page).to_have_url(f"http://{HOST}:{urlsplit(site.origin).port}/")
