"""A dropped or chosen folder with what its sub-folders suggest, and a large file that goes on after the page was reloaded."""

import hashlib
import random
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import CDPSession, Locator, Page, Request, Response, expect

from app.identity.models import Role
from app.web.uploadpage import PART_BYTES
from tests.journeys import documents
from tests.journeys.conftest import Visit
from tests.journeys.site import Site

pytestmark = pytest.mark.browser

SIZE = PART_BYTES + 7_000_000
STATE = re.compile(r"/upload/incoming/[^/]+$")


@pytest.fixture
def page(visit: Visit, site: Site) -> Page:
    """The upload page with nothing on it."""
    site.clear_uploads()
    shown = visit(Role.MARKETER)
    shown.goto("/upload")
    return shown


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files in folders named like a stage and a stakeholder, whose own words say neither; and what systems leave behind."""
    kit = tmp_path / "Lock kit"
    for place, name in (("Discover", "tide-note"), ("Discover/End user", "sluice-note"), (".", "weir-note")):
        (kit / place).mkdir(parents=True, exist_ok=True)
        (kit / place / f"{name}.md").write_text(f"# {name.title()}\n\nWater of the {name} rises.\n")
    (kit / "Discover" / ".DS_Store").write_bytes(b"litter")
    return kit


def drop(page: Page, path: Path) -> None:
    """Let go of something of the file system over the page, as the browser's own drag does."""
    wire = page.context.new_cdp_session(page)
    area = page.locator(".drop").bounding_box()
    assert area is not None
    for kind in ("dragEnter", "dragOver", "drop"):
        data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
        wire.send("Input.dispatchDragEvent", {"type": kind, "x": area["x"] + 20, "y": area["y"] + 20, "data": data})


def choose(page: Page, path: Path) -> None:
    """The button for a folder."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(path)


def limit_the_way_up(wire: CDPSession, speed: int) -> None:
    """So many bytes a second leave the browser at most; -1: as many as can."""
    wire.send("Network.emulateNetworkConditions", {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": speed})


def reasons(row: Locator) -> Locator:
    """Open the row; the reasons of its suggested tags."""
    row.locator("> details > summary").click()
    return row.locator(".tagrows li")


@pytest.mark.parametrize("bring", [drop, choose])
def test_a_folder_shows_its_sub_folders_and_they_suggest_tags(page: Page, folder: Path, bring: Callable[[Page, Path], None]) -> None:
    bring(page, folder)
    rows = page.locator("article.file[data-key]")
    expect(page.locator("article.file[data-key]:not([data-state='reading'])")).to_have_count(3)
    expect(page.locator("[data-needs-title]")).to_have_text("3 of 3 files need something from you")
    for name, place in (("Tide-Note", "Lock kit/Discover"), ("Sluice-Note", "Lock kit/Discover/End user"), ("Weir-Note", "Lock kit")):
        expect(rows.filter(has_text=name).locator("summary")).to_contain_text(f"{place} · {name.lower()}.md")
    found = reasons(rows.filter(has_text="Sluice-Note"))
    expect(found.filter(has_text="Discover").filter(has_text="folder Discover")).to_have_count(1)
    expect(found.filter(has_text="End user").filter(has_text="folder End user")).to_have_count(1)
    found = reasons(rows.filter(has_text="Weir-Note"))
    expect(rows.filter(has_text="Weir-Note").locator("> details")).to_have_attribute("data-loaded", "")
    expect(found.filter(has_text="folder ")).to_have_count(0)


def test_a_file_goes_on_after_a_reload_where_the_server_has_it(page: Page, site: Site, tmp_path: Path) -> None:
    path = tmp_path / "harbour.wav"
    path.write_bytes(documents.wav() + random.Random(7).randbytes(SIZE))
    parts: list[int] = []
    told: list[int] = []

    def on_request(request: Request) -> None:
        if urlsplit(request.url).path.endswith("/parts"):
            parts.append(int(parse_qs(urlsplit(request.url).query)["offset"][0]))

    def on_response(response: Response) -> None:
        if response.request.method == "GET" and STATE.search(urlsplit(response.url).path):
            told.append(int(response.json()["offset"]))

    page.on("request", on_request)
    page.on("response", on_response)
    page.on("dialog", lambda dialog: dialog.accept())
    wire = page.context.new_cdp_session(page)
    limit_the_way_up(wire, 2_000_000)
    page.locator(".drop input").set_input_files(path)
    expect(page.locator("[data-sending] [data-share]")).to_have_text(re.compile(r"^([67]\d|8[0-5])%$"))
    assert (parts, told) == ([0, PART_BYTES], []), "the first part is safe, the second is under way"
    page.reload()
    limit_the_way_up(wire, -1)

    left = page.locator("[data-unfinished]")
    expect(left).to_contain_text("harbour.wav")
    expect(left).to_contain_text("are here. Choose the same file again to go on from there.")
    page.locator(".drop input").set_input_files(path)
    row = page.locator("article.file[data-key]").filter(has_text="harbour.wav")
    expect(row).to_have_count(1)
    expect(page.locator("[data-unfinished], [data-sending]")).to_have_count(0)
    assert PART_BYTES <= told[0] < path.stat().st_size
    assert parts[2] == told[0] and min(parts[2:]) >= PART_BYTES, "nothing that was safe was sent again"
    with site.client(Role.MARKETER) as client:
        kept = client.get(f"/assets/{row.get_attribute('data-key')}/file")
    assert hashlib.sha256(kept.content).digest() == hashlib.sha256(path.read_bytes()).digest()
