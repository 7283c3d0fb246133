"""`make bench-champion`: seconds from opening a link to the DOCX, in a real browser as on a phone; the last line is JSON."""

import json
import shutil
import statistics
import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace

from playwright.sync_api import Browser, Page, sync_playwright

from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import UserActor
from app.identity.queries import find_by_email
from app.library import actions
from app.library.models import AssetInput, Audience, FileInput
from app.messaging.rules.value import dump_model, read_definition
from app.ops.portal import open_desk, prepare_and_migrate
from app.search.jobs import IndexDesk
from app.sharing.actions import RoomInput, make_room
from benchmarks.portal import SEED, Running, link_into, running

MODEL = "value-model-waiting-fees"
SIX = {"sites": "8", "trucks": "85", "late_share": "35", "fee": "52.50", "days": "240", "per_site": "41000"}
ROUNDS = 3
KEY_MS, LOOK_MS = 40, 500  # a key, and finding where to tap next
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}  # a slow mobile one, in bytes
SLOWER = 4  # than this processor is a phone's
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


def main() -> None:
    """A new browser each time, with nothing in its cache."""
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as folder, running(10, folder) as portal:
        with open_desk(prepare_and_migrate()) as desk, desk.open_work() as work:
            link, title = _make_room(work, desk)
        program = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
            defaults, size = _timed(browser, portal, lambda page: _take(page, link, title, {}))
            six, _ = _timed(browser, portal, lambda page: _take(page, link, title, SIX))
            browser.close()
    figures = {
        "defaults_s": round(statistics.median(defaults), 1),
        "defaults_slowest_s": round(max(defaults), 1),
        "six_figures_s": round(statistics.median(six), 1),
        "six_figures_slowest_s": round(max(six), 1),
        "docx_kb": round(size / 1000),
        "rounds": ROUNDS,
    }
    print(json.dumps(figures))


def _make_room(work: Work, desk: IndexDesk) -> tuple[str, str]:
    """A room with nothing but the value model of the demo: its address below the portal, and the model's title."""
    rep = find_by_email(work, "rep@quiver.example")
    assert rep is not None
    own = replace(work, actor=UserActor(rep.id or 0, rep.name, rep.role))
    item = tomllib.loads((SEED / f"{MODEL}.toml").read_text(encoding="utf-8"))
    model, faults = read_definition({"title": item["title"], **item["version"][0]["value"]})
    assert model is not None and not faults
    writer = desk.blobs.writer(1_000_000)
    writer.write(dump_model(model))
    blob = writer.keep()
    file = FileInput(sha256=blob.sha256, size=blob.size, file_name="model.qvalue", format="value", media_type="application/json")
    values = list_values(work)
    data = AssetInput(
        title=item["title"],
        kind_id=values.by_facet(Facet.KIND)[0].id,
        audience=Audience.CUSTOMER,
        facet_ids=[values.by_facet(facet)[0].id for facet in (Facet.STAGE, Facet.STAKEHOLDER)],
        owner_id=rep.id or 0,
    )
    asset = actions.create_asset(work, data, file)
    actions.release(work, asset.id or 0)
    room_id = make_room(own, RoomInput(title="Bench", company="Alder Foods", welcome="Words"), [asset.id or 0]).id or 0
    return link_into(own, room_id), item["title"]


def _timed(browser: Browser, portal: Running, visit: Callable[[Page], int]) -> tuple[list[float], int]:
    """Seconds of each round, and the bytes of the last file."""
    times, size = [], 0
    for _ in range(ROUNDS):
        context = browser.new_context(
            base_url=portal.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2
        )
        page = context.new_page()
        phone = context.new_cdp_session(page)
        phone.send("Network.enable")
        phone.send("Network.emulateNetworkConditions", NETWORK)
        phone.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        begun = time.perf_counter()
        size = visit(page)
        times.append(time.perf_counter() - begun)
        context.close()
    return times, size


def _take(page: Page, link: str, title: str, figures: Mapping[str, str]) -> int:
    """From the link to the file, tap by tap; its bytes."""
    page.goto(link)
    page.wait_for_timeout(LOOK_MS)
    page.get_by_role("link", name=title).tap()
    before = page.locator("#case-doc h2").inner_text()
    for key, text in figures.items():
        page.wait_for_timeout(LOOK_MS)
        page.locator(f"#f-{key}").tap()
        page.keyboard.type(text, delay=KEY_MS)
    page.wait_for_timeout(LOOK_MS)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="DOCX", exact=True).tap()
    size = waiting.value.path().stat().st_size
    assert not figures or page.locator("#case-doc h2").inner_text() != before, "the document followed"
    return size


if __name__ == "__main__":
    main()
