"""Inviting, changing, handing over and letting go: through the pages administrators use."""

import re

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.core.paging import PageRequest
from app.identity import actions, queries
from app.identity.actions import organisations, tokens
from app.identity.models import Role
from app.identity.queries.audit import list_audit
from app.identity.queries.people import find_organisation
from app.library.models import Asset, Finding, FindingReason
from app.library.queries import get_view
from app.messaging.actions import record_question
from app.messaging.models import BuyerQuestion, QuestionInput
from app.review.models import ReviewPolicy
from tests.factories.library import add_draft, add_released, asset_input
from tests.factories.people import PASSWORD, add_user, post_sign_in
from tests.factories.portal import Portal

LINK = re.compile(r'value="(http://testserver/setup/[^"]+)"')


def user_id(portal: Portal, role: Role) -> int:
    return portal.actor(role).id


def revision_of(portal: Portal, key: int) -> str:
    with portal.work(read_only=True) as work:
        return str(queries.get_user(work, key).revision)


def organisation(portal: Portal, name: str = "Northgate") -> int:
    with portal.work() as work:
        found = find_organisation(work, name) or organisations.create_organisation(work, name)
        return found.id or 0


def is_in(client: TestClient) -> bool:
    return client.get("/account").status_code == 200


def test_an_invitation_shows_its_link_once_and_lets_in(portal: Portal, admin: TestClient, anonymous: TestClient) -> None:
    fields = {"name": "New Marketer", "email": "new@example.com", "role": "marketer"}
    answer = admin.post("/people/new", data=fields)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"  # its own forms go on working on plain http
    link = LINK.findall(answer.text)[0].removeprefix("http://testserver")
    listed = admin.get("/people?q=new+market").text
    assert "New Marketer" in listed
    assert "Invited" in listed
    token = link.rpartition("/")[2]
    assert token not in listed
    assert token not in admin.get("/audit").text + admin.get("/audit.csv").text
    assert anonymous.post(link, data={"password": PASSWORD}).status_code == 303
    assert "New Marketer" in anonymous.get("/account").text
    assert "Invited" not in admin.get("/people?q=new+market").text


def test_an_address_that_has_an_account_is_told(admin: TestClient) -> None:
    answer = admin.post("/people/new", data={"name": "Again", "email": "ADMIN@example.com", "role": "rep"})
    assert answer.status_code == 422
    assert "already" in answer.text
    assert 'value="Again"' in answer.text


