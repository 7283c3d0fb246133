"""In a real browser: a template is filled in on a phone, by hand and without script, and its file opens with every word in place."""

import io
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Page, expect

from app.identity.models import Role
from tests.factories.templates import letter
from tests.journeys.axe import complaints
from tests.journeys.conftest import Visit
from tests.journeys.site import Site
from tests.journeys.test_small_screen import FINGER, LEAST, PHONE, SMALL, check_no_sideways_scroll

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def offer(site: Site) -> int:
    """A released letter with fields of all kinds, read."""
    asset_id = site.add("Offer letter", letter(), "offer.docx")
    site.wait_until_read(asset_id)
    return asset_id


def fill_in(page: Page) -> None:
    for label, text in (("Account", "Norvik Freight"), ("Role", "CFO"), ("Fee", "1200"), ("Name, row 1", "Gate"), ("Price, row 1", "5")):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Discount (%)").fill("10")


def downloaded(page: Page, path: Path) -> list[str]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the Word document").click()
    download.value.save_as(path)
    made = docx.Document(io.BytesIO(path.read_bytes()))
    return [*(one.text for one in made.paragraphs), *(cell.text for row in made.tables[0].rows[1:] for cell in row.cells)]


@pytest.mark.parametrize("script", [True, False])
def test_a_rep_fills_it_in_on_a_phone(visit: Visit, offer: int, tmp_path: Path, script: bool) -> None:
    page = visit(Role.REP, **PHONE, java_script_enabled=script, accept_downloads=True)
    page.goto(f"/assets/{offer}")
    page.get_by_role("link", name="Fill in").click()
    fill_in(page)
    page.get_by_role("button", name="More rows").click()
    expect(page.get_by_label("Name, row 2")).to_be_focused()
    expect(page.get_by_label("Price, row 1")).to_have_value("5")
    words = downloaded(page, tmp_path / "offer.docx")
    assert words[0] == "Offer for Norvik Freight" and "it costs 1,200, 10% less." in words[1]
    assert words[-2:] == ["Gate", "5"]
    expect(page.get_by_role("status").filter(has_text="The file is on its way")).to_be_visible()
    page.get_by_label("Account", exact=True).fill("Alder Foods")
    assert downloaded(page, tmp_path / "again.docx")[0] == "Offer for Alder Foods"


def test_both_pages_are_accessible_and_fit_a_phone(visit: Visit, offer: int) -> None:
    for role, path in ((Role.REP, "fill"), (Role.MARKETER, "fields")):
        page = visit(role, **PHONE)
        page.goto(f"/assets/{offer}/{path}")
        for fold in page.locator(".fold:not([open]) > summary").all():
            fold.click()
        check_no_sideways_scroll(page, path)
        assert page.evaluate(SMALL, [FINGER, LEAST]) == []
        assert complaints(page, path) == []
    page = visit(Role.MANAGER)
    page.goto(f"/assets/{offer}/fill")
    page.get_by_role("button", name="Download the Word document").click()
    page.get_by_role("alert").wait_for()
    assert complaints(page, "mistakes") == []
