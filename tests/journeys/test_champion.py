"""A champion on a phone makes a business case their own and takes it away: every figure of the page is right in every file."""

import io
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import docx
import pptx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.factories.rooms import MadeRoom, add_room
from tests.factories.values import add_model, picture
from tests.factories.workbooks import changed, recalculated
from tests.journeys.axe import complaints
from tests.journeys.conftest import Visit
from tests.journeys.site import Site
from tests.journeys.test_small_screen import FINGER, LEAST, PHONE, SMALL, check_no_sideways_scroll

pytestmark = pytest.mark.browser

LOGO: Any = {"name": "logo.png", "mimeType": "image/png", "buffer": picture(900, 300)}
LONG = "Norvik Freight and Cold Storage Holding International Beteiligungsgesellschaft mit beschränkter Haftung"
TITLE = "Shorter waits at the dock"
SIX = {
    "Sites": "8",
    "Trucks per site": "85",
    "Wait over one hour": "35",
    "Fee per late truck": "52.50",
    "Working days": "240",
    "Per site": "41000",
}
# What the document says: each heading, sentence, figure and cell that stands in it.
TOLD = """() => [...document.querySelectorAll('#case-doc :is(.p-c, .p-e, h2, h3, p, .roi b, .roi span, th:not(:has(.vh)), td, li)')]
  .map((part) => part.innerText.replace(/\\s+/g, ' ').trim()).filter(Boolean)"""
# The chart: of each bar the top and the height with its sign, the zero line, and the lines of round figures, all in units of the drawing.
DRAWN = """() => {
  const number = (node, name) => Number(node.getAttribute(name));
  const bars = [...document.querySelectorAll('#case-doc svg rect')];
  return {
    heights: bars.map((bar) => number(bar, 'height') * (bar.classList.contains('neg') ? -1 : 1)),
    lines: [...document.querySelectorAll('#case-doc svg .ax:first-of-type text')].map((node) => [node.textContent, number(node, 'y')]),
    ends: [...document.querySelectorAll('#case-doc svg .lab')].map((node) => node.textContent),
  };
}"""
COUNT = (
    "for (const kind of ['click', 'keydown']) addEventListener(kind, (event) => event.isTrusted && window.interaction(event.type), true);"
)


@pytest.fixture(scope="module")
def room(site: Site) -> MadeRoom:
    """A room that holds nothing but the value model about waiting fees."""
    with site.work() as work:
        return add_room(work, [add_model(work)], title="Shorter waits for Alder")


def case_of(room: MadeRoom) -> str:
    return f"{room.root}/i/{room.items[0]}/case"


def in_figures(text: str) -> float:
    """The number in a text: "−€ 39,720" is -39720, "131%" is 1.31."""
    found = re.search(r"\d[\d,]*(\.\d+)?", text)
    assert found is not None, text
    value = float(found[0].replace(",", ""))
    return (-value if "−" in text else value) / (100 if "%" in text else 1)


def told(page: Page) -> list[str]:
    found: list[str] = page.evaluate(TOLD)
    assert sum(bool(re.search(r"\d", text)) for text in found) >= 25, "the document was read"
    return found


def check_chart(page: Page, values: list[float]) -> None:
    """The values are those of the bars on the page, as far as a drawing tells, and of the figures written beside them."""
    drawn = page.evaluate(DRAWN)
    (low, low_y), *_, (high, high_y) = [(in_figures(text), y) for text, y in drawn["lines"]]
    per_unit = (low_y - high_y) / (high - low)
    assert len(values) == len(drawn["heights"]) and len(values) > 4
    assert [height / per_unit for height in drawn["heights"]] == [pytest.approx(value, abs=1.6 / per_unit) for value in values]
    assert [in_figures(text) for text in drawn["ends"]] == [round(values[0]), round(values[-1])]


def taken(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name, exact=True).tap()
    return Path(waiting.value.path()).read_bytes()


