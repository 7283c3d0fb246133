"""`make screens`: pictures of every page of the demo into docs/screens, light and dark, wide and narrow. Loopback only; ends by itself."""

import os
import re
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
QUALITY = 50
LONGEST = 3000  # pixels of a page; what is below repeats
READY_SECONDS = 120
ASKED = "/ask?q=will+it+talk+to+our+warehouse+system&set=1&stage=discover&stakeholder=technical"
ROOM = "/r/..."  # stands for the secret of the demo's link
# What stands in braces in an address, since numbers change with the demo: items by title, the others by the first link in a list.
ITEMS = {"asset": "Dock Scheduler integration guide", "model": "Shorter waits at the dock", "template": "Trade show follow-up letter"}
LISTS = {
    "kit": "/kits",
    "opportunity": "/opportunities",
    "own_room": "/rooms",
}
PRINTED_SECONDS = 120  # it waits behind the reading of all files of the demo
# name -> who looks, where
PAGES = {
    "sign-in": ("", "/sign-in"),
    "map": ("rep", "/"),
    "map-by-step": ("rep", "/?by=step"),
    "results": ("rep", ASKED),
    "list": ("rep", "/ask?set=1&stage=discover&stakeholder=technical"),
    "nothing-found": ("rep", "/ask?q=helicopter+landing+permits&set=1"),
    "asset": ("rep", "/assets/{asset}"),
    "asset-curator": ("marketer", "/assets/{asset}"),
    "edit": ("marketer", "/assets/{asset}/edit"),
    "business-case": ("rep", "/assets/{model}/case"),
    "value-model": ("marketer", "/assets/{model}/model"),
    "business-case-of-deal": ("rep", "/assets/{model}/case?opportunity={opportunity}"),
    "value-model-new": ("marketer", "/values/new"),
    "template": ("marketer", "/assets/{template}"),
    "template-fields": ("marketer", "/assets/{template}/fields"),
    "template-fill": ("rep", "/assets/{template}/fill?opportunity={opportunity}"),
    "kits": ("rep", "/kits"),
    "kit": ("rep", "/kits/{kit}"),
    "kit-letter": ("rep", "/kits/{kit}/letter"),
    "kit-new": ("rep", "/kits/new"),
    "kit-binder": ("rep", "{binder}"),
    "opportunities": ("rep", "/opportunities"),
    "opportunity": ("rep", "/opportunities/{opportunity}"),
    "opportunities-import": ("marketer", "/opportunities/import"),
    "questions": ("marketer", "/questions"),
    "question": ("marketer", "/questions/{question}"),
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
    "own-room": ("rep", "/rooms/{own_room}"),
    "new-link": ("rep", "/rooms/{own_room}/links/new"),
    "room-preview": ("rep", "/rooms/{own_room}/preview"),
    "links": ("manager", "/links"),
    "share": ("rep", "/share?asset={asset}"),
    "room": ("", ROOM),
    "room-item": ("", f"{ROOM}/i/{{item}}"),
    "room-case": ("", f"{ROOM}/i/{{case}}/case"),
}


def main() -> None:
    """Take them all; a page that is wider than its screen is named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="quiver-screens-") as data, _served(data) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(QUIET))
        passwords = _passwords(Path(data))
        places = _places(browser, url, passwords)
        wide = [name for theme in THEMES for width in SIZES for name in _take_all(browser, url, passwords, places, theme, width)]
        browser.close()
    if wide:
        raise SystemExit(f"wider than the screen: {', '.join(wide)}")


def _places(browser: Browser, url: str, passwords: dict[str, str]) -> dict[str, str]:
    """What the braces in addresses stand for in this demo; prints a binder on the way."""
    page = _visitor(browser, url, passwords, "rep", "light", 1440)
    items = {one["title"]: one["id"] for one in page.request.get(f"{url}/api/v1/assets?limit=100").json()["items"]}
    found = {name: str(items[title]) for name, title in ITEMS.items()}
    found |= {name: _first(page, url, path, path) for name, path in LISTS.items()}
    found["question"] = _first(_visitor(browser, url, passwords, "marketer", "light", 1440), url, "/questions", "/questions")
    room = passwords[ROOM]
    found |= {"item": _first(page, url, room, f"{room}/i"), "case": _first(page, url, room, f"{room}/i", "/case")}
    page.goto(f"{url}/kits/{found['kit']}")
    page.locator("form[action$='/binders'] button").click()
    page.get_by_text("ready to print").wait_for(timeout=1000 * PRINTED_SECONDS)
    return found | {"binder": page.url.removeprefix(url)}


def _first(page: Page, url: str, path: str, before: str, after: str = "") -> str:
    """The number in the first link of a page that is this address with a number in it."""
    page.goto(url + path)
    links = [str(link.get_attribute("href")) for link in page.locator("a[href]").all()]
    numbers = [hit[1] for link in links if (hit := re.fullmatch(rf"{re.escape(before)}/(\d+){re.escape(after)}", link))]
    if not numbers:
        raise SystemExit(f"the demo's page {path} leads to nothing like {before}/1{after}")
    return numbers[0]


def _take_all(browser: Browser, url: str, passwords: dict[str, str], places: dict[str, str], theme: Theme, width: int) -> Iterator[str]:
    signed_in: dict[str, Page] = {}
    for name, (role, path) in PAGES.items():
        if role not in signed_in:
            signed_in[role] = _visitor(browser, url, passwords, role, theme, width)
        page = signed_in[role]
        answer = page.goto(url + path.format(**places).replace(ROOM, passwords[ROOM]))
        if answer is None or not answer.ok:
            raise SystemExit(f"{name}: {path} answers {answer.status if answer is not None else 'nothing'}")
        page.wait_for_load_state("networkidle")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            yield f"{name} at {width}"
        picture = Image.open(BytesIO(page.screenshot(full_page=True)))
        shown = picture.crop((0, 0, picture.width, min(picture.height, LONGEST)))
        shown.save(FOLDER / f"{name}-{theme}-{width}.webp", quality=QUALITY, method=6)


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
