"""In a real browser: a business case follows typing, or a button without script; the builder is filled in; files come out right."""

import io
import json
from pathlib import Path
from typing import Any

import docx
import pytest
from playwright.sync_api import Page, expect

from app.identity.models import Role
from tests.factories.values import definition
from tests.journeys.axe import complaints
from tests.journeys.conftest import Visit
from tests.journeys.site import Site
from tests.journeys.test_small_screen import FINGER, LEAST, PHONE, SMALL, check_no_sideways_scroll

pytestmark = pytest.mark.browser

MOST_WAIT = 100


@pytest.fixture(scope="module")
def model_id(site: Site) -> int:
    """The value model about waiting fees."""
    return site.add("Shorter waits at the dock", json.dumps(definition()), "waiting.qvalue", audience="customer")


def headline(page: Page) -> Any:
    return page.locator("#case-doc h2")


def words_of(path: Path) -> str:
    document = docx.Document(io.BytesIO(path.read_bytes()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def test_what_is_typed_and_kept_at_once_is_kept_once(visit: Visit, site: Site) -> None:
    """An answer to typing that is still on its way neither keeps anything nor comes after the page that says it is kept."""
    model_id = site.add("Waits kept at once", json.dumps(definition()), "waiting.qvalue")
    page = visit(Role.REP)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.post_data or "") if "hx-request" in one.headers else None)
    for sites in ("7", "8"):
        page.goto(f"/assets/{model_id}/case")
        page.get_by_label("Sites", exact=True).fill(sites)
        page.get_by_role("button", name="Keep these figures").click()
        expect(page.locator(".toast")).to_contain_text("Kept.")
        expect(page.get_by_label("Sites", exact=True)).to_have_value(sites)
    expect(page.get_by_text("Changed in another window")).to_have_count(0)
    assert not [data for data in asked if "step=" in data]


def test_the_document_follows_typing(visit: Visit, model_id: int) -> None:
    page = visit(Role.REP)
    page.goto(f"/assets/{model_id}/case")
    expect(headline(page)).to_have_text("Shorter waits at the dock: € 247,600 a year, back in month 4")
    page.get_by_label("Sites", exact=True).fill("")
    page.get_by_label("Sites", exact=True).press_sequentially("12", delay=10)
    expect(headline(page)).to_have_text("Shorter waits at the dock: € 742,800 a year, back in month 2")
    waits = int((page.locator("#case").get_attribute("hx-trigger") or "").partition("delay:")[2].partition("ms")[0])
    assert waits <= MOST_WAIT, "milliseconds between the last key and the question"
    expect(page.get_by_label("Sites", exact=True)).to_be_focused()
    page.get_by_label("Sites", exact=True).fill("900")
    expect(page.locator("#f-sites-e")).to_contain_text("900 is outside. Type a number from 1 to 500 sites.")
    expect(page.get_by_label("Sites", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Sites", exact=True).fill("4")
    expect(page.locator("#f-sites-e")).to_be_empty()
    page.get_by_text("Low", exact=True).first.click()
    expect(page.get_by_label("Fewer late trucks")).to_have_value("22")
    expect(headline(page)).to_contain_text("€ 85,600 a year")
    page.get_by_label("Why now").fill("The new hall opens in May.")
    expect(page.locator("#case-doc")).to_contain_text("The new hall opens in May.")


def test_a_rep_takes_the_document_away(visit: Visit, model_id: int, tmp_path: Path) -> None:
    page = visit(Role.REP, accept_downloads=True)
    page.goto(f"/assets/{model_id}")
    page.get_by_role("link", name="Fill in").click()
    page.get_by_label("Trucks per site").fill("85")
    page.get_by_label("Company").fill("Alder Foods")
    expect(headline(page)).to_contain_text("€ 414,100")
    with page.expect_download() as download:
        page.get_by_role("button", name="DOCX").click()
    path = tmp_path / "case.docx"
    download.value.save_as(path)
    shown = [one.inner_text() for one in page.locator("#case-doc .roi b").all()]
    assert len(shown) == 4 and all(text in words_of(path) for text in [*shown, "Alder Foods", headline(page).inner_text()])
    page.get_by_role("button", name="Keep these figures").click()
    expect(page.get_by_role("status").filter(has_text="Kept")).to_be_visible()
    expect(page.get_by_label("Trucks per site")).to_have_value("85")


def test_without_script_a_button_does_it(visit: Visit, model_id: int) -> None:
    page = visit(Role.MANAGER, java_script_enabled=False)
    page.goto(f"/assets/{model_id}/case")
    page.get_by_label("Sites", exact=True).fill("12")
    page.get_by_role("button", name="Update the document").click()
    expect(headline(page)).to_contain_text("€ 742,800")


def test_marketing_changes_a_model_without_code(visit: Visit, model_id: int) -> None:
    page = visit(Role.MARKETER)
    page.goto(f"/assets/{model_id}/model")
    page.locator("#inputs-0 > summary").click()
    page.locator("#inputs-0-default").fill("10")
    expect(page.locator("#model-preview h2").first).to_contain_text("€ 619,000")
    page.locator("#formulas-1 > summary").click()
    page.locator("#formulas-1-expression").fill("late_trucks * fee")
    expect(page.locator("#formulas-1-e")).to_contain_text("fees gives € per day, but says € per year.")
    expect(page.locator("#model-preview")).to_contain_text("1 thing to put right")
    page.locator("#formulas-1-expression").fill("late_trucks * fee * days")
    expect(page.locator("#formulas-1-e")).to_be_empty()
    page.get_by_role("button", name="Add an assumption").click()
    expect(page.locator("#assumptions-2")).to_have_attribute("open", "")
    with page.expect_response(lambda answer: answer.url.endswith("/preview")):
        page.locator("#assumptions-2-text").fill("Fees stay as they are.")
    expect(page.locator("#assumptions-2-e")).to_be_empty()
    page.get_by_role("button", name="Keep as version").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shorter waits at the dock")
    expect(page.get_by_text("v2 is kept as a draft")).to_be_visible()
    page.get_by_role("link", name="Fill in").click()
    expect(page.get_by_label("Sites", exact=True)).to_have_value("10")


def test_pages_are_accessible_and_fit_a_phone(visit: Visit, model_id: int) -> None:
    paths = {
        "case": f"/assets/{model_id}/case",
        "builder": f"/assets/{model_id}/model",
        "new model": "/values/new",
        "item": f"/assets/{model_id}",
    }
    page = visit(Role.MARKETER)
    found: list[str] = []
    for name, path in paths.items():
        page.goto(path)
        found += complaints(page, name)
    page.goto(paths["case"])
    page.get_by_label("Sites", exact=True).fill("900")
    expect(page.locator("#f-sites-e")).not_to_be_empty()
    found += complaints(page, "a case with an error")
    page.goto(paths["builder"])
    page.evaluate("document.querySelectorAll('details.mrow').forEach((row) => { row.open = true; })")
    found += complaints(page, "the builder, all rows open")
    assert not found, "\n".join(found)
    phone = visit(Role.MARKETER, **PHONE)
    small: list[str] = []
    for path in paths.values():
        phone.goto(path)
        phone.evaluate("document.querySelectorAll('details.mrow').forEach((row) => { row.open = true; })")
        check_no_sideways_scroll(phone, path)
        small += [f"{path}: {control}" for control in phone.evaluate(SMALL, [FINGER, LEAST])]
    assert not small, "\n".join(small)
