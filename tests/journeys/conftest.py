"""One server and one browser for all journeys; each visitor gets a fresh browser profile that is watched to its end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.core.clock import utc_now
from app.identity.models import Role
from app.library.actions.transcripts import write_transcript
from app.ops.migrate import migrate
from app.settings import Settings
from tests.journeys import documents
from tests.journeys.site import Site
from tests.journeys.watch import Watch
from tests.left_out import find_browser
from tests.torture.server import Server

PATIENCE = 20_000
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Visit = Callable[..., Page]


@contextmanager
def served(data_dir: Path, **settings: str) -> Iterator[Site]:
    """A portal with people in a new folder, and its process; `settings` are more of its settings."""
    data_dir.mkdir()
    server = Server(data_dir)
    known = Settings(data_dir=data_dir, port=server.port)
    migrate(known.url)
    running = Site(server, known)
    running.people()
    server.start(**settings)
    yield running
    server.stop()


# Of the folder, not of the session: playwright keeps an event loop running in the main thread, which other tests could not bear.
@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A served portal with people and the default framework, and no content."""
    with served(tmp_path_factory.mktemp("journeys") / "data") as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's browser without a window."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find_browser(), args=list(QUIET))
        yield running
        running.close()


@pytest.fixture(scope="package")
def shelf(site: Site) -> dict[str, int]:
    """An item of each look, a question with its best answer, and files in each state of the upload page."""
    rows: list[list[object]] = [["Lane", "Cost"], ["North", 12], ["South", 14]]
    soon = utc_now().date() + timedelta(days=3)
    shelf = {
        "deck": site.add("Aisle deck", documents.pptx([("Aisle", "Every aisle is wide."), ("Lamps", "Lamps hang high.")]), "aisle.pptx"),
        "sheet": site.add("Aisle costs", documents.xlsx("Costs", rows), "aisle.xlsx", expires_on=soon),
        "unreadable": site.add("Aisle scan", b"%PDF-1.4\nbroken", "scan.pdf", pdf_only_reason="Only the scan is left."),
        "image": site.add("Aisle picture", documents.png(), "aisle.png", summary="A grey aisle."),
        "talk": site.add("Aisle talk", documents.wav(), "aisle.wav"),
        "table": site.add("Aisle table", "# Aisle widths\n\n| Aisle | Width |\n|---|---|\n| A | 3 m |\n"),
    }
    with site.work() as work:
        write_transcript(work, shelf["talk"], 1, "[0:00] Every lane is wide.\n[0:50] Lamps hang high.")
    site.add_version(shelf["table"], "# Aisle widths\n\n| Aisle | Width |\n|---|---|\n| A | 4 m |\n")
    site.wait_until_read(*shelf.values())
    site.wait_until_found("aisle wide", "Aisle deck")
    site.add_question("How wide is an aisle?", shelf["deck"], "slide-1", ["what width has the aisle"])
    site.wait_until_found("what width has the aisle", "Aisle deck")
    return shelf


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Visit]:
    """Opens a page in a fresh profile: `visit(Role.REP)` is signed in, `visit()` is not; more goes to the profile.

    When the test ends, nothing may have gone wrong behind its back on any page.
    """
    contexts, watches = [], []

    def open_page(role: Role | None = None, **profile: Any) -> Page:
        context = browser.new_context(base_url=site.origin, **{"viewport": {"width": 1440, "height": 900}, **profile})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watches.append(Watch(context, site.origin))
        if role is not None:
            context.add_cookies([{"name": "quiver", "value": site.session(role), "url": site.origin, "httpOnly": True, "sameSite": "Lax"}])
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    faults = [fault for watch in watches for fault in watch.faults]
    assert not faults, "\n".join(faults)
