"""Retired items and the trash: listed for those who may bring them back, in pages, each with its way back."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.core.clock import utc_now
from app.identity.models import Role
from app.library import actions
from tests.factories.library import add_draft, add_released
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, words


@pytest.fixture
def put_away(portal: Portal) -> dict[str, int]:
    """A retired item, a trashed draft, and one that readers get."""
    with portal.work(now=utc_now() - timedelta(days=2)) as work:
        found = {"Retired ramp": add_released(work, "Retired ramp"), "Trashed draft": add_draft(work, "Trashed draft")}
        found["Kept ramp"] = add_released(work, "Kept ramp")
        actions.retire(work, found["Retired ramp"])
    with portal.work() as work:
        actions.trash(work, found["Trashed draft"])
    return found


def rows(client: TestClient, query: str = "") -> list[str]:
    page = page_of(client.get(f"/library/away{query}"))
    return [words(node) for node in page.xpath("//main//ul[contains(@class,'q ')]/li//a")]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Trashed draft", "Retired ramp"]),
        ("?status=retired", ["Retired ramp"]),
        ("?status=trashed", ["Trashed draft"]),
        ("?status=draft", ["Trashed draft", "Retired ramp"]),
        ("?page=9", []),
    ],
)
def test_what_is_put_away_is_listed_last_first(marketer: TestClient, put_away: dict[str, int], query: str, titles: list[str]) -> None:
    assert rows(marketer, query) == titles


def test_each_row_leads_back(portal: Portal, marketer: TestClient, rep: TestClient, put_away: dict[str, int]) -> None:
    page = page_of(marketer.get("/library/away"))
    assert "removed for good on" in words(page.xpath("//main//li[1]")[0]) and "was a draft" in words(page.xpath("//main//li[1]")[0])
    for form in page.xpath("//main//li//form"):
        assert marketer.post(form.get("action")).status_code == 303
    assert rows(marketer) == [] and "Nothing is put away" in main_of(marketer.get("/library/away"))
    assert "Retired ramp" in main_of(rep.get(f"/assets/{put_away['Retired ramp']}"))


def test_a_trashed_items_own_page_has_the_way_back(marketer: TestClient, put_away: dict[str, int]) -> None:
    for title in ("Trashed draft", "Retired ramp"):
        address = f"/assets/{put_away[title]}"
        form = next(form for form in page_of(marketer.get(address)).xpath("//form") if form.get("action") == f"{address}/restore")
        assert words(form) == "Restore"
        assert led_to(marketer.post(form.get("action"))) == address
        assert "/restore" not in marketer.get(address).text


def test_many_are_paged_and_the_pages_that_put_away_lead_here(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        for number in range(27):
            actions.retire(work, add_released(work, f"Ramp {number}"))
    assert (len(rows(marketer)), len(rows(marketer, "?page=2"))) == (25, 2)
    assert marketer.get("/library/away?page=0").status_code == 422
    for place in ("/upload", "/review"):
        assert page_of(marketer.get(place)).xpath("//main//a[@href='/library/away']"), place


@pytest.mark.parametrize("role", [Role.REP, Role.PARTNER])
def test_readers_do_not_get_there(portal: Portal, put_away: dict[str, int], role: Role) -> None:
    assert "Trashed draft" not in main_of(portal.client(role).get("/library/away"), 403)
