"""Signing in and out, set-up links, the own account: through the door people use."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from starlette.testclient import TestClient

from app.core.clock import utc_now
from app.core.work import Work
from app.identity import actions, queries, rules
from app.identity.models import AnonymousActor, NewUser, Role
from app.identity.rules import ATTEMPTS_ALLOWED, ATTEMPTS_WINDOW
from app.settings import Settings
from app.web.sessions import cookie_name
from tests.factories.people import PASSWORD, add_user, post_sign_in
from tests.factories.portal import Portal, started

EMAIL = "rep@example.com"
COOKIE = "quiver"


@pytest.fixture
def rep_account(portal: Portal) -> str:
    """The address of a rep with the usual password."""
    with portal.work() as work:
        return add_user(work, Role.REP, password=PASSWORD).email


def is_signed_in(client: TestClient) -> bool:
    answer = client.get("/account")
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


def test_signing_in_leads_to_where_one_wanted_to_go(anonymous: TestClient, rep_account: str) -> None:
    wanted = anonymous.get("/account?x=1")
    assert (wanted.status_code, wanted.headers["location"]) == (303, "/sign-in?next=%2Faccount%3Fx%3D1")
    endless = anonymous.get(f"/account?x={'y' * 3000}")
    assert (endless.status_code, endless.headers["location"]) == (303, "/sign-in")
    form = anonymous.get(wanted.headers["location"])
    assert form.status_code == 200
    assert 'value="/account?x=1"' in form.text
    answer = anonymous.post("/sign-in", data={"email": " Rep@Example.com", "password": PASSWORD, "next": "/account?x=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?x=1")
    assert is_signed_in(anonymous)
    assert anonymous.get("/sign-in").status_code == 303, "somebody signed in is led on"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(anonymous: TestClient, rep_account: str) -> None:
    answer = anonymous.post("/sign-in", data={"email": rep_account, "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("quiver=")
    for part in ("httponly", "samesite=lax", "path=/"):
        assert part in cookie
    assert "domain" not in cookie


def test_over_https_the_cookie_is_bound_to_the_host(settings: Settings) -> None:
    with started(settings.model_copy(update={"base_url": "https://portal.example.com"})) as portal:
        with portal.work() as work:
            add_user(work, Role.REP, password=PASSWORD)
        client = portal.client(Origin="https://portal.example.com")
        answer = client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
        assert answer.headers["set-cookie"].startswith("__Host-quiver=")
        assert "secure" in answer.headers["set-cookie"].lower()
        assert is_signed_in(client)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=y", ""]
)
def test_signing_in_never_leads_away(anonymous: TestClient, rep_account: str, elsewhere: str) -> None:
    answer = anonymous.post("/sign-in", data={"email": rep_account, "password": PASSWORD, "next": elsewhere})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_wrong_password_and_unknown_account_look_the_same(anonymous: TestClient, rep_account: str) -> None:
    texts = []
    for email, password in ((rep_account, "not the password"), ("nobody@example.com", PASSWORD), (rep_account, "")):
        answer = anonymous.post("/sign-in", data={"email": email, "password": password})
        assert answer.status_code == 401
        assert COOKIE not in answer.cookies
        texts.append(answer.text.replace(email, "").replace(answer.headers["x-request-id"], ""))
    assert texts[0] == texts[1] == texts[2]
    assert "not right" in texts[0]


def test_an_unknown_account_costs_the_same_hash(anonymous: TestClient, rep_account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    real = actions.check_password

    def watch(attempt: actions.Attempt, password: str) -> actions.Proven | None:
        verified.append(attempt.password_hash)
        return real(attempt, password)

    monkeypatch.setattr(actions, "check_password", watch)
    post_sign_in(anonymous, rep_account, "not the password")
    post_sign_in(anonymous, "nobody@example.com", "not the password")
    known, unknown = (found.split("$") for found in verified)
    assert known[1:4] == unknown[1:4], "the same algorithm with the same work"
    assert known[4:] != unknown[4:]


def test_a_disabled_account_looks_like_an_unknown_one(portal: Portal, anonymous: TestClient, rep_account: str) -> None:
    with portal.work() as work:
        actions.disable_user(work, queries.get_user_by_email(work, rep_account).id or 0)
    assert post_sign_in(anonymous, rep_account) == 401


def fail_often(client: TestClient, email: str, times: int = ATTEMPTS_ALLOWED) -> None:
    for _ in range(times):
        assert post_sign_in(client, email, "wrong") == 401


def test_ten_failures_lock_the_account_from_there_for_a_while(portal: Portal, rep_account: str) -> None:
    start = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        there = browser_at(portal, "192.0.2.1")
        fail_often(there, rep_account)
        answer = there.post("/sign-in", data={"email": rep_account, "password": PASSWORD})
        assert answer.status_code == 429
        assert "Wait 15 minutes" in answer.text
        assert answer.headers["retry-after"] == "900"
        clock.move_to(start + ATTEMPTS_WINDOW - timedelta(seconds=1))
        assert post_sign_in(there, rep_account) == 429
        clock.move_to(start + ATTEMPTS_WINDOW)
        assert post_sign_in(there, rep_account) == 303


def test_nobody_locks_somebody_else_out(portal: Portal, rep_account: str) -> None:
    fail_often(browser_at(portal, "203.0.113.9"), rep_account)
    assert post_sign_in(browser_at(portal, "203.0.113.10"), rep_account) == 303, "the owner comes from elsewhere"
    with portal.work() as work:
        add_user(work, Role.MARKETER, password=PASSWORD)
    assert post_sign_in(browser_at(portal, "203.0.113.9"), "marketer@example.com") == 303, "a colleague in the same office"


def test_unknown_accounts_are_locked_alike(portal: Portal) -> None:
    client = browser_at(portal, "192.0.2.1")
    fail_often(client, "nobody@example.com")
    assert post_sign_in(client, "nobody@example.com", "wrong") == 429


def test_guessing_from_everywhere_or_of_everybody_ends_too(portal: Portal, rep_account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "ATTEMPTS_IN_ALL", 12)
    for number in range(12):
        assert post_sign_in(browser_at(portal, f"192.0.2.{number}"), rep_account, "wrong") == 401
    assert post_sign_in(browser_at(portal, "192.0.2.99"), rep_account) == 429
    attacker = browser_at(portal, "203.0.113.9")
    for number in range(12):
        assert post_sign_in(attacker, f"guess{number}@example.com", "wrong") == 401
    assert post_sign_in(attacker, "guess99@example.com", "wrong") == 429


def test_successes_do_not_count_and_do_not_wipe_failures(portal: Portal, rep_account: str) -> None:
    client = browser_at(portal, "192.0.2.1")
    for _ in range(ATTEMPTS_ALLOWED + 2):
        assert post_sign_in(client, rep_account) == 303
    fail_often(client, rep_account, ATTEMPTS_ALLOWED - 1)
    assert post_sign_in(client, rep_account) == 303
    fail_often(client, rep_account, 1)
    assert post_sign_in(client, rep_account) == 429


def test_tries_at_the_same_moment_do_not_slip_past_the_limit(portal: Portal, rep_account: str) -> None:
    clients = [browser_at(portal, "192.0.2.1") for _ in range(24)]
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda c=client: statuses.append(post_sign_in(c, rep_account, "wrong"))) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses.count(401), statuses.count(429)) == (ATTEMPTS_ALLOWED, 24 - ATTEMPTS_ALLOWED)


def browser_at(portal: Portal, address: str) -> TestClient:
    """A browser that comes from this address."""
    client = portal.client()
    client._transport.client = (address, 50000)  # type: ignore[attr-defined]  # the test client offers it at creation only
    return client


def with_cookie(portal: Portal, secret: str) -> TestClient:
    """Another browser that got hold of a session's secret."""
    client = portal.client()
    client.cookies.set(COOKIE, secret)
    return client