@pytest.mark.parametrize(
    "change,told",
    [
        ({"name": " "}, "1 to 120"),
        ({"email": "nobody"}, "in full"),
        ({"role": "emperor"}, "Choose a role"),
        ({"role": "partner"}, "Choose the organisation"),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_made(portal: Portal, admin: TestClient, change: dict[str, str], told: str) -> None:
    answer = admin.post("/people/new", data={"name": "New", "email": "new@example.com", "role": "rep", **change})
    assert answer.status_code == 422
    assert told in answer.text
    with portal.work(read_only=True) as work:
        assert queries.find_by_email(work, "new@example.com") is None


def test_partners_get_an_organisation_and_others_none(portal: Portal, admin: TestClient) -> None:
    key = organisation(portal)
    fields = {"name": "Their Consultant", "email": "p@example.com", "role": "partner", "organisation": str(key)}
    assert admin.post("/people/new", data=fields).status_code == 200
    assert "Northgate" in admin.get("/people?q=consultant").text
    refused = admin.post("/people/new", data={**fields, "email": "x@example.com", "role": "rep"})
    assert refused.status_code == 422
    assert "Only partners" in refused.text


def test_a_role_change_bites_on_the_next_request(portal: Portal, admin: TestClient, marketer: TestClient) -> None:
    assert marketer.get("/upload").status_code == 200
    key = user_id(portal, Role.MARKETER)
    fields = {"name": "Marketer One", "role": "rep", "revision": revision_of(portal, key)}
    assert admin.post(f"/people/{key}", data=fields).status_code == 303
    assert not is_in(marketer)
    again = portal.client(Role.MARKETER)
    assert again.get("/upload").status_code == 403


def test_a_change_to_what_somebody_else_changed_keeps_both(portal: Portal, admin: TestClient) -> None:
    key = user_id(portal, Role.REP)
    old = revision_of(portal, key)
    assert admin.post(f"/people/{key}", data={"name": "First Change", "role": "rep", "revision": old}).status_code == 303
    answer = admin.post(f"/people/{key}", data={"name": "Second Change", "role": "rep", "revision": old})
    assert answer.status_code == 412
    assert "First Change" in answer.text
    assert 'value="Second Change"' in answer.text
    fresh = re.findall(r'name="revision" value="(\d+)"', answer.text)[0]
    assert admin.post(f"/people/{key}", data={"name": "Second Change", "role": "rep", "revision": fresh}).status_code == 303
    assert admin.post(f"/people/{key}", data={"name": "No Revision", "role": "rep"}).status_code == 428


@pytest.mark.parametrize("what", ["link", "disable", "enable"])
def test_old_forms_change_nothing(portal: Portal, admin: TestClient, rep: TestClient, what: str) -> None:
    key = user_id(portal, Role.REP)
    assert admin.post(f"/people/{key}/{what}", data={"revision": "999"}).status_code == 412
    assert admin.post(f"/people/{key}/{what}").status_code == 428
    assert is_in(rep)


def test_a_new_link_takes_password_and_sessions(portal: Portal, admin: TestClient, anonymous: TestClient) -> None:
    with portal.work() as work:
        add_user(work, Role.REP, password=PASSWORD)
    rep, key = portal.client(Role.REP), user_id(portal, Role.REP)
    answer = admin.post(f"/people/{key}/link", data={"revision": revision_of(portal, key)})
    assert answer.status_code == 200
    assert not is_in(rep)
    assert post_sign_in(anonymous, "rep@example.com") == 401
    link = LINK.findall(answer.text)[0].removeprefix("http://testserver")
    assert anonymous.post(link, data={"password": "five blue dock doors"}).status_code == 303


def test_signing_somebody_out(portal: Portal, admin: TestClient, rep: TestClient) -> None:
    assert admin.post(f"/people/{user_id(portal, Role.REP)}/sign-out").status_code == 303
    assert not is_in(rep)


def own(portal: Portal) -> tuple[int, int]:
    """Something released, something in draft and a question that belong to the marketer; the released item and the question."""
    with portal.work() as work:
        marketer = queries.find_by_email(work, "marketer@example.com") or add_user(work, Role.MARKETER)
        item = add_released(work, "Leaver's guide", owner_id=marketer.id)
        add_draft(work, "Leaver's draft", owner_id=marketer.id)
        question = record_question(work, QuestionInput(text="Who stays at the dock?"))
        question.created_by = marketer.id
        return item, question.id or 0


def gone_findings(portal: Portal, item: int) -> list[Finding]:
    with portal.work(read_only=True) as work:
        is_open = (col(Finding.asset_id) == item) & (col(Finding.reason) == FindingReason.OWNER_GONE) & col(Finding.closed_at).is_(None)
        return list(work.session.exec(select(Finding).where(is_open)).all())


def test_a_leaver_is_handed_over_all_at_once(portal: Portal, admin: TestClient, marketer: TestClient) -> None:
    item, question = own(portal)
    manager, leaver = user_id(portal, Role.MANAGER), user_id(portal, Role.MARKETER)
    page = admin.get(f"/people/{leaver}/hand-over").text
    for told in ("Leaver&#39;s guide", "Leaver&#39;s draft", "Who stays at the dock?"):
        assert told in page
    fields = {"owner": str(manager), "revision": revision_of(portal, leaver), "step": "leave"}
    assert admin.post(f"/people/{leaver}/hand-over", data=fields).status_code == 303
    portal.drain()
    assert not is_in(marketer)
    assert gone_findings(portal, item) == []
    with portal.work(read_only=True) as work:
        assert get_view(work, item).owner_id == manager
        asked = work.session.get(BuyerQuestion, question)
        assert asked is not None
        assert asked.created_by == manager
        assert [entry.verb for entry in list_audit(work, PageRequest(1, 2)).items] == ["handed_over", "disabled_user"]
    assert "0 items" in admin.get(f"/people/{leaver}").text


def test_where_a_leaver_stood_in_somebody_else_does(portal: Portal, admin: TestClient) -> None:
    manager, leaver = user_id(portal, Role.MANAGER), user_id(portal, Role.MARKETER)
    with portal.work() as work:
        kind = asset_input(work).kind_id
        work.session.add(ReviewPolicy(kind_id=kind, interval_days=90, fallback_owner_id=leaver))
    assert "Review policies they stand in for" in admin.get(f"/people/{leaver}/hand-over").text
    fields = {"owner": str(manager), "revision": revision_of(portal, leaver), "step": "leave"}
    assert admin.post(f"/people/{leaver}/hand-over", data=fields).status_code == 303
    with portal.work(read_only=True) as work:
        policy = work.session.get_one(ReviewPolicy, kind)
        assert (policy.fallback_owner_id, policy.revision) == (manager, 2)


def test_a_form_opened_before_the_hand_over_does_not_bring_the_old_owner_back(portal: Portal, admin: TestClient) -> None:
    item, _ = own(portal)
    with portal.work(read_only=True) as work:
        before = work.session.get_one(Asset, item).revision
    manager, leaver = user_id(portal, Role.MANAGER), user_id(portal, Role.MARKETER)
    fields = {"owner": str(manager), "revision": revision_of(portal, leaver), "step": "stay"}
    assert admin.post(f"/people/{leaver}/hand-over", data=fields).status_code == 303
    with portal.work(read_only=True) as work:
        assert work.session.get_one(Asset, item).revision == before + 1
        assert queries.get_user(work, leaver).is_active


@pytest.mark.parametrize("who", [Role.REP, Role.MARKETER])
def test_who_may_not_own_content_gets_none(portal: Portal, admin: TestClient, who: Role) -> None:
    item, _ = own(portal)
    leaver = user_id(portal, Role.MARKETER)
    fields = {"owner": str(user_id(portal, who)), "revision": revision_of(portal, leaver), "step": "leave"}
    answer = admin.post(f"/people/{leaver}/hand-over", data=fields)
    assert answer.status_code == 422
    assert "Choose who looks after it" in answer.text
    with portal.work(read_only=True) as work:
        assert get_view(work, item).owner_id == leaver
        assert queries.get_user(work, leaver).is_active, "nothing at all was changed"


def test_the_last_administrator_neither_leaves_nor_changes_role(portal: Portal, admin: TestClient) -> None:
    key, manager = user_id(portal, Role.ADMIN), user_id(portal, Role.MANAGER)
    revision = revision_of(portal, key)
    assert admin.post(f"/people/{key}/disable", data={"revision": revision}).status_code == 409
    leave = admin.post(f"/people/{key}/hand-over", data={"owner": str(manager), "revision": revision, "step": "leave"})
    assert leave.status_code == 409
    change = admin.post(f"/people/{key}", data={"name": "Admin One", "role": "rep", "revision": revision})
    assert change.status_code == 409
    assert "only administrator" in change.text
    assert is_in(admin)


def test_without_handing_over_the_items_miss_their_owner_until_then(portal: Portal, admin: TestClient) -> None:
    item, _ = own(portal)
    leaver = user_id(portal, Role.MARKETER)
    assert admin.post(f"/people/{leaver}/disable", data={"revision": revision_of(portal, leaver)}).status_code == 303
    portal.drain()
    assert len(gone_findings(portal, item)) == 1
    portal.drain()
    assert "have nobody who looks after them" in admin.get(f"/people/{leaver}").text
    fields = {"owner": str(user_id(portal, Role.MANAGER)), "revision": revision_of(portal, leaver), "step": "stay"}
    assert admin.post(f"/people/{leaver}/hand-over", data=fields).status_code == 303
    assert gone_findings(portal, item) == []


def test_somebody_who_comes_back_looks_after_their_items_again(portal: Portal, admin: TestClient) -> None:
    item, _ = own(portal)
    leaver = user_id(portal, Role.MARKETER)
    for what, open_findings in (("disable", 1), ("enable", 0), ("disable", 1)):
        assert admin.post(f"/people/{leaver}/{what}", data={"revision": revision_of(portal, leaver)}).status_code == 303
        portal.drain()
        assert len(gone_findings(portal, item)) == open_findings


def test_disabling_revokes_tokens_for_good(portal: Portal, admin: TestClient) -> None:
    with portal.work(portal.actor(Role.REP)) as work:
        tokens.make_token(work, "Nightly export", ["assets:read"], 30)
    key = user_id(portal, Role.REP)
    assert "Nightly export" in admin.get(f"/people/{key}").text
    for what in ("disable", "enable"):
        admin.post(f"/people/{key}/{what}", data={"revision": revision_of(portal, key)})
    assert "Nightly export" not in admin.get(f"/people/{key}").text


def test_administrators_revoke_tokens_of_others(portal: Portal, admin: TestClient) -> None:
    with portal.work(portal.actor(Role.REP)) as work:
        token = tokens.make_token(work, "Nightly export", ["assets:read"], 30).token.id
    key = user_id(portal, Role.REP)
    assert admin.post(f"/people/{key}/tokens/{token}/revoke").status_code == 303
    assert "Nightly export" not in admin.get(f"/people/{key}").text.replace("The token “Nightly export” is revoked.", "")


def test_the_list_is_narrowed_by_words_role_organisation_and_state(portal: Portal, admin: TestClient) -> None:
    key = organisation(portal)
    with portal.work() as work:
        add_user(work, Role.PARTNER, "p@example.com", "Paula Partner").organisation_id = key
        gone = add_user(work, Role.REP, "gone@example.com", "Gone Rep")
        actions.disable_user(work, gone.id or 0)
        add_user(work, Role.REP, "percent@example.com", "100% Rep")
    for query, shown, hidden in (
        ("q=PAULA", "Paula Partner", "Gone Rep"),
        ("q=percent@", "100% Rep", "Paula Partner"),
        ("q=%25", "100% Rep", "Paula Partner"),
        ("role=rep", "Gone Rep", "Paula Partner"),
        (f"organisation={key}", "Paula Partner", "Gone Rep"),
        ("state=disabled", "Gone Rep", "Paula Partner"),
        ("state=active", "Paula Partner", "Gone Rep"),
    ):
        text = admin.get(f"/people?{query}").text
        assert shown in text, query
        assert hidden not in text, query
    assert "Nobody fits" in admin.get("/people?q=wombat").text
    assert admin.get("/people?role=emperor&organisation=x&state=x&page=0").status_code == 200


def test_an_organisation_and_all_its_people_are_kept_out_at_once(portal: Portal, admin: TestClient, anonymous: TestClient) -> None:
    key = organisation(portal)
    with portal.work() as work:
        user = add_user(work, Role.PARTNER, password=PASSWORD)
        user.organisation_id = key
    inside = portal.client(Role.PARTNER)
    assert "Northgate" in inside.get("/account").text
    assert admin.post(f"/organisations/{key}/deactivate", data={"revision": "1"}).status_code == 303
    assert not is_in(inside)
    assert post_sign_in(anonymous, "partner@example.com") == 401
    assert "Organisation not active" in admin.get("/people?role=partner").text
    assert admin.post(f"/organisations/{key}/activate", data={"revision": "1"}).status_code == 412
    assert admin.post(f"/organisations/{key}/activate", data={"revision": "2"}).status_code == 303
    assert post_sign_in(anonymous, "partner@example.com") == 303


def test_organisations_are_added_and_renamed(portal: Portal, admin: TestClient) -> None:
    made = admin.post("/organisations", data={"name": " Northgate "})
    assert made.status_code == 303
    page = made.headers["location"]
    assert "Nobody yet" in admin.get(page).text
    assert admin.post("/organisations", data={"name": "NORTHGATE"}).status_code == 422
    assert admin.post(page, data={"name": "Southgate", "revision": "1"}).status_code == 303
    stale = admin.post(page, data={"name": "Eastgate", "revision": "1"})
    assert stale.status_code == 412
    assert "Southgate" in stale.text
    assert 'value="Eastgate"' in stale.text
    empty = admin.post(page, data={"name": "", "revision": "2"})
    assert empty.status_code == 422
    assert admin.post(page, data={"name": "Westgate", "revision": "2"}).status_code == 303, "a refused form changed nothing"
    assert "Westgate" in admin.get("/organisations").text
