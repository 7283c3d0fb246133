"""One server and one browser for all journeys; each visitor gets a fresh browser profile that is watched to its end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.identity.models import Role
from app.ops.migrate import migrate
from app.settings import Settings
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
