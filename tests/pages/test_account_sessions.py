"""What people do on their own account: end browsers, choose keys and mails, make and revoke tokens."""

import re

import pytest
from starlette.testclient import TestClient

from app.identity import queries
from app.identity.models import Role
from app.identity.queries.tokens import find_token
from tests.factories.people import PASSWORD, add_user, post_sign_in
from tests.factories.portal import Portal

KEY = re.compile(r'name="session" value="([0-9a-f]{16})"')
SECRET = re.compile(r'value="(quiver_[^"]+)"')


def is_in(client: TestClient) -> bool:
    return client.get("/account").status_code == 200


def test_one_browser_is_signed_out_and_the_others_stay(portal: Portal) -> None:
    here, phone, other = portal.client(Role.REP), portal.client(Role.REP), portal.client(Role.MARKETER)
    keys = KEY.findall(here.get("/account").text)
    assert len(keys) == 1, "this browser has no such button"
    assert other.post("/account/sessions/end", data={"session": keys[0]}).status_code == 303
    assert is_in(phone), "nobody ends the session of somebody else"
    assert here.post("/account/sessions/end", data={"session": keys[0]}).status_code == 303
    assert "That browser is signed out." in here.get("/account").text
    assert not is_in(phone)
    here.post("/account/sessions/end", data={"session": keys[0]})
    assert "signed out already" in here.get("/account").text


@pytest.mark.parametrize("key", ["", "0", "%", "x" * 16])
def test_a_key_that_names_nothing_ends_nothing(portal: Portal, key: str) -> None:
    here, phone = portal.client(Role.REP), portal.client(Role.REP)
    here.post("/account/sessions/end", data={"session": key})
    assert is_in(phone)


def test_all_other_browsers_are_signed_out(portal: Portal) -> None:
    here, phone, other = portal.client(Role.REP), portal.client(Role.REP), portal.client(Role.MARKETER)
    assert here.post("/account/sessions/end-others").status_code == 303
    assert [is_in(client) for client in (here, phone, other)] == [True, False, True]


def test_where_a_browser_came_from_is_shown(portal: Portal, anonymous: TestClient) -> None:
    with portal.work() as work:
        add_user(work, Role.REP, password=PASSWORD)
    post_sign_in(anonymous, "rep@example.com")
    assert "From testclient" in anonymous.get("/account").text


def test_single_keys_can_be_turned_off(portal: Portal, rep: TestClient) -> None:
    assert "data-single-keys" not in rep.get("/account").text
    assert rep.post("/account/choices").status_code == 303
    assert 'data-single-keys="off"' in rep.get("/").text
    rep.post("/account/choices", data={"single_keys": "on"})
    assert "data-single-keys" not in rep.get("/").text


def test_owners_choose_mails_and_others_are_not_asked(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    assert 'name="due_mails"' not in rep.get("/account").text
    assert 'name="due_mails"' in marketer.get("/account").text
    rep.post("/account/choices", data={"single_keys": "on"})
    marketer.post("/account/choices", data={"single_keys": "on"})
    with portal.work(read_only=True) as work:
        chosen = {role: queries.get_user_by_email(work, f"{role}@example.com").due_mails for role in ("rep", "marketer")}
    assert chosen == {"rep": True, "marketer": False}


def test_a_token_is_shown_once_and_works_until_it_is_revoked(portal: Portal, marketer: TestClient) -> None:
    answer = marketer.post("/account/tokens", data={"name": "Nightly export", "scopes": ["assets:read", "search:read"], "days": "30"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    secret = SECRET.findall(answer.text)[0]
    page = marketer.get("/account").text
    assert "Nightly export" in page
    assert secret not in page
    with portal.work() as work:
        known = find_token(work, secret)
    assert known is not None
    assert known.actor.scopes == {"assets:read", "search:read"}
    assert marketer.post(f"/account/tokens/{known.actor.token_id}/revoke").status_code == 303
    with portal.work() as work:
        assert find_token(work, secret) is None


@pytest.mark.parametrize(
    "fields,told",
    [
        ({"name": "", "scopes": "assets:read"}, "Name the token"),
        ({"name": "Export"}, "Tick at least one"),
        ({"name": "x", "scopes": "all"}, "Tick"),
    ],
)
def test_what_a_token_misses_is_told_and_what_was_typed_stays(marketer: TestClient, fields: dict[str, str], told: str) -> None:
    answer = marketer.post("/account/tokens", data={**fields, "days": "30"})
    assert answer.status_code == 422
    assert told in answer.text
    assert f'value="{fields["name"]}"' in answer.text
    assert not SECRET.findall(answer.text)


def test_reps_are_offered_what_they_may(rep: TestClient, marketer: TestClient) -> None:
    assert "assets:write" not in rep.get("/account").text
    assert "assets:write" in marketer.get("/account").text


def test_nobody_revokes_the_token_of_somebody_else(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    secret = SECRET.findall(marketer.post("/account/tokens", data={"name": "x", "scopes": "assets:read", "days": "30"}).text)[0]
    with portal.work() as work:
        known = find_token(work, secret)
        assert known is not None
    assert rep.post(f"/account/tokens/{known.actor.token_id}/revoke").status_code == 404
    with portal.work() as work:
        assert find_token(work, secret) is not None
