"""The same bytes twice: the upload page says where they are already, and offers a version, an own item, or nothing."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from app.identity.models import Role
from tests.journeys.conftest import Visit
from tests.journeys.site import File, Site

pytestmark = pytest.mark.browser


@pytest.fixture
def page(visit: Visit) -> Page:
    """The upload page."""
    shown = visit(Role.MARKETER)
    shown.goto("/upload")
    return shown


def send_again(page: Page, site: Site, word: str) -> tuple[int, Locator]:
    """An item, and the row of its file sent once more under another name."""
    content = f"# {word}\n\nWords about {word}.\n"
    asset_id = site.add(f"Item of {word}", content, f"{word}.md")
    copy = File(f"{word}-copy.md", "text/markdown", content.encode())
    page.locator(".drop input").set_input_files(copy.payload)
    row = page.locator("article.file[data-key]").filter(has_text=copy.name)
    expect(row).to_have_attribute("data-state", "duplicate")
    expect(row).to_contain_text(re.compile(rf"The same bytes are Item of {word}, v1, which readers get\."))
    return asset_id, row


def test_it_becomes_a_version_of_the_item(page: Page, site: Site) -> None:
    asset_id, row = send_again(page, site, "Bollard")
    row.get_by_role("button", name="Make it a version of that").click()
    expect(page.locator(".toast")).to_have_text("Added to “Item of Bollard” as v2, a draft.")
    expect(page.locator("article.file").filter(has_text="Bollard")).to_have_count(0)
    with site.client(Role.MARKETER) as client:
        told = client.get(f"/api/v1/assets/{asset_id}").json()
    assert [(version["number"], version["released"]) for version in told["versions"]] == [(2, False), (1, True)]


def test_it_stays_an_item_of_its_own(page: Page, site: Site) -> None:
    _, row = send_again(page, site, "Capstan")
    row.get_by_role("button", name="Keep separate").click()
    expect(page.locator(".toast")).to_have_text("Kept as an item of its own.")
    expect(page.locator("article.file").filter(has_text="Capstan-copy.md")).to_have_attribute("data-state", re.compile("missing|reading"))


def test_it_is_skipped(page: Page, site: Site) -> None:
    asset_id, row = send_again(page, site, "Derrick")
    row.get_by_role("button", name="Skip").click()
    expect(page.locator(".toast")).to_contain_text("Moved to the trash.")
    expect(page.locator("article.file").filter(has_text="Derrick")).to_have_count(0)
    with site.client(Role.MARKETER) as client:
        titles = [item["title"] for item in client.get("/api/v1/assets?size=100").json()["items"]]
        assert [version["number"] for version in client.get(f"/api/v1/assets/{asset_id}").json()["versions"]] == [1]
    assert "Item of Derrick" in titles and "Derrick copy" not in titles


def test_what_is_refused_says_why_in_its_row_and_the_rest_is_kept(page: Page) -> None:
    good = File("fender.md", "text/markdown", b"# Fender\n\nSoft.\n")
    bad = File("fender.docx", "application/octet-stream", b"<!doctype html><p>no document</p>")
    page.locator(".drop input").set_input_files([good.payload, bad.payload])
    expect(page.locator("article.file[data-key]").filter(has_text="fender.md")).to_be_visible()
    refused = page.locator("article.file.is-err").filter(has_text="fender.docx")
    expect(refused).to_contain_text("The file is named .docx but its content is a web page.")
    expect(refused.get_by_role("button", name="Try again")).to_be_hidden()
    refused.get_by_role("button", name="Take it off the list").click()
    expect(page.locator("article.file").filter(has_text="fender.docx")).to_have_count(0)
