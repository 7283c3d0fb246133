"""From eight dropped files to the slide that answers a rep's misspelt question."""

import base64
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from app.identity.models import Role
from tests.factories.people import PASSWORD
from tests.journeys import documents
from tests.journeys.conftest import Visit
from tests.journeys.site import File, Site

pytestmark = pytest.mark.browser

SLIDES = [(f"Part {number}", f"Words of part {number} about arrivals.") for number in range(1, 11)]
SLIDES[8] = ("How long does a forklift changeover take?", "Eleven minutes, counted over forty changeovers in two warehouses.")
DECK = "changeover-deck.pptx"
REASON = "It comes from the certifying body as it is."
OFFICE = "application/vnd.openxmlformats-officedocument"
FILES = (
    File(
        "dock-letter.docx",
        f"{OFFICE}.wordprocessingml.document",
        documents.docx("Letter", "Dear dock."),
    ),
    File(DECK, f"{OFFICE}.presentationml.presentation", documents.pptx(SLIDES)),
    File(
        "rates.xlsx",
        f"{OFFICE}.spreadsheetml.sheet",
        documents.xlsx("Rates", [["Door", "Rate"], ["A", 12]]),
    ),
    File("yard-note.odt", "application/vnd.oasis.opendocument.text", documents.odt("Yard", "A yard has gates.")),
    File("gate-script.md", "text/markdown", b"# Gate script\n\nSay good morning first.\n"),
    File("carrier-page.html", "text/html", b"<!doctype html><title>C</title><h1>Carriers</h1><p>They book by themselves.</p>"),
    File("doors.csv", "text/csv", b"Door,Length\nA,18\nB,21\n"),
    File("certificate.pdf", "application/pdf", documents.pdf("Certificate of the dock") + b"%" + b"x" * 1_500_000 + b"\n"),
)
DROP = """(files) => {
  const held = new DataTransfer();
  for (const [name, type, content] of files) {
    held.items.add(new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name, { type }));
  }
  document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: held, bubbles: true, cancelable: true }));
}"""
# Writes down each share a row shows, by file name.
NOTE_PROGRESS = """() => {
  window.shares = {};
  new MutationObserver(() => document.querySelectorAll('[data-sending]').forEach((row) => {
    const name = row.querySelector('[data-name]').textContent;
    const share = row.querySelector('[data-share]').textContent;
    if (share && window.shares[name]?.at(-1) !== share) (window.shares[name] ??= []).push(share);
  })).observe(document.getElementById('files'), { subtree: true, childList: true, characterData: true, attributes: true });
}"""


def sign_in(page: Page, email: str) -> None:
    page.goto("/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What is your buyer asking?")


def slow_the_way_up(page: Page) -> None:
    """A line on which one and a half megabytes take a moment."""
    wire = page.context.new_cdp_session(page)
    limits: dict[str, Any] = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 2_000_000}
    wire.send("Network.emulateNetworkConditions", limits)


def row_of(page: Page, name: str) -> Locator:
    return page.locator("article.file[data-key]").filter(has_text=name)


def say_what_it_is(row: Locator, kind: str) -> None:
    """Stage, stakeholder, kind and owner of one row; and the reason when it is a PDF."""
    if not row.locator("> details[open]").count():
        row.locator("> details > summary").click()
    row.locator("[data-facts]").wait_for()
    if not row.locator("[data-facts][open]").count():
        row.locator("[data-facts] > summary").click()
    row.get_by_label("Discover").check()
    row.get_by_label("End user").check()
    row.get_by_label("Kind").select_option(label=kind)
    row.get_by_label("Owner").select_option(label="Marketer One")
    if row.get_by_label("Why there is no editable original").count():
        row.get_by_label("Why there is no editable original").fill(REASON)
    row.get_by_role("button", name="Save").click()
    expect(row.locator("> details > summary .tag--ok")).to_have_text("Ready")


def test_eight_files_go_in_and_the_slide_that_answers_comes_out(visit: Visit, site: Site) -> None:
    site.clear_uploads()
    page = visit()
    sign_in(page, "marketer@example.com")
    page.get_by_role("link", name="Upload", exact=True).first.click()
    expect(page.get_by_role("heading", name="Upload", exact=True)).to_be_visible()
    slow_the_way_up(page)
    page.evaluate(NOTE_PROGRESS)
    page.evaluate(DROP, [[file.name, file.media_type, base64.b64encode(file.content).decode()] for file in FILES])
    for file in FILES:
        expect(row_of(page, file.name)).to_have_attribute("data-state", re.compile("missing|held"))
    shares = [int(share.rstrip("%")) for share in page.evaluate("window.shares")["certificate.pdf"]]
    assert shares == sorted(shares) and any(0 < share < 100 for share in shares), shares
    expect(page.get_by_role("button", name="Release 0 ready")).to_be_disabled()

    for file in FILES:
        say_what_it_is(row_of(page, file.name), "Presentation" if file.name == DECK else "Cheat sheet")
    page.get_by_role("button", name="Release 8 ready").click()
    expect(page.locator(".toast")).to_have_text("Released 8 files.")
    expect(page.locator("article.file[data-key]")).to_have_count(0)

    for word, title in (("Certificate", "Certificate"), ("gates", "Yard note"), ("book", "Carrier page"), ("morning", "Gate script")):
        site.wait_until_found(word, title)
    site.wait_until_found("forklift changeover", "Changeover deck")
    with site.client(Role.REP) as client:
        assert len(client.get("/api/v1/assets?limit=100").json()["items"]) >= len(FILES)

    reader = visit()
    sign_in(reader, "rep@example.com")
    reader.get_by_label("What is your buyer asking?").fill("how long does a forklyft changeover take")
    reader.keyboard.press("Enter")
    expect(reader.locator(".note").filter(has_text="Showing answers for")).to_contain_text("forklift (you typed forklyft)")
    answer = reader.get_by_role("article").filter(has_text="Changeover deck").first
    expect(answer).to_contain_text("slide 9 of 10")
    expect(answer.locator("mark").first).to_be_visible()
    answer.get_by_role("link", name="Open Changeover deck").click()
    expect(reader).to_have_url(re.compile(r"/assets/\d+\?at=slide-9&q="))
    expect(reader.locator("[data-where]")).to_have_text("9 of 10")
    expect(reader.locator("[data-stage-heading]")).to_have_text(SLIDES[8][0])
    expect(reader.locator("[data-stage]")).to_contain_text("Eleven minutes")
