"""Pages of opportunities and kits cost at most twelve statements, however much they show."""

import pytest

from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import Role
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.plays.actions.items import add_item, add_note
from app.plays.models import ItemInput, ItemKind
from app.sharing.actions import RoomInput, make_room
from app.sharing.actions.tailored import start_own
from app.sharing.models import Guest, Link, TailoredInput, TailoredPlace
from tests.factories.kits import add_deal, add_kit, add_passage
from tests.factories.library import add_released
from tests.factories.portal import Portal
from tests.library.test_statement_counts import MOST, counted, read

PAGES = (
    "/opportunities",
    "/opportunities?q=account&stage=discover&state=open&mine=1",
    "/opportunities/1",
    "/opportunities/1/edit",
    "/opportunities/new",
    "/kits",
    "/kits?shelf=team&q=kit",
    "/kits/1",
    "/kits/1/edit",
    "/kits/new?opportunity=1",
    "/kits/1/letter",
    "/kits/1/files.zip",
    "/kits/choose?kind=asset&asset_id=1",
)


def fill(portal: Portal, start: int, number: int) -> None:
    """So many opportunities and kits of a rep, and as many entries of each kind in the first kit."""
    with portal.work() as work:
        items = [add_released(work, f"Ramp {index}") for index in range(start, start + number)]
        for index, asset_id in zip(range(start, start + number), items, strict=True):
            read(work, asset_id, f"The ramp number{index} waits.")
            record_question(work, QuestionInput(text=f"Where is ramp number{index}?", asset_id=asset_id, anchor="p1"))
    with portal.work(portal.actor(Role.REP)) as work:
        deals = [add_deal(work, f"Account {index}") for index in range(start, start + number)]
        stage = list_values(work).by_facet(Facet.STAGE)[0].id
        for index in range(start, start + number):
            add_kit(work, f"Kit {index}", opportunity_id=deals[0] if start else 1, facet_ids=[stage])
        for index in range(start, start + number):
            room = make_room(work, RoomInput(title=f"Room {index}", opportunity_id=1)).id or 0
            link = Link(token_hash=f"{index:064}", room_id=room, owner_id=1, mail_rule=[], created_at=work.now)
            work.session.add(link)
            work.session.flush()
            work.session.add(Guest(link_id=link.id or 0, email=f"buyer{index}@example.com", first_seen_at=work.now))
            start_own(work, TailoredPlace(items[0], 1, opportunity_id=1), TailoredInput())
        for place, asset_id in enumerate(items):
            add_item(work, 1, ItemInput(kind=ItemKind.ASSET, asset_id=asset_id))
            add_passage(work, 1, asset_id)
            add_item(work, 1, ItemInput(kind=ItemKind.ANSWER, question_id=start + place + 1))
            add_note(work, 1, f"Note {place}")


@pytest.fixture
def counts(portal: Portal) -> dict[str, list[int]]:
    """Statements of each page with few rows, then with many."""
    found: dict[str, list[int]] = {page: [] for page in PAGES}
    for start, number in ((0, 4), (4, 16)):
        fill(portal, start, number)
        client = portal.client(Role.REP)
        client.get("/account")
        for page in PAGES:
            with counted(portal.services.engine) as statements:
                assert client.get(page).status_code == 200, page
            found[page].append(len(statements))
    return found


def test_no_page_asks_more_when_it_shows_more(counts: dict[str, list[int]]) -> None:
    assert {page: found for page, found in counts.items() if found[0] != found[1]} == {}
    assert {page: found for page, found in counts.items() if found[1] > MOST} == {}
    assert all(found[0] >= 3 for found in counts.values()), "something was counted"
