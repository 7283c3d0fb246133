"""A question stays at the passage that answers it when another version is released, or says that the passage is gone."""

import pytest
from starlette.testclient import TestClient

from app.core.work import Work
from app.identity.models import Role
from app.library import actions
from app.library.events import AssetChanged
from app.library.models import Passage, Reading
from app.library.queries import get_view, list_versions
from app.messaging.actions import edit_question, record_question
from app.messaging.jobs import follow_versions
from app.messaging.models import QuestionInput
from app.messaging.queries import get_question
from app.messaging.rules import find_same_passage
from app.search.documents import documents_of
from tests.factories.desk import desk_of
from tests.factories.library import add_draft, add_released, add_version
from tests.factories.portal import Portal
from tests.pages.reading import main_of

DOORS = "Every truck books one of nine doors a day ahead, so that nobody waits in the yard for a free ramp."
PRICES = "The yard plan costs 90 a month for each gate, the dock plan 240, with support by telephone in both."
SAFETY = "Chocks, lamps and a barrier keep people and trucks apart while a trailer is loaded or unloaded."
QUESTION = "How long does a truck wait at the gate?"


def text(*parts: str) -> str:
    """A file whose passages are told apart by their place, as slides are."""
    return "\n\n".join(f"# Part {number}\n\n{part}" for number, part in enumerate(parts, start=1))


@pytest.fixture
def asset_id(portal: Portal) -> int:
    """A released item in three parts, the first of which answers a question."""
    with portal.work() as work:
        found = add_released(work, "Yard brief", text(DOORS, PRICES, SAFETY))
    portal.drain()
    with portal.work() as work:
        record_question(work, QuestionInput(text=QUESTION, asset_id=found, anchor="h-part-1"))
    portal.drain()
    return found


def release(portal: Portal, asset_id: int, *parts: str) -> None:
    with portal.work() as work:
        actions.release(work, asset_id, add_version(work, asset_id, text(*parts)))


def anchor_of(portal: Portal) -> str:
    with portal.work(read_only=True) as work:
        return get_question(work, 1).anchor


def best(client: TestClient) -> str:
    """What stands on top for the question; "" without a best answer."""
    page = main_of(client.get("/ask", params={"q": QUESTION}))
    return page.split("Best answer")[1].split("The original behind it")[0] if "Best answer" in page else ""


def test_the_question_follows_its_passage(portal: Portal, rep: TestClient, asset_id: int) -> None:
    assert "nine doors" in best(rep)
    release(portal, asset_id, PRICES, SAFETY, DOORS.replace("nine", "twelve"))
    assert best(rep) == "", "nothing wrong on top while the new text is not read"
    portal.drain()
    assert anchor_of(portal) == "h-part-3"
    assert "twelve doors" in best(rep)


def test_going_back_leads_back(portal: Portal, rep: TestClient, asset_id: int) -> None:
    release(portal, asset_id, PRICES, DOORS)
    portal.drain()
    assert anchor_of(portal) == "h-part-2"
    with portal.work() as work:
        actions.release(work, asset_id, 1)
    assert best(rep) == ""
    portal.drain()
    assert anchor_of(portal) == "h-part-1" and "nine doors" in best(rep)


def test_a_lost_passage_is_told_and_the_item_is_still_found_by_the_question(
    portal: Portal, rep: TestClient, marketer: TestClient, asset_id: int
) -> None:
    release(portal, asset_id, PRICES, SAFETY)
    portal.drain()
    assert anchor_of(portal) == "" and best(rep) == ""
    with portal.work(read_only=True) as work:
        card, *passages = documents_of(work, [asset_id])[asset_id]
    assert QUESTION in card.questions and not any(passage.questions for passage in passages)
    assert "Yard brief" in main_of(rep.get("/ask", params={"q": QUESTION}))
    listed = main_of(marketer.get("/questions"))
    assert "Yard brief has lost the passage" in listed and "nine doors" in listed and "Choose one again." in listed
    with portal.work() as work:
        question = get_question(work, 1)
        edit_question(work, 1, QuestionInput(text=QUESTION, asset_id=asset_id, anchor="h-part-2"), question.revision)
    portal.drain()
    assert "has lost the passage" not in main_of(marketer.get("/questions"))
    assert "barrier" in best(rep)


