"""What Copy puts on the clipboard: formatting for Word and mail, plain words for everything else, and where it is from."""

import pytest
from playwright.sync_api import Page, expect

from app.identity.models import Role
from tests.journeys.conftest import Visit
from tests.journeys.site import Site

pytestmark = pytest.mark.browser

RATES = """# Tariff of the ramp

| Door | Rate |
|---|---|
| North | **12 dollars** |
| South | 14 dollars |

# Steps at the ramp

What a driver does:

- Rings the **bell**
- Waits for the green lamp

1. Docks
2. Leaves
"""
READ = """async () => {
  const [item] = await navigator.clipboard.read();
  const read = async (type) => item.types.includes(type) ? (await item.getType(type)).text() : '';
  return { html: await read('text/html'), text: await read('text/plain') };
}"""
SHAPE = """(html) => {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const texts = (selector, root = page) => [...root.querySelectorAll(selector)].map((node) => node.textContent.trim());
  return {
    rows: [...page.querySelectorAll('tr')].map((row) => texts('th, td', row)),
    bold: texts('b, strong'),
    bullets: texts('ul > li'),
    numbers: texts('ol > li'),
    bordered: page.querySelector('table')?.getAttribute('border'),
  };
}"""
CLIPBOARD = ["clipboard-read", "clipboard-write"]


@pytest.fixture(scope="module")
def tariff(site: Site) -> int:
    """An item with a passage that is a table and one that is two lists."""
    asset_id = site.add("Ramp tariff", RATES)
    site.wait_until_found("north dollars", "Ramp tariff")
    return asset_id


def clipboard(page: Page) -> tuple[dict[str, object], str, str]:
    """The formatted form taken apart, the formatted form, and the plain form."""
    held = page.evaluate(READ)
    return page.evaluate(SHAPE, held["html"]), held["html"], held["text"]


def test_a_copied_table_keeps_rows_cells_and_bold(visit: Visit, tariff: int) -> None:
    page = visit(Role.REP, permissions=CLIPBOARD)
    page.goto("/ask?q=tariff+ramp+north")
    page.get_by_role("article").filter(has_text="Ramp tariff").get_by_role("button", name="Copy").click()
    expect(page.locator(".toast")).to_have_text("Copied with its source line")
    shape, html, text = clipboard(page)
    assert shape["rows"] == [["Door", "Rate"], ["North", "12 dollars"], ["South", "14 dollars"]]
    assert "12 dollars" in str(shape["bold"])
    assert shape["bordered"] == "1", "Word draws no lines otherwise"
    assert "Ramp tariff, v1" in html
    assert "12 dollars" in text and text.rstrip().splitlines()[-1].startswith("Ramp tariff, v1")
    assert "<" not in text


def test_a_copied_list_stays_a_list_from_the_asset_page(visit: Visit, tariff: int) -> None:
    page = visit(Role.REP, permissions=CLIPBOARD)
    page.goto(f"/assets/{tariff}")
    page.locator(".entries > li").filter(has_text="Steps at the ramp").get_by_role("button", name="Copy").click()
    expect(page.locator(".toast")).to_have_text("Copied with its source line")
    shape, _, text = clipboard(page)
    assert shape["bullets"] == ["Rings the bell", "Waits for the green lamp"]
    assert shape["numbers"] == ["Docks", "Leaves"]
    assert shape["bold"] == ["bell"]
    assert "Rings the bell" in text and "Ramp tariff, v1" in text


def test_the_key_c_copies_what_is_shown(visit: Visit, tariff: int) -> None:
    page = visit(Role.REP, permissions=CLIPBOARD)
    page.goto(f"/assets/{tariff}")
    page.locator(".strip a").nth(1).click()
    expect(page.locator("[data-where]")).to_have_text("2 of 2")
    page.locator("h1").click()
    page.keyboard.press("c")
    expect(page.locator(".toast")).to_have_text("Copied with its source line")
    shape, _, _ = clipboard(page)
    assert shape["bullets"] == ["Rings the bell", "Waits for the green lamp"]


def test_a_letter_typed_into_a_field_copies_nothing(visit: Visit, tariff: int) -> None:
    page = visit(Role.REP, permissions=CLIPBOARD)
    page.goto(f"/assets/{tariff}")
    page.keyboard.press("/")
    expect(page.locator("[data-ask]")).to_be_focused()
    page.keyboard.type("c/e?")
    expect(page.locator("[data-ask]")).to_have_value("c/e?")
    expect(page.locator(".toast")).to_have_count(0)


def test_copies_are_counted(visit: Visit, site: Site, tariff: int) -> None:
    page = visit(Role.REP, permissions=CLIPBOARD)
    page.goto(f"/assets/{tariff}")
    with page.expect_response("**/activity/copied") as told:
        page.get_by_role("button", name="Copy passage").click()
    assert told.value.status == 204
