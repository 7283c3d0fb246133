"""A kit is built by keyboard, put in order by keyboard and by hand, and taken along as ZIP and as DOCX that open."""

import io
import re
import zipfile
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Page, expect

from app.identity.models import Role
from app.library.models import Audience
from tests.journeys.conftest import Visit
from tests.journeys.site import Site

pytestmark = pytest.mark.browser
WAITING = re.compile("Waiting for its turn|Collecting the items|Laying out the pages")
LIFTS = "# Lifting\n\nThe pneumatic hoist lifts **nine** crates.\n\n# Lowering\n\n- The hoist lowers by itself.\n- It stops at once.\n"


@pytest.fixture(scope="module", autouse=True)
def hoist(site: Site) -> int:
    """An item with two passages, and another one."""
    asset_id = site.add("Hoist brief", LIFTS, stage="discover", stakeholder="technical", audience=Audience.CUSTOMER)
    site.add("Hoist letter", "# Letter\n\nOur pneumatic hoist lifts your crates.\n", stage="prove", stakeholder="economic")
    site.wait_until_found("pneumatic crates", "Hoist letter")
    site.wait_until_found("pneumatic hoist nine", "Hoist brief")
    return asset_id


def titles(page: Page) -> list[str]:
    return [re.sub(r"\s+", " ", text).strip() for text in page.locator("ol.kit > li h2").all_inner_texts()]


def saved(page: Page, press: str, folder: Path) -> bytes:
    """What a button or link downloads."""
    with page.expect_download() as started:
        page.get_by_role("link", name=press).or_(page.get_by_role("button", name=press)).click()
    started.value.save_as(folder / "taken")
    return (folder / "taken").read_bytes()


def test_enter_in_the_field_of_a_new_kit_makes_one(visit: Visit, hoist: int) -> None:
    page = visit(Role.REP)
    for title in ("Crane call", "Crane visit"):
        page.goto(f"/assets/{hoist}")
        page.keyboard.press("a")
        dialog = page.get_by_role("dialog", name="Add to a kit")
        dialog.get_by_label(re.compile("new kit|Title of the kit")).fill(title)
        page.keyboard.press("Enter")
        expect(page.locator(".toast")).to_have_text(f"Added to {title}.")


