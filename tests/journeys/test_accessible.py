"""axe-core finds nothing to complain of on any page, in light and dark, wide and narrow."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from app.core import outbox, schedule
from app.core.clock import utc_now
from app.identity.actions.organisations import create_organisation
from app.identity.models import Role, UserActor
from app.library.actions.transcripts import write_transcript
from app.library.events import AssetChanged
from app.plays.actions.items import add_note, pin_item
from app.plays.queries import get_own_kit, list_rows
from tests.factories.kits import add_deal, add_kit, add_passage
from tests.factories.people import add_user, ensure_user
from tests.journeys import documents
from tests.journeys.conftest import Visit
from tests.journeys.site import File, Site

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Colours that are on their way from one look to the other are nobody's: wait for them, but not for what never ends.
RUN = """async () => {
  const settled = async () => {
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map((one) => one.finished));
  };
  await Promise.race([settled(), new Promise((done) => setTimeout(done, 600))]);
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id} (${rule.impact}): ${node.html.slice(0, 160)}`));
}"""
CONTROL = "document.querySelector('h1').insertAdjacentHTML('afterend', '<button></button>')"


@pytest.fixture(scope="module")
def shelf(site: Site) -> dict[str, int]:
    """An item of each look, a question with its best answer, and files in each state of the upload page."""
    rows: list[list[object]] = [["Lane", "Cost"], ["North", 12], ["South", 14]]
    soon = utc_now().date() + timedelta(days=3)
    shelf = {
        "deck": site.add("Aisle deck", documents.pptx([("Aisle", "Every aisle is wide."), ("Lamps", "Lamps hang high.")]), "aisle.pptx"),
        "sheet": site.add("Aisle costs", documents.xlsx("Costs", rows), "aisle.xlsx", expires_on=soon),
        "unreadable": site.add("Aisle scan", b"%PDF-1.4\nbroken", "scan.pdf", pdf_only_reason="Only the scan is left."),
        "image": site.add("Aisle picture", documents.png(), "aisle.png", summary="A grey aisle."),
        "talk": site.add("Aisle talk", documents.wav(), "aisle.wav"),
        "table": site.add("Aisle table", "# Aisle widths\n\n| Aisle | Width |\n|---|---|\n| A | 3 m |\n"),
    }
    with site.work() as work:
        write_transcript(work, shelf["talk"], 1, "[0:00] Every lane is wide.\n[0:50] Lamps hang high.")
    site.add_version(shelf["table"], "# Aisle widths\n\n| Aisle | Width |\n|---|---|\n| A | 4 m |\n")
    site.wait_until_read(*shelf.values())
    site.wait_until_found("aisle wide", "Aisle deck")
    site.add_question("How wide is an aisle?", shelf["deck"], "slide-1", ["what width has the aisle"])
    site.wait_until_found("what width has the aisle", "Aisle deck")
    return shelf


def looks(page: Page) -> Iterator[str]:
    """The page in light and dark, wide and narrow."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)  # type: ignore[arg-type]  # a dictionary of that shape
            yield f"{scheme}, {size['width']} px"


def complaints(page: Page, name: str) -> list[str]:
    """Everything axe finds on the page that is open, in all its looks."""
    page.evaluate(AXE)
    return [f"{name} ({look}): {line}" for look in looks(page) for line in page.evaluate(RUN)]


def check(page: Page, paths: dict[str, str]) -> None:
    found: list[str] = []
    for name, path in paths.items():
        page.goto(path)
        found += complaints(page, name)
    assert not found, "\n".join(found)


def test_axe_is_able_to_find_something(visit: Visit) -> None:
    page = visit()
    page.goto("/sign-in")
    page.evaluate(CONTROL)
    assert any("button-name" in line for line in complaints(page, "control"))


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


def test_pages_of_marketing(visit: Visit, site: Site, shelf: dict[str, int]) -> None:
    page = visit(Role.MARKETER)
    check(
        page,
        {
            "draft": f"/assets/{site.add('Aisle draft', '# Draft', release=False)}",
            "versions": f"/assets/{shelf['table']}#versions",
            "discarding a draft": f"/assets/{shelf['table']}/versions/2/discard",
            "merging a question": "/questions/1/merge?q=aisle",
            "edit": f"/assets/{shelf['deck']}/edit",
            "transcript": f"/assets/{shelf['talk']}/versions/1/transcript",
            "questions": "/questions",
            "question form": f"/questions/new?asset_id={shelf['deck']}&anchor=slide-1",
            "framework": "/framework",
            "stages": "/framework/stage",
            "process map": "/framework/step",
            "stakeholder form": "/framework/stakeholder/economic",
            "retiring": "/framework/stage/target/retire",
            "synonyms": "/framework/synonyms",
            "synonyms form": "/framework/synonyms/new",
            "review": "/review",
            "review of one reason": "/review?reason=due",
            "retiring from review": f"/review/change?verb=retire&items={shelf['deck']}:2",
            "new date from review": f"/review/change?verb=date&items={shelf['deck']}:2",
            "assigning from review": f"/review/change?verb=assign&items={shelf['deck']}:2",
            "review policies": "/review/policies",
            "review log": "/review/log",
            "how questions do": "/questions/figures?days=365",
            "judged questions": "/judged",
            "grading passages": "/judged/grade?q=how+wide+is+an+aisle",
            "results of marketing": "/ask?q=how+wide+is+an+aisle",
            "which question a passage answers": f"/questions/answer?asset_id={shelf['deck']}&anchor=slide-1&text=how+wide",
            "why a result": f"/ask/why/{shelf['deck']}?q=aisle+wide",
            "retired and trash": "/library/away",
        },
    )


def test_pages_of_administrators(visit: Visit, site: Site) -> None:
    with site.work() as work:
        organisation = create_organisation(work, "Aisle Partners").id
        partner = add_user(work, Role.PARTNER, "aisle@example.com", "Aisle Partner")
        partner.organisation_id = organisation
        marketer = ensure_user(work, Role.MARKETER).id
    page = visit(Role.ADMIN)
    check(
        page,
        {
            "people": "/people",
            "nobody fits": "/people?q=wombat",
            "a form to invite": "/people/new",
            "a person": f"/people/{marketer}",
            "handing over": f"/people/{marketer}/hand-over",
            "organisations": "/organisations",
            "an organisation": f"/organisations/{organisation}",
            "audit": "/audit",
            "no entries": "/audit?verb=nothing",
        },
    )


def test_operations_in_order_and_with_jobs_given_up(visit: Visit, site: Site) -> None:
    page = visit(Role.ADMIN)
    check(page, {"operations in order": "/operations"})
    with site.work() as work:
        work.record(AssetChanged(1))
        work.session.flush()
        for row in outbox.list_unfinished(work.session, AssetChanged):
            row.last_error = "OSError: no"
            outbox.bury(work.session, row.id or 0, "OSError: no")
        schedule.ask_for(work.session, "empty-trash", work.now)
        schedule.fail_tick(work.session, "empty-trash", "OSError: no", work.now)
    try:
        check(page, {"operations with trouble": "/operations"})
    finally:
        with site.work() as work:
            schedule.finish_tick(work.session, "empty-trash", work.now)
            for row in outbox.list_dead(work.session):
                outbox.revive(work.session, row.id or 0, work.now)
    page.goto("/people/new")
    page.get_by_label("Name", exact=True).fill("Axe Invited")
    page.get_by_label("E-mail").fill("axe@example.com")
    page.get_by_role("button", name="Make the account and the link").click()
    page.get_by_label("One-use link").wait_for()
    assert complaints(page, "the link") == []
    page.goto("/account")
    page.get_by_label("What will use it").fill("Axe")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("alert").wait_for()
    assert complaints(page, "a refused token") == []
    page.get_by_label("Read items and download their files").check()
    page.get_by_role("button", name="Make a token").click()
    page.get_by_label("Token", exact=True).wait_for()
    assert complaints(page, "a token") == []


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


def test_the_upload_page_in_every_state(visit: Visit, site: Site) -> None:
    twice = "# Twice\n\nThe same bytes.\n"
    site.add("Twice here", twice, "twice.md")
    site.clear_uploads()
    page = visit(Role.MARKETER)
    page.goto("/upload")
    assert complaints(page, "upload without files") == []
    files = [
        File("missing.md", "text/markdown", b"# Missing\n\nFacts.\n"),
        File("held.pdf", "application/pdf", documents.pdf("Held")),
        File("again.md", "text/markdown", twice.encode()),
        File("blank.png", "image/png", documents.png(10)),
        File("macro.docm", "application/octet-stream", b"PK"),
    ]
    page.locator(".drop input").set_input_files([file.payload for file in files])
    page.locator("article.file.is-err").filter(has_text="macro.docm").wait_for()
    for name, state in (("missing.md", "missing"), ("held.pdf", "held"), ("again.md", "duplicate"), ("blank.png", "missing")):
        page.locator(f"article.file[data-state={state}]").filter(has_text=name).wait_for()
    assert complaints(page, "upload with rows") == []
    row = page.locator("article.file").filter(has_text="missing.md")
    if not row.locator("details[open]").count():
        row.locator("summary").click()
    row.get_by_label("Title").fill(" ")
    row.get_by_role("button", name="Save").click()
    row.get_by_role("alert").wait_for()
    assert complaints(page, "a row that was refused") == []
