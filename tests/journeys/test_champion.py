"""A champion on a phone makes a business case their own and takes it away: every figure of the page is right in every file."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.factories.rooms import MadeRoom, add_room
from tests.factories.values import add_model, picture
from tests.journeys.conftest import Visit
from tests.journeys.site import Site
from tests.journeys.test_accessible import complaints
from tests.journeys.test_small_screen import FINGER, LEAST, PHONE, SMALL, check_no_sideways_scroll

pytestmark = pytest.mark.browser

LOGO: Any = {"name": "logo.png", "mimeType": "image/png", "buffer": picture(900, 300)}
LONG = "Norvik Freight and Cold Storage Holding International Beteiligungsgesellschaft mit beschränkter Haftung"


@pytest.fixture(scope="module")
def room(site: Site) -> MadeRoom:
    """A room that holds nothing but the value model about waiting fees."""
    with site.work() as work:
        return add_room(work, [add_model(work)], title="Shorter waits for Alder")


def case_of(room: MadeRoom) -> str:
    return f"{room.root}/i/{room.items[0]}/case"


def headline(page: Page) -> str:
    return page.locator("#case-doc h2").inner_text()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_logo_is_put_on_and_taken_off(visit: Visit, room: MadeRoom, script: bool) -> None:
    guest = visit(**PHONE, java_script_enabled=script)
    guest.goto(case_of(room))
    guest.get_by_label("Sites", exact=True).fill("8")
    guest.get_by_label("Company").fill(LONG)
    guest.get_by_label("Your logo on the document").set_input_files(LOGO)
    guest.get_by_role("button", name="Keep with this logo").tap()
    expect(guest.get_by_role("status").filter(has_text="Kept at your private address")).to_be_visible()
    logo = guest.locator("#case-doc .p-c img")
    expect(logo).to_be_visible()
    expect(guest.get_by_label("Sites", exact=True)).to_have_value("8")
    followed = headline(guest)
    if script:
        assert logo.evaluate("(image) => image.naturalWidth / image.naturalHeight") == pytest.approx(3, rel=0.02)
        check_no_sideways_scroll(guest, "a case with a logo")
        assert guest.evaluate(SMALL, [FINGER, LEAST]) == [] and complaints(guest, "a case with a logo") == []
        guest.get_by_label("Sites", exact=True).fill("9")
        expect(guest.locator("#case-doc h2")).not_to_have_text(followed)
        expect(logo).to_be_visible()
    guest.get_by_role("button", name="Take the logo off").tap()
    expect(guest.get_by_role("status").filter(has_text="Kept at your private address")).to_be_visible()
    expect(logo).to_have_count(0)
    expect(guest.get_by_role("button", name="Take the logo off")).to_have_count(0)
    expect(guest.get_by_label("Company")).to_have_value(LONG)
