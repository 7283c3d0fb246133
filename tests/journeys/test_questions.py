"""From a question nobody could answer to its answer on top; the palette and suggestions by keyboard; a link passed on."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.identity.models import Role
from tests.journeys.conftest import Visit
from tests.journeys.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def winch(site: Site) -> int:
    """An item that answers a question nobody has linked to it yet."""
    asset_id = site.add(
        "Winch brief", "# Winch\n\nThe capstan winch pulls seven barges upstream.\n", stage="discover", stakeholder="technical"
    )
    site.wait_until_found("barges upstream", "Winch brief")
    site.add_question("Which rope does the winch need?", asset_id, site_anchor(site, "barges upstream"))
    return asset_id


def site_anchor(site: Site, question: str) -> str:
    """The anchor of the first passage that answers."""
    with site.client(Role.MARKETER) as client:
        anchor: str = client.get("/api/v1/ask", params={"q": question}).json()["answers"][0]["passage"]["anchor"]
    return anchor


def test_asked_written_down_linked_and_on_top(visit: Visit, site: Site) -> None:
    page = visit(Role.REP)
    page.goto("/ask?q=how+many+barges+can+your+capstan+pull")
    page.get_by_text("Add a note").click()
    page.get_by_label("Note", exact=True).fill("Twice this week")
    page.get_by_role("button", name="A buyer asked this").click()
    expect(page.locator(".toast")).to_contain_text("Written down.")

    desk = visit(Role.MARKETER)
    desk.goto("/questions?state=unanswered")
    desk.get_by_role("link", name="how many barges can your capstan pull", exact=True).click()
    expect(desk.get_by_text("Twice this week")).to_be_visible()
    desk.get_by_role("link", name="Ask it").click()
    answers = desk.locator("article").filter(has_text="seven barges")
    answers.first.get_by_role("link", name="Set as the best answer").click()
    desk.get_by_role("listitem").filter(has_text="how many barges").get_by_role("button", name="Answer it with this passage").click()
    expect(desk.locator(".toast")).to_contain_text("It stands on top")

    site.wait_until_found("how many barges can the capstan pull", "Winch brief")
    page.goto("/ask?q=how+many+barges+can+the+capstan+pull")
    best = page.locator("article.best")
    expect(best.get_by_role("heading", name="how many barges can your capstan pull")).to_be_visible()
    expect(best).to_contain_text("seven barges")


def option(page: Page) -> str:
    """The option the keyboard is at."""
    return page.evaluate("document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.textContent ?? ''")  # type: ignore[no-any-return]


def test_the_palette_goes_to_pages_questions_and_items_by_keyboard(visit: Visit) -> None:
    page = visit(Role.REP)
    page.goto("/account")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Go to a page, or ask")
    expect(palette).to_be_visible()
    expect(palette.get_by_role("option", name="Page: Questions")).to_be_visible()
    page.keyboard.type("quest")
    expect(palette.get_by_role("option", name="Ask “quest”")).to_be_visible()
    expect(palette.get_by_role("option")).not_to_have_count(0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert "Questions" in option(page)
    page.keyboard.press("Enter")
    expect(page).to_have_url("/questions")
    page.keyboard.press("Control+k")
    page.keyboard.type("winch br")
    expect(palette.get_by_role("option", name="Item: Winch brief")).to_be_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Winch brief")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()


def test_suggestions_follow_the_arrow_keys_and_enter_without_one_asks_as_typed(visit: Visit) -> None:
    page = visit(Role.REP)
    page.goto("/account")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="What is your buyer asking?")
    expect(field).to_be_focused()
    page.keyboard.type("which rope")
    expect(page.get_by_role("option", name="Question: Which rope does the winch need?")).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Which rope")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Which rope does the winch need?")
    page.goto("/account")
    page.keyboard.press("/")
    page.keyboard.type("capstan")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("capstan")


def test_keys_go_to_pages_and_only_outside_fields(visit: Visit) -> None:
    page = visit(Role.REP)
    page.goto("/account")
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page).to_have_url("/questions")
    page.get_by_label("Words").focus()
    page.keyboard.type("gm")
    expect(page.get_by_label("Words")).to_have_value("gm")
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("u")  # reps may not upload
    expect(page).to_have_url("/questions")
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page).to_have_url("/")


def test_a_copied_address_shows_others_the_same_answers(visit: Visit) -> None:
    page = visit(Role.REP)
    page.goto("/")
    page.locator("summary.chip").first.click()
    page.get_by_role("button", name="Discover").click()
    expect(page.locator("summary.chip--on")).to_contain_text("Discover")
    page.goto("/ask?q=capstan+winch")
    expect(page).to_have_url(re.compile(r"q=capstan\+winch&set=1&call_stage=discover"))
    address = page.url
    other = visit(Role.MARKETER)
    other.goto(address)
    expect(other.locator(".asked-for")).to_contain_text("Discover")
    expect(other.locator("summary.chip--on")).to_have_count(0)
    expect(other.get_by_role("article").filter(has_text="Winch brief")).to_be_visible()
    other.locator("details[data-why] summary").first.click()
    expect(other.locator(".why li").first).to_contain_text("stands in")
