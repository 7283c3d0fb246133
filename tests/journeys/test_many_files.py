"""A marketer drops sixty files, tags them by selection and by keys, and releases them."""

import base64
import re

import pytest
from playwright.sync_api import Page, Route, expect

from app.identity.models import Role
from tests.journeys.conftest import Visit
from tests.journeys.site import Site
from tests.journeys.test_upload_to_answer import DROP

pytestmark = pytest.mark.browser

MANY = 60
READ = "article.file[data-key]:not([data-state='reading'])"


@pytest.fixture
def page(visit: Visit, site: Site) -> Page:
    """The upload page with sixty files on it, dropped and read."""
    site.clear_uploads()
    for number in range(3):
        site.add(f"Berth rules {number}", f"# Berth rules {number}\n\nBarges wait for a berth.\n", f"berth-{number}.md")
    site.wait_until_found("barges berth", "Berth rules 0")
    shown = visit(Role.MARKETER)
    shown.goto("/upload")
    contents = [f"# Berth sheet {number}\n\nBarges wait for berth {number}.\n".encode() for number in range(MANY)]
    files = [[f"berth-sheet-{number}.md", "text/markdown", base64.b64encode(content).decode()] for number, content in enumerate(contents)]
    shown.evaluate(DROP, files)
    expect(shown.locator(READ)).to_have_count(MANY, timeout=90_000)
    return shown


def test_sixty_files_are_tagged_by_selection_and_keys_and_released(page: Page, site: Site) -> None:
    expect(page.locator("[data-needs-title]")).to_have_text(f"{MANY} of {MANY} files need something from you")
    rows = page.locator("article.file[data-key]")
    rows.nth(0).locator("[name=pick]").check()
    rows.nth(9).locator("[name=pick]").click(modifiers=["Shift"])
    expect(page.locator("[data-picked]")).to_have_text(f"10 of {MANY} chosen")
    bulk = page.locator("#bulk")
    bulk.locator("summary").first.click()
    bulk.get_by_label("Discover").check()
    bulk.get_by_label("End user").check()
    bulk.get_by_label("Made from").fill("Berth plan 4")
    bulk.get_by_role("button", name="Apply to 10 files chosen").click()
    expect(page.locator(".toast")).to_have_text("Applied to 10 files.")
    expect(page.get_by_role("button", name="Release 10 ready")).to_be_enabled()

    row = page.locator("article.file[data-key][data-state='missing']").first
    row.locator("> details > summary").click()
    expect(row.locator(".tagrows li").first).to_contain_text("like “Berth")
    key = row.get_attribute("data-key")
    row = page.locator(f"article[data-key='{key}']")
    row.locator("> details > summary").focus()
    page.keyboard.press("1")
    expect(row.locator(".tagrows li").first).to_contain_text("Kept")
    page.keyboard.press("a")
    expect(row).to_have_attribute("data-state", "ready")

    page.get_by_label("Choose all").check()
    expect(page.locator("[data-picked]")).to_have_text(f"{MANY} of {MANY} chosen")
    bulk.locator("summary").first.click()
    bulk.get_by_label("Discover").check()
    bulk.get_by_label("End user").check()
    bulk.get_by_role("button", name=f"Apply to all {MANY} files shown").click()
    expect(page.locator(".toast")).to_have_text(f"Applied to {MANY} files.")
    page.get_by_role("button", name=f"Release {MANY} ready").click()
    expect(page.locator(".toast")).to_have_text(f"Released {MANY} files.")
    expect(page.locator("article.file[data-key]")).to_have_count(0)
    with site.client(Role.REP) as client:
        assert client.get("/upload").status_code == 403


def test_a_lost_line_is_told_and_the_file_goes_on_by_itself(visit: Visit, site: Site) -> None:
    site.clear_uploads()
    page = visit(Role.MARKETER)
    page.goto("/upload")
    broken: list[str] = []

    def breaking(route: Route) -> None:
        """The first part comes too late; what a cut line does to the server is in tests/torture."""
        if broken:
            route.continue_()
        else:
            broken.append(route.request.url)
            route.fulfill(status=408, content_type="application/json", body="{}")

    page.route("**/parts?*", breaking)
    page.locator(".drop input").set_input_files({"name": "quay.md", "mimeType": "text/markdown", "buffer": b"# Quay\n\nStone.\n"})
    expect(page.locator("article.file[data-key]").filter(has_text="quay.md")).to_have_attribute("data-state", re.compile("missing|reading"))
    assert broken
