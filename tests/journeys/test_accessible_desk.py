"""axe-core finds nothing to complain of on the pages of marketing and of administrators."""

import pytest

from app.core import outbox, schedule
from app.identity.actions.organisations import create_organisation
from app.identity.models import Role
from app.library.events import AssetChanged
from tests.factories.people import add_user, ensure_user
from tests.journeys import documents
from tests.journeys.axe import check, complaints
from tests.journeys.conftest import Visit
from tests.journeys.site import File, Site

pytestmark = pytest.mark.browser


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