def test_a_version_released_before_its_text_is_read_is_compared_afterwards(portal: Portal, rep: TestClient, asset_id: int) -> None:
    with portal.work() as work:
        number = add_version(work, asset_id, text(SAFETY, DOORS))
    portal.drain()
    assert "nine doors" in best(rep), "a draft changes nothing for readers"
    with portal.work() as work:
        actions.release(work, asset_id, number)
    portal.drain()
    assert anchor_of(portal) == "h-part-2"


def test_a_passage_is_not_lost_while_the_version_it_stands_in_is_not_read(portal: Portal, asset_id: int) -> None:
    def set_reading(reading: Reading) -> None:
        with portal.work() as work:
            next(each for each in list_versions(work, asset_id) if each.number == 1).reading = reading

    release(portal, asset_id, PRICES, DOORS)
    set_reading(Reading.WAITING)
    portal.drain()
    assert anchor_of(portal) == "h-part-1"
    set_reading(Reading.DONE)
    follow_versions(desk_of(portal), [AssetChanged(asset_id)])
    assert anchor_of(portal) == "h-part-2"


def test_following_twice_leaves_the_same_state(portal: Portal, asset_id: int) -> None:
    release(portal, asset_id, PRICES, DOORS)
    portal.drain()

    def state(work: Work) -> dict[str, object]:
        return get_question(work, 1).model_dump()

    with portal.work(read_only=True) as work:
        once = state(work)
    follow_versions(desk_of(portal), [AssetChanged(asset_id)])
    with portal.work(read_only=True) as work:
        assert state(work) == once


def test_what_somebody_chose_meanwhile_stands(portal: Portal, asset_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job looks first and writes later; between the two marketing chooses."""
    with portal.work() as work:
        number = add_version(work, asset_id, text(SAFETY, DOORS))
    portal.drain()
    with portal.work() as work:
        actions.release(work, asset_id, number)
    desk = desk_of(portal)

    def looked(former: Passage, before: list[Passage], now: list[Passage]) -> Passage | None:
        with portal.work(portal.actor(Role.MARKETER)) as work:
            edit_question(work, 1, QuestionInput(text=QUESTION, asset_id=asset_id, anchor="h-part-1"), 1)
        return find_same_passage(former, before, now)

    monkeypatch.setattr("app.messaging.rules.find_same_passage", looked)
    follow_versions(desk, [AssetChanged(asset_id)])
    assert anchor_of(portal) == "h-part-1"


def test_a_question_answered_by_a_draft_survives_its_release(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_draft(work, "Yard brief", text(PRICES, DOORS))
    portal.drain()
    with portal.work(portal.actor(Role.MARKETER)) as work:
        assert [passage.anchor for passage in get_view(work, asset_id).passages] == ["h-part-1", "h-part-2"]
        record_question(work, QuestionInput(text=QUESTION, asset_id=asset_id, anchor="h-part-2"))
        actions.release(work, asset_id)
    portal.drain()
    assert "nine doors" in best(rep)


def passage(anchor: str, words: str, *, notes: bool = False) -> Passage:
    place = int(anchor.removeprefix("slide-")[0])
    return Passage(version_id=1, position=place, anchor=anchor, label="", heading="", text=words, html="", is_notes=notes)


def test_what_is_left_of_a_deck_is_not_taken_for_the_slide_that_went() -> None:
    """Two slides of one look: the one that stays is more like itself than like the one that is gone."""
    ramp, gate = passage("slide-1", "Price of a ramp: 100 a month"), passage("slide-2", "Price of a gate: 200 a month")
    assert find_same_passage(ramp, [ramp, gate], [passage("slide-1", "Price of a gate: 200 a month")]) is None
    now = [passage("slide-1", "Price of a gate: 210 a month"), passage("slide-2", "Price of a ramp: 110 a month")]
    found = find_same_passage(ramp, [ramp, gate], now)
    assert found is not None and found.anchor == "slide-2"


def test_other_words_and_notes_are_no_match() -> None:
    doors = passage("slide-1", DOORS)
    assert find_same_passage(doors, [doors], [passage("slide-1", PRICES), passage("slide-2", DOORS, notes=True)]) is None
    twice = [passage("slide-2", DOORS), passage("slide-1", DOORS)]
    found = find_same_passage(doors, [doors], twice)
    assert found is not None and found.anchor == "slide-1"
