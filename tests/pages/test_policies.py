"""Policies by kind: what they are the default of, whom they ask for an owner who left, and how they are applied."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.core.errors import Refused
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity import actions as identity
from app.identity.models import Role
from app.library import actions
from app.library.actions.findings import record_past_dates
from app.library.models import Asset
from app.library.queries.findings import list_open_findings
from app.review.queries.policies import list_usual_intervals
from tests.factories.library import add_draft, add_released, asset_input
from tests.factories.people import add_user, ensure_user
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, value_of

SAVE = "/review/policies/snippet"


def kind_of(work: Work, key: str) -> int:
    kind = list_values(work).find(Facet.KIND, key)
    assert kind is not None
    return kind.id


@pytest.fixture
def snippets(portal: Portal) -> list[int]:
    """Three released snippets, one of which follows another interval, and a released deck."""
    with portal.work() as work:
        asset_input(work)
        snippet, past = kind_of(work, "snippet"), work.today - timedelta(days=100)
        ids = []
        for days in (30, 90, 90):
            ids.append(add_released(work, f"Snippet {days}", kind_id=snippet, confirmed_on=past, review_interval_days=days))
        add_released(work, "Deck", kind_id=kind_of(work, "presentation"), review_interval_days=365)
        record_past_dates(work)
    return ids


def test_a_policy_says_how_many_items_it_concerns_and_is_applied_when_asked(
    marketer: TestClient, snippets: list[int], portal: Portal
) -> None:
    assert led_to(marketer.post(SAVE, data={"interval_days": "90", "revision": "0"})) == "/review/policies?changed=snippet#snippet"
    told = page_of(marketer.get("/review/policies?changed=snippet"))
    row = told.xpath("//li[@id='snippet']")[0]
    assert "1 of 3 items follows another interval" in row.text_content() and "Apply to the 1 that follows another" in row.text_content()
    assert "Saved for Snippet. 1 of its 3 items follow another interval." in told.text_content()
    with portal.work(read_only=True) as work:
        assert work.session.get_one(Asset, snippets[0]).review_interval_days == 30, "items keep theirs until it is applied"
        assert len(list_open_findings(work)) == 3
    assert marketer.post(f"{SAVE}/apply").status_code == 428
    assert "changed this policy meanwhile" in main_of(marketer.post(f"{SAVE}/apply", data={"revision": "7"}), 412)
    led_to(marketer.post(f"{SAVE}/apply", data={"revision": "1"}))
    with portal.work(read_only=True) as work:
        asset = work.session.get_one(Asset, snippets[0])
        assert (asset.review_interval_days, asset.review_on) == (90, work.today - timedelta(days=10))
        assert [finding.asset_id for finding in list_open_findings(work)] == snippets[1:], "the old date's finding is closed"
    assert "3 items, all follow it" in main_of(marketer.get("/review/policies"))


def test_nobody_overwrites_a_policy_unseen(marketer: TestClient, manager: TestClient, snippets: list[int]) -> None:
    assert marketer.post(SAVE, data={"interval_days": "90"}).status_code == 428
    led_to(marketer.post(SAVE, data={"interval_days": "90", "revision": "0"}))
    assert "changed this policy meanwhile" in main_of(manager.post(SAVE, data={"interval_days": "30", "revision": "0"}), 412)
    assert value_of(page_of(manager.get("/review/policies")), "revision", SAVE) == "1"
    assert marketer.post(SAVE, data={"interval_days": "", "revision": "1"}).status_code == 422
    assert marketer.post("/review/policies/no-such-kind", data={"interval_days": "30", "revision": "0"}).status_code == 404


def test_forms_take_the_usual_of_the_kind_when_nothing_is_chosen(marketer: TestClient, portal: Portal) -> None:
    with portal.work() as work:
        draft, snippet = add_draft(work), kind_of(work, "snippet")
        data = asset_input(work)
    led_to(marketer.post(SAVE, data={"interval_days": "30", "revision": "0"}))
    page = page_of(marketer.get(f"/assets/{draft}/edit"))
    assert page.xpath("//select[@name='review_interval_days']/option[@selected]") == [], "nothing is chosen yet"
    form = {"title": "Dock guide", "kind_id": str(snippet), "audience": "internal", "owner_id": str(data.owner_id)}
    tags = {"facet_ids": [str(value) for value in data.facet_ids]}
    led_to(marketer.post(f"/assets/{draft}/edit", data={**form, **tags, "review_interval_days": "", "revision": "1"}))
    with portal.work() as work:
        assert work.session.get_one(Asset, draft).review_interval_days == 30
        assert actions.release(work, draft).review_on == work.today + timedelta(days=30)
    led_to(marketer.post(f"/assets/{draft}/edit", data={**form, **tags, "review_interval_days": "90", "revision": "3"}))
    with portal.work(read_only=True) as work:
        assert work.session.get_one(Asset, draft).review_on == work.today + timedelta(days=90)
        assert list_usual_intervals(work)[kind_of(work, "presentation")] == 180


def test_who_is_asked_when_an_owner_left(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        leaver = add_user(work, Role.MARKETER, "leaver@example.com", "Leaver").id or 0
        stand_in = add_user(work, Role.MARKETER, "stand-in@example.com", "Stand In").id or 0
        asset_input(work)
        add_released(work, "Snippet", kind_id=kind_of(work, "snippet"), owner_id=leaver)
        identity.disable_user(work, leaver)
    portal.drain()
    assert "Its owner left; asked instead: nobody yet." in main_of(marketer.get("/review"))
    with portal.work() as work:
        ensure_user(work, Role.ADMIN)
    assert "asked instead: Admin One." in main_of(marketer.get("/review"))
    with portal.work() as work:
        ensure_user(work, Role.MANAGER)
    assert "asked instead: Manager One." in main_of(marketer.get("/review"))
    assert marketer.post(SAVE, data={"interval_days": "180", "fallback_owner_id": str(leaver), "revision": "0"}).status_code == 422
    led_to(marketer.post(SAVE, data={"interval_days": "180", "fallback_owner_id": str(stand_in), "revision": "0"}))
    assert "asked instead: Stand In." in main_of(marketer.get("/review"))
    with portal.work() as work:
        identity.disable_user(work, stand_in)
    portal.drain()
    assert "asked instead: Manager One." in main_of(marketer.get("/review"))
    assert "Stand In has left, so a manager is asked" in main_of(marketer.get("/review/policies"))
    mine = main_of(portal.client(Role.MANAGER).get("/review?owner=me"))
    assert "Snippet" in mine and "Nothing here for this choice" not in mine


@pytest.mark.parametrize("lost,told", [("facet_ids", "a stage and a stakeholder"), ("owner_id", "an owner")])
def test_a_released_item_keeps_what_a_release_needs(portal: Portal, lost: str, told: str) -> None:
    with portal.work() as work:
        asset_id = add_released(work)
        data = asset_input(work, "Another title").model_copy(update={lost: None if lost == "owner_id" else []})
    with portal.work(portal.actor(Role.MARKETER)) as work, pytest.raises(Refused, match=f"is released, so it needs {told}"):
        actions.edit_asset(work, asset_id, data, 2)
    with portal.work() as work:
        assert work.session.get_one(Asset, asset_id).title == "Dock guide"
        draft = add_draft(work)
        assert actions.edit_asset(work, draft, data, 1).title == "Another title", "a draft may still lack something"


def test_an_expiry_date_that_has_passed_is_asked_back(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        draft, kept = add_draft(work), add_released(work, "Old offer", expires_on=work.today - timedelta(days=5))
        yesterday, before = work.today - timedelta(days=1), work.today - timedelta(days=5)
        data = asset_input(work)
    form = {"title": "Dock guide", "kind_id": str(data.kind_id), "audience": "internal", "owner_id": str(data.owner_id)}
    form |= {"facet_ids": [str(value) for value in data.facet_ids]}  # type: ignore[dict-item]  # several values of one field
    portal.drain()
    for address in (f"/assets/{draft}/edit", f"/upload/files/{draft}"):
        answer = marketer.post(address, data={**form, "revision": "1", "expires_on": yesterday.isoformat()})
        assert "The expiry date has passed already" in answer.text and answer.status_code == 422
    led_to(marketer.post(f"/assets/{kept}/edit", data={**form, "revision": "2", "expires_on": before.isoformat()}))
    with portal.work(read_only=True) as work:
        assert work.session.get_one(Asset, kept).expires_on == before, "what it was may stay"
        today = work.today
    led_to(marketer.post(f"/assets/{draft}/edit", data={**form, "revision": "1", "expires_on": today.isoformat()}))