def test_each_sign_in_has_a_session_of_its_own_and_ends_the_one_before(portal: Portal, anonymous: TestClient, rep_account: str) -> None:
    assert post_sign_in(anonymous, rep_account) == 303
    first = anonymous.cookies[COOKIE]
    assert post_sign_in(anonymous, rep_account) == 303
    second = anonymous.cookies[COOKIE]
    assert [is_signed_in(with_cookie(portal, secret)) for secret in (first, second)] == [False, True]


def test_a_session_planted_before_sign_in_is_worthless(portal: Portal, rep_account: str) -> None:
    planted = "planted-by-somebody-else-0123456789"
    victim = with_cookie(portal, planted)
    answer = victim.post("/sign-in", data={"email": rep_account, "password": PASSWORD})
    assert answer.status_code == 303
    assert answer.cookies[COOKIE] != planted
    assert not is_signed_in(with_cookie(portal, planted))


def test_signing_out_ends_the_session_itself(portal: Portal, rep: TestClient) -> None:
    secret = rep.cookies[COOKIE]
    answer = rep.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert answer.headers["clear-site-data"] == '"cache"'
    assert "Signed out." in rep.get("/sign-in").text
    assert "Signed out." not in rep.get("/sign-in").text, "a message is shown once"
    assert not is_signed_in(with_cookie(portal, secret))


