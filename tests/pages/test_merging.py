"""Two questions that are one become one, with all that was known of both; one that buyers asked is never just removed."""

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import AuditEntry, Role
from app.library.queries import get_view
from app.messaging.actions import record_asked, record_question
from app.messaging.models import AskedInput, BuyerQuestion, QuestionAsked, QuestionInput, QuestionView
from app.messaging.queries import get_question_view
from app.plays.actions import make_kit
from app.plays.actions.items import add_item
from app.plays.models import ItemInput, ItemKind, KitInput, KitItem
from tests.factories.library import add_released
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, value_of

Pair = tuple[int, int]
KEY = "Which guard keeps the yard key?"


@pytest.fixture
def pair(portal: Portal) -> Pair:
    """A question with an answer, asked once, and another that is the same, asked twice by other people in other words."""
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules")
    portal.drain()
    with portal.work() as work:
        values, anchor = list_values(work), get_view(work, asset_id).passages[0].anchor
        stages, people = values.by_facet(Facet.STAGE), values.by_facet(Facet.STAKEHOLDER)
        one = QuestionInput(text="Who opens the gate?", facet_ids=[stages[0].id, people[0].id], asset_id=asset_id, anchor=anchor)
        two = QuestionInput(text="Who opens the dock gate?", phrasings=[KEY], facet_ids=[stages[1].id, people[0].id])
        kept, gone = (record_question(work, data).id or 0 for data in (one, two))
        for question_id in (kept, gone, gone):
            record_asked(work, AskedInput(question_id=question_id, note=f"Heard of {question_id}"))
    portal.drain()
    return kept, gone


def view_of(portal: Portal, question_id: int) -> QuestionView:
    with portal.work(read_only=True) as work:
        return get_question_view(work, question_id)


def test_one_is_left_with_all_of_both(portal: Portal, marketer: TestClient, pair: Pair) -> None:
    kept, gone = pair
    asked = marketer.get(f"/questions/{gone}/merge")
    assert "Who opens the gate?" in main_of(asked) and "2 times so far" in main_of(asked)
    sent = {"into": str(kept), "revision": value_of(page_of(asked), "revision")}
    assert led_to(marketer.post(f"/questions/{gone}/merge", data=sent)) == f"/questions/{kept}"
    view = view_of(portal, kept)
    assert (view.text, view.phrasings) == ("Who opens the gate?", ("Who opens the dock gate?", KEY))
    assert (view.times_asked, len(view.facets)) == (3, 3)
    assert view.card is not None and view.card.title == "Gate rules"
    with portal.work(read_only=True) as work:
        heard = work.session.exec(select(QuestionAsked).order_by(col(QuestionAsked.id))).all()
        assert [(row.question_id, row.note) for row in heard] == [(kept, f"Heard of {one}") for one in (kept, gone, gone)]
        assert work.session.get(BuyerQuestion, gone) is None
        entry = work.session.exec(select(AuditEntry).where(col(AuditEntry.verb) == "merge")).one()
        assert (entry.target_id, entry.detail) == (kept, {"merged": gone, "text": "Who opens the dock gate?", "asked": 2})
    assert marketer.get(f"/questions/{gone}").status_code == 404
    portal.drain()
    best = marketer.get("/api/v1/ask", params={"q": KEY}).json()["best"]
    assert best is not None and best["asset"]["title"] == "Gate rules"


def test_an_answer_comes_along_to_a_question_without(portal: Portal, marketer: TestClient, pair: Pair) -> None:
    kept, gone = pair
    revision = str(view_of(portal, kept).revision)
    assert marketer.post(f"/questions/{kept}/merge", data={"into": str(gone), "revision": revision}).status_code == 303
    view = view_of(portal, gone)
    assert view.card is not None and view.card.title == "Gate rules"


def test_kits_follow(portal: Portal, marketer: TestClient, pair: Pair) -> None:
    with portal.work(portal.actor(Role.REP)) as work:
        kit_id = make_kit(work, KitInput(title="Site visit")).id or 0
        add_item(work, kit_id, ItemInput(kind=ItemKind.ANSWER, question_id=pair[1]))
    assert marketer.post(f"/questions/{pair[1]}/merge", data={"into": str(pair[0]), "revision": "1"}).status_code == 303
    with portal.work(read_only=True) as work:
        assert [item.question_id for item in work.session.exec(select(KitItem)).all()] == [pair[0]]


@pytest.mark.parametrize(
    "into,revision,status", [("kept", "99", 412), ("kept", "", 428), ("gone", "1", 422), ("", "1", 422), ("999999", "1", 404)]
)
def test_what_cannot_be_merged_stays_two(portal: Portal, marketer: TestClient, pair: Pair, into: str, revision: str, status: int) -> None:
    sent = {"into": {"kept": str(pair[0]), "gone": str(pair[1])}.get(into, into), "revision": revision}
    answer = marketer.post(f"/questions/{pair[1]}/merge", data={name: value for name, value in sent.items() if value})
    assert answer.status_code == status
    assert [view_of(portal, one).times_asked for one in pair] == [1, 2]


def test_more_wordings_than_fit_are_not_dropped(portal: Portal, marketer: TestClient, pair: Pair) -> None:
    with portal.work() as work:
        kept = work.session.get_one(BuyerQuestion, pair[0])
        kept.phrasings = [f"Who opens gate {number}?" for number in range(29)]
    answer = marketer.post(f"/questions/{pair[1]}/merge", data={"into": str(pair[0]), "revision": "1"})
    assert "more than 30 wordings" in main_of(answer, 422)
    assert view_of(portal, pair[1]).text == "Who opens the dock gate?"


def test_only_what_nobody_asked_is_removed(portal: Portal, marketer: TestClient, rep: TestClient, pair: Pair) -> None:
    with portal.work() as work:
        never = record_question(work, QuestionInput(text="Does the gate sing?")).id or 0
    assert "Merge it into" in main_of(marketer.post(f"/questions/{pair[0]}/remove", data={"revision": "1"}), 409)
    assert "cannot be removed" in main_of(marketer.get(f"/questions/{pair[0]}/merge"))
    assert marketer.post(f"/questions/{never}/remove", data={"revision": "7"}).status_code == 412
    assert rep.post(f"/questions/{never}/remove", data={"revision": "1"}).status_code == 403
    assert led_to(marketer.post(f"/questions/{never}/remove", data={"revision": "1"})) == "/questions"
    assert marketer.get(f"/questions/{never}").status_code == 404
    portal.drain()


def test_another_is_found_by_a_word(marketer: TestClient, pair: Pair) -> None:
    assert "Who opens the gate?" in main_of(marketer.get(f"/questions/{pair[1]}/merge", params={"q": "opens"}))
    assert "No other question has these words" in main_of(marketer.get(f"/questions/{pair[1]}/merge", params={"q": "submarine"}))