def words_of(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(" ".join(text.split()) for text in (*(one.text for one in document.paragraphs), *cells))


def tailored(visit: Visit, room: MadeRoom) -> Page:
    """A champion came by the link and put in figures and words of their own."""
    guest = visit(**PHONE)
    guest.goto(room.root)
    guest.get_by_role("link", name=TITLE).tap()
    before = headline(guest)
    for label, text in SIX.items():
        guest.get_by_label(label, exact=True).fill(text)
    expect(guest.locator("#case-doc h2")).not_to_have_text(before)
    guest.get_by_label("Why now").fill("The new hall opens in May.")
    guest.get_by_label("Decision needed by").fill("12 December")
    with guest.expect_response(lambda answer: answer.request.method == "POST"):
        guest.get_by_label("Company").fill("Norvik Freight")
    expect(guest.locator("#case-doc")).to_contain_text("Norvik Freight")
    return guest


def headline(page: Page) -> str:
    return page.locator("#case-doc h2").inner_text()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_logo_is_put_on_and_taken_off(visit: Visit, room: MadeRoom, script: bool) -> None:
    guest = visit(**PHONE, java_script_enabled=script)
    guest.goto(case_of(room))
    guest.get_by_label("Sites", exact=True).fill("8")
    guest.get_by_label("Company").fill(LONG)
    guest.get_by_label("Your logo on the document").set_input_files(LOGO)
    guest.get_by_role("button", name="Keep with this logo").tap()
    expect(guest.get_by_role("status").filter(has_text="Kept at your private address")).to_be_visible()
    logo = guest.locator("#case-doc .p-c img")
    expect(logo).to_be_visible()
    expect(guest.get_by_label("Sites", exact=True)).to_have_value("8")
    followed = headline(guest)
    if script:
        assert logo.evaluate("(image) => image.naturalWidth / image.naturalHeight") == pytest.approx(3, rel=0.02)
        check_no_sideways_scroll(guest, "a case with a logo")
        assert guest.evaluate(SMALL, [FINGER, LEAST]) == [] and complaints(guest, "a case with a logo") == []
        guest.get_by_label("Sites", exact=True).fill("9")
        expect(guest.locator("#case-doc h2")).not_to_have_text(followed)
        expect(logo).to_be_visible()
    guest.get_by_role("button", name="Take the logo off").tap()
    expect(guest.get_by_role("status").filter(has_text="Kept at your private address")).to_be_visible()
    expect(logo).to_have_count(0)
    expect(guest.get_by_role("button", name="Take the logo off")).to_have_count(0)
    expect(guest.get_by_label("Company")).to_have_value(LONG)


def held_back(guest: Page, address: str) -> list[Route]:
    """Requests to this address, which wait until they are let go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    guest.route(address, hold)
    return held


def test_a_figure_typed_before_the_scripts_are_there_counts(visit: Visit, room: MadeRoom) -> None:
    guest = visit(**PHONE)
    held = held_back(guest, "**/htmx-*")
    guest.goto(case_of(room), wait_until="commit")
    before = headline(guest)
    guest.get_by_label("Sites", exact=True).fill("9")
    guest.wait_for_timeout(200)
    assert headline(guest) == before
    [script] = held
    script.continue_()
    expect(guest.locator("#case-doc")).to_contain_text("9 sites")


def test_a_figure_tapped_before_the_scripts_are_there_is_replaced(visit: Visit, room: MadeRoom) -> None:
    guest = visit(**PHONE)
    held = held_back(guest, "**/case.js*")
    guest.goto(case_of(room), wait_until="commit")
    guest.get_by_label("Sites", exact=True).tap()
    guest.wait_for_timeout(200)
    [script] = held
    script.continue_()
    guest.wait_for_load_state()
    guest.keyboard.type("8")
    expect(guest.get_by_label("Sites", exact=True)).to_have_value("8")


def test_every_figure_of_the_page_is_in_the_document(visit: Visit, room: MadeRoom) -> None:
    guest = tailored(visit, room)
    content = taken(guest, "DOCX")
    words = words_of(content)
    shown = told(guest)
    assert [text for text in shown if text not in words] == []
    assert "12 December" in words and "The new hall opens in May." in words and "Quiver" not in words
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        chart = package.read("word/charts/chart1.xml").decode().partition("<c:val>")[2]
    check_chart(guest, [float(value) for value in re.findall(r"<c:v>([^<]*)</c:v>", chart)])
    guest.get_by_label("Sites", exact=True).fill("9")
    expect(guest.locator("#case-doc")).to_contain_text("9 sites")
    assert [text for text in told(guest) if text not in words] != [], "the control: other figures are not in that document"


def test_the_chart_of_the_deck_is_that_of_the_page(visit: Visit, room: MadeRoom) -> None:
    guest = tailored(visit, room)
    slides = pptx.Presentation(io.BytesIO(taken(guest, "PPTX"))).slides
    charts: list[Any] = [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]
    [chart] = charts
    check_chart(guest, list(chart.plots[0].series[0].values))
    assert chart.chart_title.text_frame.text == guest.locator("#case-doc figcaption").inner_text()


@pytest.mark.office
def test_the_workbook_gives_the_figures_of_the_page_also_when_it_is_changed(visit: Visit, room: MadeRoom, tmp_path: Path) -> None:
    guest = tailored(visit, room)
    content = taken(guest, "XLSX")
    books = recalculated(tmp_path, {"taken": content, "changed": changed(content, {"sites": 12})})
    compare(guest, books["taken"])
    guest.get_by_label("Sites", exact=True).fill("12")
    expect(guest.locator("#case-doc")).to_contain_text("12 sites")
    compare(guest, books["changed"])
    with pytest.raises(AssertionError):
        compare(guest, books["taken"])


def compare(page: Page, book: Any) -> None:
    """Results, outlooks and the chart of the page are those of the workbook, rounded as the page rounds."""
    sheet = book["Business case"]
    rows = {row[0].value.lower(): [cell.value for cell in row[1:5]] for row in sheet.iter_rows(min_row=6, max_row=9)}
    results = zip(page.locator("#case-doc .roi span").all_inner_texts(), page.locator("#case-doc .roi b").all_inner_texts(), strict=True)
    shown = {label: [text] for label, text in results}
    for row in page.locator("#case-doc .p-o tbody tr").all():
        shown[row.locator("th").inner_text().lower()] += row.locator("td").all_inner_texts()
    assert len(shown) == 4 and rows.keys() == shown.keys()
    for label, texts in shown.items():
        assert len(texts) == 4
        for text, value in zip(texts, rows[label], strict=True):
            assert in_figures(text) == pytest.approx(value, abs=last_place(text)), (label, text, value)
    check_chart(page, [row[2].value / 1000 for row in book["Cash flow"].iter_rows(min_row=2)])


def last_place(text: str) -> float:
    """Half of what the last figure written in a text counts."""
    if "%" in text:
        return 0.005001
    return 0.05001 if "." in text else 0.5001


def counted(visit: Visit, room: MadeRoom) -> tuple[Page, Counter[str]]:
    """A champion before the link, whose taps and keys are counted from now on; the first tap is the link itself."""
    guest, seen = visit(**PHONE), Counter({"click": 1})
    guest.expose_function("interaction", lambda kind: seen.update([kind]))
    guest.add_init_script(COUNT)
    guest.goto(room.root)
    return guest, seen


def test_three_taps_from_the_link_to_the_editable_business_case(visit: Visit, room: MadeRoom) -> None:
    guest, seen = counted(visit, room)
    guest.get_by_role("link", name=TITLE).tap()
    words = words_of(taken(guest, "DOCX"))
    assert "247,600" in words
    assert seen == {"click": 3}


def test_six_figures_take_a_tap_and_their_keys_each(visit: Visit, room: MadeRoom) -> None:
    guest, seen = counted(visit, room)
    guest.get_by_role("link", name=TITLE).tap()
    guest.locator("#case-doc").wait_for()
    guest.wait_for_load_state()  # nobody types as soon after a tap as a test does
    for label, text in SIX.items():
        guest.get_by_label(label, exact=True).tap()
        guest.keyboard.type(text)
        expect(guest.get_by_label(label, exact=True)).to_have_value(text)
    expect(guest.locator("#case-doc")).to_contain_text("€ 328,000")
    shown = told(guest)
    words = words_of(taken(guest, "DOCX"))
    assert [text for text in shown if text not in words] == []
    assert seen == {"click": 3 + len(SIX), "keydown": sum(map(len, SIX.values()))}