def test_a_reset_between_the_two_steps_of_a_sign_in_keeps_the_old_password_out(portal: Portal, rep_account: str) -> None:
    """The password is checked between two transactions; what an administrator does meanwhile counts."""
    for change in (reset_it, disable_it):
        with portal.work(AnonymousActor()) as work:
            attempt = actions.begin_sign_in(work, rep_account, "192.0.2.1")
        proven = actions.check_password(attempt, PASSWORD)
        assert proven is not None
        with portal.work() as work:
            secret = actions.finish_sign_in(work, proven, "")
            assert secret is not None, "the control: without a change it lets in"
            work.session.rollback()
        with portal.work() as work:
            change(work, rep_account)
        with portal.work() as work:
            assert actions.finish_sign_in(work, proven, "") is None
        with portal.work() as work:
            user = queries.get_user_by_email(work, rep_account)
            actions.enable_user(work, user.id or 0)
            actions.choose_password(work, actions.reset_password(work, user.id or 0).token, PASSWORD)


def reset_it(work: Work, email: str) -> None:
    actions.reset_password(work, queries.get_user_by_email(work, email).id or 0)


def disable_it(work: Work, email: str) -> None:
    actions.disable_user(work, queries.get_user_by_email(work, email).id or 0)


def test_signing_in_while_the_password_is_taken_away_is_refused_in_words(
    portal: Portal, anonymous: TestClient, rep_account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = actions.check_password

    def meanwhile(attempt: actions.Attempt, password: str) -> actions.Proven | None:
        proven = real(attempt, password)
        with portal.work() as work:
            reset_it(work, rep_account)
        return proven

    monkeypatch.setattr(actions, "check_password", meanwhile)
    answer = anonymous.post("/sign-in", data={"email": rep_account, "password": PASSWORD})
    assert answer.status_code == 401
    assert "not right" in answer.text
    assert not is_signed_in(anonymous)


def test_signing_out_everywhere(portal: Portal) -> None:
    desk, phone, other = portal.client(Role.REP), portal.client(Role.REP), portal.client(Role.MARKETER)
    assert desk.post("/account/sign-out-everywhere").status_code == 303
    assert [is_signed_in(client) for client in (desk, phone, other)] == [False, False, True]


def test_the_account_page_shows_where_one_is_signed_in(portal: Portal) -> None:
    phone = portal.client()
    with portal.work() as work:
        add_user(work, Role.REP, password=PASSWORD)
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604.1"
    phone.post("/sign-in", data={"email": EMAIL, "password": PASSWORD}, headers={"user-agent": agent})
    text = portal.client(Role.REP).get("/account").text
    assert "Safari on iPhone" in text
    assert "Firefox on Linux" in text
    assert EMAIL in text


def test_changing_the_password_signs_out_other_browsers(portal: Portal, anonymous: TestClient, rep_account: str) -> None:
    post_sign_in(anonymous, rep_account)
    before, other = anonymous.cookies[COOKIE], portal.client(Role.REP)
    answer = anonymous.post("/account/password", data={"current": PASSWORD, "password": "five blue dock doors"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert anonymous.cookies[COOKIE] != before
    assert is_signed_in(anonymous)
    assert not is_signed_in(other)
    fresh = portal.client()
    assert post_sign_in(fresh, rep_account) == 401
    assert post_sign_in(fresh, rep_account, "five blue dock doors") == 303


@pytest.mark.parametrize(
    "current,password,told",
    [("wrong one", "five blue dock doors", "not your password"), (PASSWORD, "short", "at least 12"), (PASSWORD, EMAIL, "first")],
)
def test_a_password_that_cannot_be_changed_is_told(anonymous: TestClient, rep_account: str, current: str, password: str, told: str) -> None:
    post_sign_in(anonymous, rep_account)
    answer = anonymous.post("/account/password", data={"current": current, "password": password})
    assert answer.status_code == 422
    assert told in answer.text
    assert f'value="{password}"' not in answer.text
    assert post_sign_in(anonymous, rep_account) == 303


def test_guessing_the_password_of_an_open_session_is_limited_too(portal: Portal, rep_account: str) -> None:
    client = portal.client(Role.REP)
    for _ in range(ATTEMPTS_ALLOWED):
        assert client.post("/account/password", data={"current": "wrong", "password": "five blue dock doors"}).status_code == 422
    answer = client.post("/account/password", data={"current": PASSWORD, "password": "five blue dock doors"})
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.text


def test_an_invited_person_chooses_a_password_once(portal: Portal, anonymous: TestClient) -> None:
    with portal.work() as work:
        token = actions.create_user(work, NewUser(email="new@example.com", name="New Rep", role=Role.REP)).token
    page = anonymous.get(f"/setup/{token}")
    assert page.status_code == 200
    assert "new@example.com" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    weak = anonymous.post(f"/setup/{token}", data={"password": "short"})
    assert weak.status_code == 422
    assert "at least 12" in weak.text
    done = anonymous.post(f"/setup/{token}", data={"password": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert is_signed_in(anonymous)
    again = portal.client()
    assert again.get(f"/setup/{token}").status_code == 410
    assert again.post(f"/setup/{token}", data={"password": "taken over by me"}).status_code == 410
    assert post_sign_in(again, "new@example.com") == 303


def test_an_old_link_says_what_to_do(portal: Portal, anonymous: TestClient) -> None:
    with portal.work(now=utc_now() - timedelta(days=7)) as work:
        token = actions.create_user(work, NewUser(email="new@example.com", name="New Rep", role=Role.REP)).token
    answer = anonymous.get(f"/setup/{token}")
    assert answer.status_code == 410
    assert "Ask an administrator for a new one" in answer.text
    assert anonymous.get("/setup/made-up").status_code == 404


def test_the_page_of_a_replaced_link_says_so(portal: Portal, anonymous: TestClient) -> None:
    with portal.work() as work:
        earlier, token = actions.first_run_link(work), actions.first_run_link(work)
    replaced = anonymous.get(f"/setup/{earlier}")
    assert (replaced.status_code, "This link was replaced by a newer one" in replaced.text) == (410, True)
    assert anonymous.get(f"/setup/{token}").status_code == 200


def test_a_new_portal_is_set_up_by_its_first_link(portal: Portal, anonymous: TestClient) -> None:
    with portal.work() as work:
        token = actions.first_run_link(work) or ""
    page = anonymous.get(f"/setup/{token}")
    assert 'name="email"' in page.text
    bad = anonymous.post(f"/setup/{token}", data={"email": "it", "name": "", "password": "x"})
    assert bad.status_code == 422
    for told in ("in full", "1 to 120", "at least 12"):
        assert told in bad.text
    good = {"email": "IT@example.com", "name": "Head of IT", "password": PASSWORD}
    assert anonymous.post(f"/setup/{token}", data=good).status_code == 303
    assert "Head of IT" in anonymous.get("/account").text
    assert portal.client().get(f"/setup/{token}").status_code == 410


def test_the_theme_follows_the_account_and_before_it_the_browser(rep: TestClient, anonymous: TestClient) -> None:
    assert 'data-theme="' not in rep.get("/account").text
    assert rep.post("/theme", data={"theme": "dark", "next": "/account"}).headers["location"] == "/account"
    assert 'data-theme="dark"' in rep.get("/account").text
    anonymous.post("/theme", data={"theme": "light"})
    assert 'data-theme="light"' in anonymous.get("/sign-in").text
    anonymous.post("/theme", data={"theme": '"><script>'})
    assert 'data-theme="' not in anonymous.get("/sign-in").text


def test_cookie_names() -> None:
    assert cookie_name(Settings(base_url="http://127.0.0.1:8000")) == COOKIE
    assert cookie_name(Settings(base_url="https://portal.example.com")) == "__Host-quiver"
