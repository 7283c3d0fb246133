"""The review list: what passed its date with the reason in a sentence, and what reps asked for."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from tests.factories.library import add_draft, add_released
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, value_of, words


@pytest.fixture
def overdue(portal: Portal) -> None:
    """One item past its review, one past its expiry, one in time, one draft."""
    with portal.work() as work:
        today = work.today
        add_released(work, "Old price", confirmed_on=today - timedelta(days=190))
        add_released(work, "Gone offer", expires_on=today - timedelta(days=3))
        add_released(work, "Good brief")
        add_draft(work, "Draft past its date", expires_on=today - timedelta(days=9))


def test_items_past_their_date_stand_with_a_sentence(marketer: TestClient, overdue: None) -> None:
    page = page_of(marketer.get("/review"))
    listed = [words(node) for node in page.xpath("//section[@aria-labelledby='past-h']//li")]
    assert [entry.split("Stage:")[0] for entry in listed] == ["Old price", "Gone offer"], "longest over first"
    assert "10 days ago. Search ranks it lower until somebody says it is still right." in listed[0]
    assert "3 days ago. Search hides it; replace or retire it." in listed[1]
    reasons = [words(node) for node in page.xpath("//ul[@class='reasons']//a")]
    assert reasons == ["Everything2", "Past review1", "Expired1"]


def test_one_reason_can_be_chosen(marketer: TestClient, overdue: None) -> None:
    page = page_of(marketer.get("/review?reason=expired"))
    assert "Gone offer" in words(page) and "Old price" not in words(page)
    assert words(page.xpath("//ul[@class='reasons']//a[@aria-current]")[0]) == "Expired1"
    assert "Old price" in main_of(marketer.get("/review?reason=nonsense")), "a reason nobody knows shows everything"


def test_still_right_takes_it_off_the_list(marketer: TestClient, overdue: None) -> None:
    page = page_of(marketer.get("/review"))
    form = {"revision": value_of(page, "revision", "/assets/1/confirm"), "next": value_of(page, "next", "/assets/1/confirm")}
    assert led_to(marketer.post("/assets/1/confirm", data=form)) == "/review"
    after = main_of(marketer.get("/review"))
    assert "Old price" not in after and "Gone offer" in after
    assert "Fresh" in main_of(marketer.get("/assets/1"))
    late = main_of(marketer.post("/assets/1/confirm", data=form), 412)
    assert "was changed by somebody else meanwhile" in late


def test_what_expired_cannot_be_confirmed_there(marketer: TestClient, overdue: None) -> None:
    page = page_of(marketer.get("/review"))
    assert page.xpath("//form[@action='/assets/1/confirm']") and not page.xpath("//form[@action='/assets/2/confirm']")


def test_requests_show_the_call_and_who_asked(rep: TestClient, marketer: TestClient, overdue: None) -> None:
    rep.post("/ask/request", data={"question": "does it swim?", "stage": "prove", "stakeholder": "unknown"})
    page = page_of(marketer.get("/review"))
    entry = page.xpath("//section[@aria-labelledby='asked-h']//li")[0]
    assert "“does it swim?”" in words(entry) and "Prove value" in words(entry) and "Rep One" in words(entry)
    assert entry.xpath(".//a[contains(@class,'btn')]/@href") == ["/questions/1/edit"]


def test_an_empty_list_says_so(marketer: TestClient) -> None:
    told = main_of(marketer.get("/review"))
    assert "Nothing is past its date" in told and "Every question has its answer" in told


def test_reps_do_not_get_there(rep: TestClient) -> None:
    assert "may not do this" in main_of(rep.get("/review"), 403)
