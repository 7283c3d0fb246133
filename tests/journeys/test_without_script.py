"""The portal without JavaScript: forms and links alone carry content in and answers out."""

import pytest
from playwright.sync_api import Page, expect

from app.identity.models import Role
from tests.factories.people import PASSWORD
from tests.journeys.conftest import Visit
from tests.journeys.site import Site, eventually

pytestmark = pytest.mark.browser

FILES = [
    {"name": "mezzanine.md", "mimeType": "text/markdown", "buffer": b"# Mezzanine floors\n\nA mezzanine carries five tonnes.\n"},
    {"name": "macro.docm", "mimeType": "application/octet-stream", "buffer": b"PK not for us"},
]


def reload_until_read(page: Page) -> None:
    def is_read() -> bool:
        page.reload()
        return page.locator("[data-state=missing]").filter(has_text="mezzanine.md").count() == 1

    eventually(is_read, "the row is read")


def test_upload_edit_release_and_download(visit: Visit, site: Site) -> None:
    site.clear_uploads()
    page = visit(java_script_enabled=False)
    page.goto("/upload")
    page.get_by_label("E-mail").fill("marketer@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/upload")

    page.locator(".drop input").set_input_files(FILES)  # type: ignore[arg-type]  # plain dictionaries of the shape the browser takes
    page.get_by_role("button", name="Upload the chosen files").click()
    expect(page.get_by_role("main")).to_contain_text("macro.docm: Files with macros (.docm) are not accepted.")
    page.goto("/upload")
    reload_until_read(page)
    row = page.locator("article.file").filter(has_text="mezzanine.md")
    if not row.locator("details[open]").count():
        row.locator("summary").first.click()
    if row.locator("details.more-tags").first.get_attribute("open") is None:
        row.locator("details.more-tags > summary").first.click()
    row.get_by_label("Prove value").check()
    row.get_by_label("Champion").check()
    row.get_by_role("button", name="Save").click()
    expect(page.locator("article.file").filter(has_text="mezzanine.md").locator(".tag--ok")).to_have_text("Ready")
    page.get_by_role("button", name="Release 1 ready").click()
    expect(page.locator(".toast")).to_have_text("Released 1 file.")

    site.wait_until_found("tonnes mezzanine carries", "Mezzanine")
    page.goto("/ask?q=mezzanine")
    page.get_by_role("article").get_by_role("link", name="Open Mezzanine").click()
    page.get_by_role("link", name="Edit facts").click()
    page.get_by_label("Title", exact=True).fill("Mezzanine loads")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mezzanine loads")
    expect(page.locator("#versions")).to_be_visible()  # without tabs both parts stand below one another
    with page.expect_download() as download:
        page.locator(".page-head [data-editable]").click()
    assert download.value.suggested_filename == "mezzanine.md"
    assert download.value.path().read_bytes() == FILES[0]["buffer"]


def test_asking_and_narrowing_with_the_apply_button(visit: Visit, site: Site) -> None:
    site.add("Cold store brief", "# Cold\n\nAn evaporator cools.\n", stage="discover", stakeholder="technical")
    site.add("Cold store letter", "# Letter\n\nYour evaporator is old.\n", stage="prove", stakeholder="economic")
    site.wait_until_found("evaporator cools", "Cold store brief")
    site.wait_until_found("evaporator old", "Cold store letter")
    page = visit(Role.REP, java_script_enabled=False)
    page.goto("/")
    page.get_by_label("What is your buyer asking?").fill("evaporator")
    page.get_by_role("button", name="Find the answer").click()
    expect(page.locator("article.passage")).to_have_count(2)
    page.get_by_role("checkbox", name="Discover").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("article.passage")).to_have_count(1)
    expect(page.locator("article.passage")).to_contain_text("Cold store brief")
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)  # what needs a script is not offered

    page.locator("summary.chip").first.click()
    page.get_by_role("button", name="Prove value").click()
    expect(page.locator("summary.chip--on")).to_contain_text("Prove value")
    page.goto("/ask?q=evaporator")
    expect(page.locator("article.passage").first).to_contain_text("Cold store letter")  # what fits the call comes first
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("summary.chip--on")).to_have_count(0)