def test_from_an_answer_to_the_meeting_by_keyboard(visit: Visit, hoist: int, tmp_path: Path) -> None:
    page = visit(Role.REP)
    page.goto("/ask?q=pneumatic+crates")
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog", name="Add to a kit")
    expect(dialog).to_be_visible()
    dialog.get_by_label(re.compile("new kit|Title of the kit")).focus()
    page.keyboard.type("Crane fair")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_have_text("Added to Crane fair.")
    expect(dialog).to_be_hidden()
    expect(page.locator("#current-kit")).to_contain_text("Kit: Crane fair")

    page.goto(f"/assets/{hoist}")
    page.keyboard.press("a")
    expect(dialog.get_by_role("button", name="Crane fair")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_have_text("Added to Crane fair.")
    page.get_by_role("link", name="Next").click()
    page.locator(".viewer-bar [data-kit-add]").press("Enter")
    dialog.get_by_role("button", name="Crane fair").press("Enter")
    expect(dialog).to_be_hidden()

    page.keyboard.press("g")
    page.keyboard.press("k")
    page.get_by_role("link", name="Crane fair").press("Enter")
    page.get_by_label("Add a note").fill("Dear {{ role }},\n\nas agreed.")
    page.get_by_role("button", name="Add the note").press("Enter")
    expect(page.locator("ol.kit > li")).to_have_count(4)
    assert titles(page)[1:] == ["Hoist brief", "Lowering", "Note"]

    up = page.get_by_role("button", name="Move up: Note")
    for _ in range(3):
        up.press("Enter")
        page.wait_for_load_state()
    assert titles(page)[0] == "Note", "and the button was there to be pressed again"
    page.get_by_role("button", name="Move up: Lowering").press("Enter")
    expect(page.get_by_role("button", name="Move up: Lowering")).to_be_focused()
    assert titles(page)[2:] == ["Lowering", "Hoist brief"]

    with zipfile.ZipFile(io.BytesIO(saved(page, "original file", tmp_path))) as archive:
        assert archive.testzip() is None and archive.namelist()[0] == "index.csv"
        assert LIFTS.encode() in [archive.read(name) for name in archive.namelist()]
    page.get_by_role("link", name="Letter or proposal").press("Enter")
    page.get_by_label("A proposal").check()
    page.get_by_role("textbox", name="Role").fill("Head of docks")
    page.get_by_label(re.compile("your own note")).check()
    written = docx.Document(io.BytesIO(saved(page, "Write the DOCX", tmp_path)))
    texts = [(paragraph.style.name if paragraph.style else "", paragraph.text) for paragraph in written.paragraphs]
    assert ("Normal", "Dear Head of docks,") in texts and ("Heading 1", "Lowering") in texts
    assert ("List Bullet", "It stops at once.") in texts


def test_dragged_to_another_place_and_removed_with_a_way_back(visit: Visit, site: Site, hoist: int) -> None:
    page = visit(Role.PARTNER)
    other = site.add("Hoist prices", "# Prices\n\nOne.\n", audience=Audience.PARTNER)
    page.goto(f"/kits/choose?kind=asset&asset_id={hoist}&next=/kits")
    page.get_by_label("Title of the kit").fill("Dragging")
    page.get_by_role("button", name="Make and add").click()
    page.goto(f"/kits/choose?kind=asset&asset_id={other}&next=/kits")
    page.get_by_role("button", name="Dragging").click()
    page.get_by_role("link", name="Dragging").click()
    expect(page.locator("ol.kit > li")).to_have_count(2)
    first, second = page.locator("ol.kit > li").nth(0), page.locator("ol.kit > li").nth(1)
    second.locator(".kit-grip").drag_to(first, target_position={"x": 60, "y": 6})
    expect(page.locator("ol.kit > li h2").first).to_have_text("Hoist prices")
    page.get_by_role("button", name="Remove Hoist prices").click()
    expect(page.locator("ol.kit > li")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("ol.kit > li h2").first).to_have_text("Hoist prices")


def test_without_a_script_everything_is_a_page(visit: Visit, hoist: int) -> None:
    page = visit(Role.MARKETER, java_script_enabled=False)
    page.goto(f"/assets/{hoist}")
    page.locator(".page-head [data-kit-add]").click()
    page.get_by_label("Title of the kit").fill("Plain")
    page.get_by_role("button", name="Make and add").click()
    expect(page.locator(".toast")).to_contain_text("Added to Plain.")
    page.goto("/kits")
    page.get_by_role("link", name="Plain").click()
    page.get_by_label("Add a note").fill("First")
    page.get_by_role("button", name="Add the note").click()
    page.get_by_role("button", name="Move up: Note").click()
    expect(page.locator("ol.kit > li h2")).to_have_text(["Note", "Hoist brief"])


@pytest.mark.pdf
@pytest.mark.parametrize("script", [True, False])
def test_the_page_of_a_binder_follows_by_itself_until_it_is_ready(visit: Visit, hoist: int, site: Site, script: bool) -> None:
    with site.client(Role.REP) as client:
        client.post("/kits/items", data={"kind": "asset", "title": f"Printed {script}", "asset_id": str(hoist)})
    page = visit(Role.REP, java_script_enabled=script)
    page.goto("/kits")
    page.get_by_role("link", name=f"Printed {script}").first.click()
    page.get_by_role("button", name="Print as a binder").click()
    expect(page.get_by_text(WAITING)).to_be_visible()
    expect(page.get_by_text("ready to print")).to_be_visible()
    expect(page.get_by_role("link", name="Download PDF")).to_be_visible()
