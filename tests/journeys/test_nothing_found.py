"""No dead end: a question nothing answers leads on in three ways, one of which makes it marketing's work."""

import pytest
from playwright.sync_api import expect

from app.identity.models import Role
from tests.journeys.conftest import Visit
from tests.journeys.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def turntable(site: Site) -> None:
    """One item, for another stage than the one the call is at."""
    site.add("Turntable brief", "# Turntable\n\nThe turntable spins lorries.\n", stage="discover", stakeholder="technical")
    site.wait_until_found("turntable spins lorries", "Turntable brief")


def test_dropping_the_context_shows_what_it_hid(visit: Visit) -> None:
    page = visit(Role.REP)
    page.goto("/")
    page.locator("summary.chip").first.click()
    page.get_by_role("button", name="Onboard").click()
    page.get_by_label("What is your buyer asking?").fill("turntable spins")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("1 answer, none for this call")
    page.goto("/ask?q=turntable+spins&stage=onboard")
    expect(page.get_by_role("heading", name="Nothing answers this yet")).to_be_visible()
    expect(page.locator(".ways")).to_contain_text("1 answer without stage, stakeholder, solution and vertical.")
    expect(page.locator("#nearest")).to_contain_text("Closest passages 1")
    page.locator(".ways").get_by_role("link", name="Search without context").click()
    expect(page.get_by_role("article").filter(has_text="Turntable brief")).to_be_visible()
    expect(page.locator("summary.chip--on")).to_contain_text("Onboard")  # the call itself stays set


def test_asking_marketing_becomes_their_work(visit: Visit) -> None:
    page = visit(Role.REP)
    page.goto("/ask?q=does+the+zeppelin+dock+tilt&stage=prove")
    expect(page.get_by_role("heading", name="Nothing answers this yet")).to_be_visible()
    page.get_by_role("button", name="Ask marketing").click()
    expect(page.locator(".toast")).to_contain_text("Asked marketing.")
    expect(page).to_have_url("/ask?q=does+the+zeppelin+dock+tilt&set=1&stage=prove")

    desk = visit(Role.MARKETER)
    desk.goto("/review")
    desk.get_by_role("link", name="does the zeppelin dock tilt").first.click()
    expect(desk.get_by_role("main")).to_contain_text("Prove value")
    expect(desk.get_by_role("main")).to_contain_text("Rep One")
    desk.get_by_role("link", name="Edit", exact=True).click()
    expect(desk.get_by_role("textbox", name="Question", exact=True)).to_have_value("does the zeppelin dock tilt")
    desk.get_by_label("Item").select_option(label="Turntable brief")
    desk.get_by_role("button", name="Show its passages").click()
    desk.get_by_label("Passage that answers").select_option(index=1)
    desk.get_by_role("button", name="Save").click()
    expect(desk.locator(".toast")).to_contain_text("Saved.")


def test_the_answer_marketing_chose_stands_on_top(visit: Visit, site: Site) -> None:
    site.add("Portal crane brief", "# Cranes\n\nThe portal crane reaches nine metres.\n")
    site.add("Portal crane table", "# Reach\n\n| Crane | Reach |\n|---|---|\n| Small | 9 m |\n\nGantry gantry gantry.\n")
    site.wait_until_found("crane reaches metres", "Portal crane brief")
    site.wait_until_found("gantry", "Portal crane table")
    with site.client(Role.MARKETER) as client:
        answers = client.get("/api/v1/ask", params={"q": "gantry"}).json()["answers"]
    asset_id, anchor = answers[0]["asset"]["id"], answers[0]["passage"]["anchor"]
    site.add_question("How far does your gantry reach?", asset_id, anchor, ["what is the reach of the crane"])
    page = visit(Role.REP)
    site.wait_until_found("what is the reach of the crane", "Portal crane table")
    page.goto("/ask?q=what+is+the+reach+of+the+crane")
    best = page.locator("article.best")
    expect(best.get_by_role("heading", name="How far does your gantry reach?")).to_be_visible()
    expect(best.locator("td").first).to_have_text("Small")
