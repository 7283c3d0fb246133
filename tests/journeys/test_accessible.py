"""axe-core finds nothing to complain of on the pages of everybody and of reps; the others: test_accessible_desk."""

from dataclasses import replace

import pytest

from app.identity.models import Role, UserActor
from app.plays.actions.items import add_note, pin_item
from app.plays.queries import get_own_kit, list_rows
from tests.factories.kits import add_deal, add_kit, add_passage
from tests.factories.people import ensure_user
from tests.journeys.axe import CONTROL, check, complaints
from tests.journeys.conftest import Visit
from tests.journeys.site import Site

pytestmark = pytest.mark.browser


def test_axe_is_able_to_find_something(visit: Visit) -> None:
    page = visit()
    page.goto("/sign-in")
    page.evaluate(CONTROL)
    found = complaints(page, "control")
    assert {line[: line.index(" (", 10)] for line in found} == {
        *(f"control (light, {width} px): button-name" for width in (1440, 390)),
        *(f"control (dark, {width} px): color-contrast" for width in (1440, 390)),
    }


def test_pages_of_everybody(visit: Visit) -> None:
    page = visit()
    check(page, {"sign-in": "/sign-in", "an error, not signed in": "/setup/unknown"})
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()
    assert complaints(page, "a wrong password") == []


def test_pages_of_a_rep(visit: Visit, shelf: dict[str, int]) -> None:
    page = visit(Role.REP)
    paths = {name: f"/assets/{shelf[name]}" for name in ("deck", "sheet", "unreadable", "image", "talk")}
    check(
        page,
        {
            "map": "/",
            "map by buyer step": "/?by=step&count=questions",
            "results with a best answer": "/ask?q=how+wide+is+an+aisle",
            "results with a corrected word": "/ask?q=aislle+wide",
            "nothing found": "/ask?q=aisle+wombat&stage=onboard",
            "a list": "/ask?set=1&stage=target",
            "answers asked for another call": "/ask?q=aisle+wide&set=1&stage=target",
            "questions of a rep": "/questions",
            "a question": "/questions/1",
            "a buyer asked, alike ones": "/questions/asked?text=how+wide+is+your+aisle",
            "saved searches": "/searches",
            "account": "/account",
            "an error": "/assets/99999",
            **paths,
        },
    )
    page.goto("/")
    page.locator("summary.chip").first.click()
    assert complaints(page, "an open chip") == []
    page.goto("/account")
    page.keyboard.press("Control+k")
    page.locator("#palette-list [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    assert complaints(page, "the palette") == []
    page.goto("/account")
    page.keyboard.press("/")
    page.keyboard.type("how wide")
    page.locator("#suggestions-0 [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    assert complaints(page, "suggestions") == []


def test_kits_and_opportunities(visit: Visit, site: Site, shelf: dict[str, int]) -> None:
    with site.work() as work:
        rep = ensure_user(work, Role.REP)
        own = replace(work, actor=UserActor(rep.id or 0, rep.name, rep.role))
        deal = add_deal(own, "Aisle Foods")
        kit = add_kit(own, "Aisle visit", shelf["deck"], shelf["table"], shelf["sheet"], opportunity_id=deal)
        add_passage(own, kit, shelf["deck"])
        add_note(own, kit, "Begin with the aisle.")
        pin_item(own, kit, list_rows(own, kit)[0][0].id or 0, get_own_kit(own, kit).revision)
    page = visit(Role.REP)
    check(
        page,
        {
            "kits": "/kits",
            "kits put away": "/kits?shelf=archived",
            "a kit": f"/kits/{kit}",
            "what a kit is for": f"/kits/{kit}/edit",
            "a kit to make": f"/kits/new?opportunity={deal}",
            "a letter": f"/kits/{kit}/letter",
            "a kit to choose": f"/kits/choose?kind=asset&asset_id={shelf['deck']}",
            "opportunities": "/opportunities",
            "an opportunity": f"/opportunities/{deal}",
            "an opportunity to change": f"/opportunities/{deal}/edit",
        },
    )
    page.goto(f"/assets/{shelf['deck']}")
    page.keyboard.press("a")
    page.get_by_role("dialog", name="Add to a kit").wait_for()
    assert complaints(page, "the choice of a kit") == []
    curator = visit(Role.MARKETER)
    check(curator, {"import": "/opportunities/import", "opportunities of all": "/opportunities"})
    curator.get_by_role("link", name="Import CSV").click()
    curator.get_by_label("Or the table as text").fill("account,name,stage\nBirch,Two sites,Target\nCedar,One,Nowhere\n")
    curator.get_by_role("button", name="Show what it does").click()
    curator.get_by_role("button", name="Import 1 line").wait_for()
    assert complaints(curator, "what an import does") == []


def test_the_home_of_a_partner(visit: Visit) -> None:
    check(visit(Role.PARTNER), {"partner home": "/", "partner account": "/account"})
