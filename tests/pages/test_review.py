"""The review list: why each item is here, most harm first; one decision for one item or for exactly the rows that were shown."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.activity.models import ActivityEntry, Verb
from app.core.work import Work
from app.identity import actions as identity
from app.identity.models import Role
from app.library.models import Asset
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from tests.factories.library import add_draft, add_released
from tests.factories.people import add_user, ensure_user
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, value_of, words


@pytest.fixture
def overdue(portal: Portal) -> None:
    """One item past its review, one past its expiry, one due soon, one in time, one draft."""
    with portal.work() as work:
        today = work.today
        add_released(work, "Old price", confirmed_on=today - timedelta(days=190))
        add_released(work, "Gone offer", expires_on=today - timedelta(days=3))
        add_released(work, "Good brief")
        add_draft(work, "Draft past its date", expires_on=today - timedelta(days=9))
        add_released(work, "Nearly due", confirmed_on=today - timedelta(days=175))


def use(work: Work, asset_id: int, times: int, days_ago: int = 1) -> None:
    """So many people looked at the item so long ago."""
    at = work.now - timedelta(days=days_ago)
    work.session.add_all(ActivityEntry(at=at, verb=Verb.VIEWED, asset_id=asset_id, context={}) for _ in range(times))


def titles(client: TestClient, address: str = "/review") -> list[str]:
    return [words(node) for node in page_of(client.get(address)).xpath("//ul[contains(@class,'q--pick')]//a[@class='strong']")]


def revision_of(portal: Portal, asset_id: int) -> int:
    with portal.work(read_only=True) as work:
        return work.session.get_one(Asset, asset_id).revision


def test_each_item_says_why_it_is_here(marketer: TestClient, overdue: None, portal: Portal) -> None:
    page = page_of(marketer.get("/review"))
    rows = [words(node) for node in page.xpath("//ul[contains(@class,'q--pick')]/li")]
    with portal.work(read_only=True) as work:
        past, expired = work.today - timedelta(days=10), work.today - timedelta(days=3)
    assert f"Past its review date since {past.day} {past:%B}" in rows[0] and ", 10 days over." in rows[0]
    assert f"Expired on {expired.day} {expired:%B}" in rows[1] and ", 3 days ago. Search hides it." in rows[1]
    assert "Review is due on " in rows[2] and ", in 5 days." in rows[2] and len(rows) == 3
    assert "1 of 4 fresh, 1 due, 1 stale, 1 expired" in main_of(marketer.get("/review"))
    reasons = [words(node) for node in page.xpath("//ul[@class='reasons']//a")]
    assert reasons == ["All reasons3", "Review date passed1", "Expired1", "Owner left0", "Due soon1"]


def test_what_is_used_most_and_longest_over_comes_first(marketer: TestClient, overdue: None, portal: Portal) -> None:
    assert titles(marketer) == ["Old price", "Gone offer", "Nearly due"], "10 days over, 3 days over, not over yet"
    with portal.work() as work:
        use(work, 2, 4)
        use(work, 1, 50, days_ago=31)
        use(work, 5, 500)
    assert titles(marketer) == ["Gone offer", "Old price", "Nearly due"], "5 x 3 against 1 x 10; old use and what is in time do no harm"
    assert "used 4 times in 30 days" in main_of(marketer.get("/review"))


def test_the_list_narrows_by_reason_owner_and_kind(marketer: TestClient, overdue: None, portal: Portal) -> None:
    assert titles(marketer, "/review?reason=expired") == ["Gone offer"]
    assert titles(marketer, "/review?reason=nonsense") == titles(marketer), "a reason nobody knows shows everything"
    with portal.work() as work:
        other = ensure_user(work, Role.MANAGER).id
        work.session.get_one(Asset, 1).owner_id = other
    assert titles(marketer, f"/review?owner={other}") == ["Old price"]
    assert titles(marketer, "/review?owner=me") == ["Gone offer", "Nearly due"]
    assert titles(marketer, "/review?owner=me&reason=due") == ["Nearly due"]
    assert titles(marketer, "/review?kind=price-list") == []
    assert "Nothing here for this choice" in main_of(marketer.get("/review?kind=price-list"))
    page = page_of(marketer.get(f"/review?owner={other}"))
    assert [words(node) for node in page.xpath("//ul[@class='reasons']//b")] == ["1", "1", "0", "0", "0"]
    loads = {words(node) for node in page.xpath("//ul[@class='load']//a")}
    assert loads == {"Marketer One2 of 3", "Manager One1 of 1"}


def test_still_right_takes_it_off_the_list_and_remembers_who(marketer: TestClient, overdue: None) -> None:
    page = page_of(marketer.get("/review"))
    form = {"items": value_of(page, "items", "/review/confirm"), "next": "/review"}
    assert form["items"].startswith("1:")
    assert led_to(marketer.post("/review/confirm", data=form)) == "/review"
    assert titles(marketer) == ["Gone offer", "Nearly due"]
    shown = main_of(marketer.get("/assets/1"))
    assert "Fresh" in shown and "by Marketer One" in shown
    assert "Still rightOld priceMarketer One" in main_of(marketer.get("/review/log"))
    late = main_of(marketer.post("/review/confirm", data=form), 412)
    assert "“Old price” changed meanwhile, so nothing was done" in late


def test_several_rows_at_once_are_exactly_those_shown(marketer: TestClient, overdue: None, portal: Portal) -> None:
    rows = [f"{asset_id}:{revision_of(portal, asset_id)}" for asset_id in (1, 5)]
    with portal.work() as work:
        work.session.get_one(Asset, 5).revision += 1
    assert "“Nearly due” changed meanwhile" in main_of(marketer.post("/review/confirm", data={"items": rows}), 412)
    assert "Old price" in titles(marketer), "nothing was done to the other one either"
    assert "expired, so “still right” is not enough" in main_of(marketer.post("/review/confirm", data={"items": [rows[0], "2:2"]}), 409)
    assert "Old price" in titles(marketer)
    rows[1] = f"5:{revision_of(portal, 5)}"
    assert led_to(marketer.post("/review/confirm", data={"items": rows})) == "/review"
    assert titles(marketer) == ["Gone offer"]
    assert marketer.post("/review/confirm", data={"items": ["1"]}).status_code == 428
    assert "Select at least one" in main_of(marketer.post("/review/confirm", data={}), 422)


def test_a_new_date_moves_it_without_confirming(marketer: TestClient, overdue: None, portal: Portal) -> None:
    with portal.work(read_only=True) as work:
        day, before = work.today + timedelta(days=60), work.session.get_one(Asset, 1).confirmed_on
        yesterday = work.today - timedelta(days=1)
    asked = page_of(marketer.get("/review/change?verb=date&items=1:2"))
    assert "Old price" in words(asked) and asked.xpath("//input[@name='which'][@checked]/@value") == ["review"]
    form = {"items": "1:2", "which": "review", "day": yesterday.isoformat()}
    again = page_of(marketer.post("/review/date", data=form), 422)
    assert "from today on" in words(again) and value_of(again, "day") == yesterday.isoformat()
    assert led_to(marketer.post("/review/date", data={**form, "day": day.isoformat()})) == "/review"
    with portal.work(read_only=True) as work:
        asset = work.session.get_one(Asset, 1)
        assert (asset.review_on, asset.confirmed_on) == (day, before)
    assert page_of(marketer.get("/review/change?verb=date&items=2:2")).xpath("//input[@name='which'][@checked]/@value") == ["expiry"]
    marketer.post("/review/date", data={"items": "2:2", "which": "expiry", "day": day.isoformat()})
    assert titles(marketer) == ["Nearly due"]


def test_assigning_asks_whom_and_takes_only_who_is_there(marketer: TestClient, overdue: None, portal: Portal) -> None:
    with portal.work() as work:
        rep, left = ensure_user(work, Role.REP).id, add_user(work, Role.MANAGER, "left@example.com", "Left One").id
        work.session.flush()
        identity.disable_user(work, left or 0)
    options = page_of(marketer.get("/review/change?verb=assign&items=1:2&items=5:2")).xpath("//select[@name='owner_id']/option/@value")
    assert str(rep) in options and str(left) not in options
    for nobody in ("", str(left), "x"):
        assert marketer.post("/review/assign", data={"items": ["1:2", "5:2"], "owner_id": nobody}).status_code == 422
    assert led_to(marketer.post("/review/assign", data={"items": ["1:2", "5:2"], "owner_id": str(rep)})) == "/review"
    with portal.work(read_only=True) as work:
        assert [work.session.get_one(Asset, asset_id).owner_id for asset_id in (1, 5, 2)] == [rep, rep, 1]


def test_retiring_names_what_loses_its_answer(marketer: TestClient, overdue: None, portal: Portal) -> None:
    with portal.work() as work:
        record_question(work, QuestionInput(text="What does it cost?", asset_id=1))
    asked = main_of(marketer.get("/review/change?verb=retire&items=1:2&items=2:2"))
    assert "Old price" in asked and "Gone offer" in asked and "1 buyer question then has no answer: “What does it cost?”" in asked
    assert led_to(marketer.post("/review/retire", data={"items": ["1:2", "2:2"]})) == "/review"
    assert titles(marketer) == ["Nearly due"]


def test_an_owner_may_confirm_their_own_and_nothing_else(rep: TestClient, overdue: None, portal: Portal) -> None:
    with portal.work() as work:
        work.session.get_one(Asset, 1).owner_id = ensure_user(work, Role.REP).id
    assert "Still right" in main_of(rep.get("/assets/1")) and "Still right" not in main_of(rep.get("/assets/3"))
    assert "Only its owner" in main_of(rep.post("/assets/3/confirm", data={"revision": "2"}), 403)
    assert main_of(rep.post("/assets/3/confirm"), 403) == main_of(rep.post("/assets/999/confirm"), 403), "as if there were none"
    assert led_to(rep.post("/assets/1/confirm", data={"revision": "2"})) == "/assets/1"
    assert "by Rep One" in main_of(rep.get("/assets/1"))


def test_what_expired_is_not_still_right(marketer: TestClient, overdue: None) -> None:
    assert "Still right" not in main_of(marketer.get("/assets/2"))
    assert "expired" in main_of(marketer.post("/assets/2/confirm", data={"revision": "2"}), 409)


def test_unanswered_questions_stand_beside_it(rep: TestClient, marketer: TestClient) -> None:
    rep.post("/ask/request", data={"question": "does it swim?"})
    assert "“does it swim?”" in main_of(marketer.get("/review"))


def test_an_empty_list_says_so(marketer: TestClient) -> None:
    told = main_of(marketer.get("/review"))
    assert "Nothing needs a look" in told and "0 of 0 fresh" in told


def test_reps_do_not_get_there(rep: TestClient) -> None:
    assert "may not do this" in main_of(rep.get("/review"), 403)


def test_administrators_are_told_that_no_mail_leaves(admin: TestClient, marketer: TestClient) -> None:
    assert "No mail server is named" in main_of(admin.get("/review"))
    assert "No mail server is named" not in main_of(marketer.get("/review"))


def test_the_way_back_stays_within_the_portal(marketer: TestClient, overdue: None) -> None:
    page = page_of(marketer.get("/review/change", params={"verb": "retire", "items": "1:2", "next": "javascript:alert(1)"}))
    assert page.xpath("//form[@action='/review/retire']//a[contains(@class,'btn')]/@href") == ["/"]
    assert "Choose what to do" in main_of(marketer.get("/review/change?verb=shred&items=1:2"), 422)
