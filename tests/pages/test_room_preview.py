"""A room as its guests see it, shown to its owner: the champion's own pages, with which nothing can be done and which count nowhere."""

from collections.abc import Mapping

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.library.models import Audience
from app.sharing.models import Tailored, Visit
from tests.factories.portal import Portal
from tests.factories.rooms import MadeRoom, add_room
from tests.factories.templates import add_template, letter
from tests.factories.values import add_model
from tests.pages.reading import page_of, words

CASE, LETTER = 0, 1


@pytest.fixture
def room(portal: Portal) -> MadeRoom:
    """A business case and a letter that asks for an account and a fee."""
    paper = add_template(portal, "Letter to the board", letter("Dear {{ account }}, it costs {{ fee }}"), audience=Audience.CUSTOMER)
    with portal.work() as work:
        return add_room(work, [add_model(work), paper])


def preview_of(room: MadeRoom, place: int, kind: str = "") -> str:
    return f"/rooms/{room.id}/preview/i/{room.items[place]}{kind}"


def test_a_business_case_has_its_form_and_the_figures_the_champion_sees(room: MadeRoom, rep: TestClient, anonymous: TestClient) -> None:
    led = rep.get(preview_of(room, CASE))
    assert led.status_code == 303 and led.headers["location"] == preview_of(room, CASE, "/case")
    theirs = page_of(anonymous.get(f"{room.root}/i/{room.items[CASE]}/case"))
    mine = page_of(rep.get(preview_of(room, CASE, "/case")))
    assert "€" in words(theirs.xpath("//article")[0]), "the control: figures were worked out"
    assert words(mine.xpath("//article")[0]) == words(theirs.xpath("//article")[0])

    def fields(page: object) -> Mapping[str, str]:
        return dict(page.xpath("//form[@id='case']")[0].form_values())  # type: ignore[attr-defined]

    assert fields(mine) == fields(theirs)


def test_a_template_shows_what_the_champion_is_asked(room: MadeRoom, rep: TestClient, anonymous: TestClient) -> None:
    item = page_of(rep.get(preview_of(room, LETTER)))
    assert item.xpath(f"//a[@href='{preview_of(room, LETTER, '/fill')}']")
    theirs, mine = (
        [words(label) for label in page_of(answer).xpath("//main//form//label")]
        for answer in (anonymous.get(f"{room.root}/i/{room.items[LETTER]}/fill"), rep.get(preview_of(room, LETTER, "/fill")))
    )
    assert mine == theirs and len(mine) >= 2


@pytest.mark.parametrize(("place", "kind"), [(CASE, "/case"), (LETTER, ""), (LETTER, "/fill")])
def test_nothing_can_be_done_and_nothing_counts(portal: Portal, room: MadeRoom, rep: TestClient, place: int, kind: str) -> None:
    answer = rep.get(preview_of(room, place, kind))
    page = page_of(answer)
    assert "This is what guests see" in answer.text
    buttons = page.xpath("//main//button")
    assert buttons and all(button.get("disabled") is not None for button in buttons)
    for sent in ("hx-post", "data-seen", "/r/"):
        assert sent not in answer.text
    portal.services.visits.flush()
    with portal.work(read_only=True) as work:
        assert not work.session.exec(select(Visit)).all() and not work.session.exec(select(Tailored)).all()


def test_another_kind_of_item_has_no_such_page(room: MadeRoom, rep: TestClient, marketer: TestClient) -> None:
    assert rep.get(preview_of(room, LETTER, "/case")).status_code == rep.get(preview_of(room, CASE, "/fill")).status_code == 404
    assert marketer.get(preview_of(room, CASE, "/case")).status_code == 404, "somebody else's room"
