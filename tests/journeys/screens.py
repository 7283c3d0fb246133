"""`make screens`: pictures of every page of the demo into docs/screens, light and dark, wide and narrow. Loopback only; ends by itself."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Literal

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.journeys.conftest import QUIET
from tests.left_out import find_browser

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "screens"
Theme = Literal["light", "dark"]
SIZES = {1440: 1000, 390: 844}
THEMES: tuple[Theme, ...] = ("light", "dark")
NARROW = 760
QUALITY = 60
LONGEST = 4000  # pixels of a page; what is below repeats
READY_SECONDS = 120
ASKED = "/ask?q=will+it+talk+to+our+warehouse+system&set=1&stage=discover&stakeholder=technical"
ROOM = "/r/..."  # stands for the secret of the demo's link
# name -> who looks, where
PAGES = {
    "sign-in": ("", "/sign-in"),
    "map": ("rep", "/"),
    "map-by-step": ("rep", "/?by=step"),
    "results": ("rep", ASKED),
    "list": ("rep", "/ask?set=1&stage=discover&stakeholder=technical"),
    "nothing-found": ("rep", "/ask?q=helicopter&set=1"),
    "corrected": ("rep", "/ask?q=warehuose+sytem&set=1"),
    "asset": ("rep", "/assets/10"),
    "asset-curator": ("marketer", "/assets/10"),
    "edit": ("marketer", "/assets/10/edit"),
    "business-case": ("rep", "/assets/39/case"),
    "value-model": ("marketer", "/assets/39/model"),
    "kits": ("rep", "/kits"),
    "kit": ("rep", "/kits/1"),
    "kit-letter": ("rep", "/kits/2/letter"),
    "kit-new": ("rep", "/kits/new"),
    "opportunities": ("rep", "/opportunities"),
    "opportunity": ("rep", "/opportunities/1"),
    "opportunities-import": ("marketer", "/opportunities/import"),
    "questions": ("marketer", "/questions"),
    "question": ("marketer", "/questions/1"),
    "question-figures": ("marketer", "/questions/figures"),
    "judged": ("marketer", "/judged"),
    "judged-grade": ("marketer", "/judged/grade?q=will+it+talk+to+our+warehouse+system"),
    "upload": ("marketer", "/upload"),
    "review": ("marketer", "/review"),
    "policies": ("marketer", "/review/policies"),
    "away": ("marketer", "/library/away"),
    "framework": ("marketer", "/framework"),
    "framework-stages": ("marketer", "/framework/stage"),
    "framework-steps": ("marketer", "/framework/step"),
    "synonyms": ("marketer", "/framework/synonyms"),
    "account": ("marketer", "/account"),
    "people": ("admin", "/people"),
    "organisations": ("admin", "/organisations"),
    "audit": ("admin", "/audit"),
    "operations": ("admin", "/operations"),
    "partner-home": ("partner", "/"),
    "rooms": ("rep", "/rooms"),
    "own-room": ("rep", "/rooms/1"),
    "new-link": ("rep", "/rooms/1/links/new"),
    "links": ("manager", "/links"),
    "share": ("rep", "/share?asset=10"),
    "room": ("", ROOM),
    "room-item": ("", f"{ROOM}/i/2"),
    "room-case": ("", f"{ROOM}/i/1/case"),
}


def main() -> None:
    """Take them all; a page that is wider than its screen is named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="quiver-screens-") as data, _served(data) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(QUIET))
        passwords = _passwords(Path(data))
        wide = [name for theme in THEMES for width in SIZES for name in _take_all(browser, url, passwords, theme, width)]
        browser.close()
    if wide:
        raise SystemExit(f"wider than the screen: {', '.join(wide)}")


def _take_all(browser: Browser, url: str, passwords: dict[str, str], theme: Theme, width: int) -> Iterator[str]:
    signed_in: dict[str, Page] = {}
    for name, (role, path) in PAGES.items():
        if role not in signed_in:
            signed_in[role] = _visitor(browser, url, passwords, role, theme, width)
        page = signed_in[role]
        page.goto(url + path.replace(ROOM, passwords[ROOM]))
        page.wait_for_load_state("networkidle")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            yield f"{name} at {width}"
        picture = Image.open(BytesIO(page.screenshot(full_page=True)))
        picture.crop((0, 0, picture.width, min(picture.height, LONGEST))).save(FOLDER / f"{name}-{theme}-{width}.webp", quality=QUALITY)


def _visitor(browser: Browser, url: str, passwords: dict[str, str], role: str, theme: Theme, width: int) -> Page:
    size: ViewportSize = {"width": width, "height": SIZES[width]}
    page = browser.new_context(viewport=size, color_scheme=theme, has_touch=width < NARROW).new_page()
    if role:
        page.goto(f"{url}/sign-in")
        page.fill("#email", f"{role}@quiver.example")
        page.fill("#password", passwords[role])
        page.locator("main form button").last.click()
        page.wait_for_url(lambda address: "/sign-in" not in address)
    return page


def _passwords(data: Path) -> dict[str, str]:
    lines = (data / "demo-sign-ins.txt").read_text(encoding="utf-8").splitlines()
    return {line.split("@")[0]: line.split()[1] for line in lines if "@" in line} | {ROOM: lines[-1].split()[-1]}


@contextmanager
def _served(data: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "QUIVER_DATA_DIR": data, "QUIVER_PORT": str(port), "QUIVER_BASE_URL": url}
    command = [sys.executable, "-m", "app.ops.cli", "serve", "--demo"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_read(url)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_read(url: str) -> None:
    """Until the portal answers, and a while longer, in which the demo's files are read."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).status_code == httpx.codes.OK:
                time.sleep(20)
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("the portal did not get ready")


if __name__ == "__main__":
    main()
