"""Pages about people and the audit log cost at most twelve statements, however many rows they show."""

import pytest

from app.identity.actions import audit, tokens
from app.identity.actions.organisations import create_organisation
from app.identity.models import Role
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from tests.factories.library import add_draft
from tests.factories.people import add_user
from tests.factories.portal import Portal
from tests.library.test_statement_counts import MOST, counted

PAGES = (
    "/people",
    "/people/new",
    "/people/{id}",
    "/people/{id}/hand-over",
    "/organisations",
    "/organisations/{organisation}",
    "/audit",
    "/audit?who={id}",
    "/account",
)


def fill(portal: Portal, start: int, number: int) -> dict[str, int]:
    """So many people in organisations, items, questions, tokens and entries about each kind of thing."""
    manager = portal.actor(Role.MANAGER)
    organisation = 0
    with portal.work() as work:
        for index in range(start, start + number):
            organisation = create_organisation(work, f"Partner {index}").id or 0
            add_user(work, Role.PARTNER, f"p{index}@example.com", f"Partner {index}").organisation_id = organisation
            item = add_draft(work, f"Draft {index}", owner_id=manager.id)
            record_question(work, QuestionInput(text=f"Where is ramp {index}?")).created_by = manager.id
            audit(work, "edit", "asset", item)
    with portal.work(portal.actor(Role.ADMIN)) as work:
        tokens.make_token(work, f"Export {start}", ["assets:read"], 30)
    portal.session_of(Role.ADMIN)
    return {"id": manager.id, "organisation": organisation}


@pytest.mark.usefixtures("admin")
def test_no_page_asks_more_when_it_shows_more(portal: Portal) -> None:
    found: dict[str, list[int]] = {page: [] for page in PAGES}
    for start, number in ((0, 4), (4, 16)):
        ids = fill(portal, start, number)
        client = portal.client(Role.ADMIN)
        client.get("/account")
        for page in PAGES:
            with counted(portal.services.engine) as statements:
                assert client.get(page.format(**ids)).status_code == 200, page
            found[page].append(len(statements))
    assert {page: numbers for page, numbers in found.items() if numbers[0] != numbers[1]} == {}
    assert {page: numbers for page, numbers in found.items() if numbers[1] > MOST} == {}
    assert all(numbers[0] >= 3 for numbers in found.values()), "something was counted"
