"""A marketer drops sixty files, tags them by selection and by keys, and releases them."""

import base64
import re

import pytest
from playwright.sync_api import Page, Route, expect

from app.identity.models import Role
from tests.journeys.conftest import Visit
from tests.journeys.site import File, Site
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


def test_a_refused_file_is_named_on_top_and_leads_to_its_row(visit: Visit, site: Site) -> None:
    site.clear_uploads()
    page = visit(Role.MARKETER)
    page.goto("/upload")
    dropped = [File("quay.md", "text/markdown", content).payload for content in (b"# Quay\n\nTimber.\n", b"")]
    page.locator(".drop input").set_input_files(dropped)
    expect(page.locator("[data-needs-title]")).to_have_text("1 of 1 file needs something from you, 1 file was not kept")
    page.get_by_role("link", name="quay.md: not kept").click()
    row = page.locator("article[data-sending]")
    expect(row).to_be_focused()
    expect(row).to_contain_text("The file is empty.")
    row.get_by_role("button", name="Take it off the list").click()
    expect(page.locator("[data-needs-title]")).to_have_text("1 of 1 file needs something from you")


def test_suggestions_that_come_after_the_reading_show_by_themselves(visit: Visit, site: Site) -> None:
    site.clear_uploads()
    site.add("Mooring rules", "# Mooring rules\n\nBarges moor at the bollard.\n", "mooring.md")
    site.wait_until_found("barges bollard", "Mooring rules")
    page = visit(Role.MARKETER)
    page.goto("/upload")
    early: list[str] = []

    def without_suggestions(route: Route) -> None:
        """As the server answers between the reading of a file and the suggestions for it."""
        answer = route.fetch()
        body = answer.text()
        if not early and 'data-state="missing"' in body:
            early.append(route.request.url)
            body = re.sub(r'data-suggested="\d+"', 'data-suggested="0"', re.sub(r"\d tags? to confirm", "2 missing", body))
        route.fulfill(response=answer, body=body)

    page.route(re.compile(r"/upload/files/\d+$"), without_suggestions)
    page.route("**/upload/status?*", lambda route: route.fulfill(json=_slowed(route.fetch().json(), early)))
    page.locator(".drop input").set_input_files(
        {"name": "bollard.md", "mimeType": "text/markdown", "buffer": b"# Bollard\n\nBarges moor here.\n"}
    )
    expect(page.locator("article.file[data-key] summary .tag")).to_contain_text("to confirm")
    assert early


def _slowed(told: dict[str, list[dict[str, object]]], early: list[str]) -> dict[str, list[dict[str, object]]]:
    """No suggestions until the row was drawn once without them."""
    return {"files": [{**file, "suggested": file["suggested"] and bool(early)} for file in told["files"]]}


def test_whoever_turned_single_keys_off_has_none_on_the_upload_page(visit: Visit, site: Site) -> None:
    site.clear_uploads()
    page = visit(Role.MARKETER)
    page.goto("/upload")
    page.locator(".drop input").set_input_files({"name": "pier.md", "mimeType": "text/markdown", "buffer": b"# Pier\n\nIron.\n"})
    expect(page.locator(READ)).to_have_count(1)
    for is_on in (False, True):
        page.goto("/account")
        page.get_by_role("switch", name="Single-key shortcuts").set_checked(is_on)
        page.get_by_role("button", name="Save the choices").click()
        expect(page.locator("html[data-single-keys]")).to_have_count(0 if is_on else 1)
        page.goto("/upload")
        page.locator("article.file summary").first.focus()
        page.keyboard.press("x")
        expect(page.get_by_label("Choose Pier")).to_be_checked(checked=is_on)
