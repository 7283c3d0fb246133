"""A journey through the framework: a stage is added, moved, and retired once something carries it."""

import pytest
from playwright.sync_api import Page, expect

from app.identity.models import Role
from tests.journeys.conftest import Visit
from tests.journeys.site import Site

pytestmark = pytest.mark.browser


def stages(page: Page) -> list[str]:
    return page.locator(".fw-list .strong").all_inner_texts()


def add_stage(page: Page, name: str) -> None:
    form = page.locator("#add")
    form.get_by_label("Name", exact=True).fill(name)
    form.get_by_label("Exit milestone").fill("Signed by both")
    form.get_by_role("radio", name="scroll text").focus()
    page.keyboard.press("Space")
    form.get_by_role("button", name="Add").click()


def test_a_stage_is_added_moved_by_keyboard_and_retired_with_what_carries_it(visit: Visit, site: Site) -> None:
    page = visit(Role.MARKETER)
    page.goto("/")
    page.locator("summary", has_text="More").first.click()
    page.get_by_role("link", name="Framework").first.click()
    page.get_by_role("link", name="Stages").first.click()
    add_stage(page, "Legal check")
    expect(page.get_by_role("link", name="Legal check", exact=True)).to_be_visible()
    assert stages(page)[-2:] == ["Onboard", "Legal check"]

    page.get_by_role("button", name="Move Legal check up").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move Legal check up")).to_be_focused()
    assert stages(page)[-2:] == ["Legal check", "Onboard"]
    expect(page.locator(".fw-list li", has_text="Legal check").locator(".s7")).to_be_visible()

    asset_id = site.add("Legal brief", "# Legal\n\nThe legal brief.\n", stage="legal-check", stakeholder="champion")
    page.get_by_role("link", name="Retire Legal check").click()
    page.get_by_text("The items").click()
    expect(page.get_by_role("link", name="Legal brief")).to_be_visible()
    page.get_by_role("button", name="Move and retire").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose where the content of “Legal check” goes.")
    page.get_by_label("Where does it go?").select_option(label="Negotiate")
    page.get_by_role("button", name="Move and retire").click()
    expect(page.get_by_text("1 item went to “Negotiate”.")).to_be_visible()
    assert stages(page)[-2:] == ["Negotiate", "Onboard"]
    page.goto(f"/assets/{asset_id}")
    expect(page.get_by_role("complementary", name="Details").get_by_text("Negotiate")).to_be_visible()


def test_synonyms_are_tried_before_they_are_saved(visit: Visit, site: Site) -> None:
    site.add("Quay brief", "# Quay\n\nThe quay is long.\n")
    site.wait_until_found("quay long", "Quay brief")
    page = visit(Role.MARKETER)
    page.goto("/framework/synonyms/new")
    page.get_by_label("Words that belong together").fill("landing stage\nquay")
    page.get_by_label("Try it with this question").fill("landing stage")
    page.get_by_role("button", name="Show the effect").click()
    effect = page.get_by_role("region", name="What it does")
    expect(effect.get_by_role("listitem").filter(has_text="Quay brief")).to_contain_text("Comes")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Synonyms", exact=True)).to_be_visible()
    assert "Quay brief" in site.find("landing stage")
