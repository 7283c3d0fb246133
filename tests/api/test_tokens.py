"""Programs with a token: within its scopes, as its person, until it is revoked; browsers' sessions do not lend it anything."""

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.identity.actions.tokens import make_token, revoke_token
from app.identity.models import Role
from app.identity.rules import SCOPES
from app.library.models import Audience
from app.web.sessions import cookie_name
from tests.factories.library import add_draft, add_released
from tests.factories.portal import BASE_URL, Portal

# What each scope opens; everything else here is 403.
ALLOWED = {
    "assets:read": {"GET /assets", "GET /assets/{id}", "GET /assets/{id}/file", "GET /assets/{id}/versions", "GET /facets"},
    "assets:write": {"PATCH /assets/{id}", "POST /assets/{id}/release"},
    "search:read": {"GET /ask"},
    "questions:read": {"GET /questions"},
    "questions:write": {"POST /questions"},
}
BODIES = {"PATCH /assets/{id}": {"title": "Gate rules"}, "POST /questions": {"text": "Where is the gate?"}}


@pytest.fixture
def gate(portal: Portal) -> int:
    with portal.work() as work:
        add_released(work, "Gate secrets")
        add_released(work, "Gate offer", audience=Audience.PARTNER)
        return add_draft(work, "Gate rules")


def program(portal: Portal, role: Role, *scopes: str) -> tuple[TestClient, int]:
    """A program with a token of this person, and the token's id."""
    with portal.work(portal.actor(role)) as work:
        made = make_token(work, "Program", scopes, 30)
        return portal.client(None, Authorization=f"Bearer {made.secret}"), made.token.id or 0


def call(portal: Portal, client: TestClient, route: str, asset_id: int) -> Response:
    """The request on the state there is, which somebody else has read."""
    method, path = route.format(id=asset_id).split()
    tag = portal.client(Role.MARKETER).get(f"/api/v1/assets/{asset_id}").headers["etag"]
    return client.request(method, f"/api/v1{path}", json=BODIES.get(route), headers={"If-Match": tag})


def test_every_scope_is_covered() -> None:
    assert set(ALLOWED) == set(SCOPES)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_may_what_its_scope_says_and_nothing_else(portal: Portal, gate: int, scope: str) -> None:
    client, _ = program(portal, Role.MARKETER, scope)
    statuses = {route: call(portal, client, route, gate).status_code for routes in ALLOWED.values() for route in routes}
    assert {route for route, status in statuses.items() if status != 403} == ALLOWED[scope]
    assert all(status in (200, 201) for route, status in statuses.items() if route in ALLOWED[scope]), statuses


def test_a_token_may_no_more_than_its_person(portal: Portal, gate: int) -> None:
    client, _ = program(portal, Role.PARTNER, *SCOPES)
    assert [item["title"] for item in client.get("/api/v1/assets").json()["items"]] == ["Gate offer"]
    assert client.get(f"/api/v1/assets/{gate}").status_code == 404
    assert client.patch(f"/api/v1/assets/{gate}", json={"title": "Mine"}, headers={"If-Match": '"r1"'}).status_code == 403


def test_a_token_opens_no_page(portal: Portal, gate: int) -> None:
    client, _ = program(portal, Role.ADMIN, *SCOPES)
    for path in ("/", "/account", "/people", "/audit", f"/assets/{gate}"):
        assert client.get(path).status_code == 303, path


def test_revoked_wrong_and_missing_tokens_are_told_apart_from_nothing(portal: Portal, rep: TestClient, gate: int) -> None:
    client, token_id = program(portal, Role.REP, "assets:read")
    assert client.get("/api/v1/assets").status_code == 200
    with portal.work(portal.actor(Role.REP)) as work:
        revoke_token(work, token_id)
    for answer in (client.get("/api/v1/assets"), portal.client(None, Authorization="Bearer qv_none").get("/api/v1/assets")):
        assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")
    # a session beside a bad token lends it nothing
    assert rep.get("/api/v1/assets", headers={"Authorization": "Bearer qv_none"}).status_code == 401


def test_the_use_of_a_token_is_noted(portal: Portal, gate: int) -> None:
    client, _ = program(portal, Role.REP, "assets:read")
    browser = portal.client(Role.REP)
    assert "never used" in browser.get("/account").text
    client.get("/api/v1/assets")
    assert "never used" not in browser.get("/account").text


def as_curl_sends(portal: Portal, **headers: str) -> TestClient:
    """A client with nothing of a browser: neither Origin nor Sec-Fetch-Site."""
    bare = TestClient(portal.app, base_url=BASE_URL, headers=headers, follow_redirects=False)
    bare.portal = portal.first_client.portal
    return bare


@pytest.mark.usefixtures("gate")
def test_a_program_writes_without_headers_only_browsers_send(portal: Portal) -> None:
    with portal.work(portal.actor(Role.MARKETER)) as work:
        secret = make_token(work, "Program", SCOPES, 30).secret
    client = as_curl_sends(portal, Authorization=f"Bearer {secret}")
    assert client.post("/api/v1/questions", json={"text": "Where is the gate?"}).status_code == 201
    assert client.post("/api/v1/assets", files={"file": ("gate.md", b"# Gate\n\nIt is in the north.")}).status_code == 201


def test_a_word_of_a_token_lends_a_browser_from_elsewhere_nothing(portal: Portal) -> None:
    client = as_curl_sends(portal, Authorization="Bearer nothing", Origin="https://evil.example")
    client.cookies.set(cookie_name(portal.services.settings), portal.session_of(Role.MARKETER))
    assert client.post("/api/v1/questions", json={"text": "Where is the gate?"}).status_code == 401
    assert client.post("/account/sign-out-everywhere").status_code == 403
    del client.headers["Authorization"]
    assert client.post("/api/v1/questions", json={"text": "Where is the gate?"}).status_code == 403
