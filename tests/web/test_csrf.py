"""Unsafe requests must come from our own pages; each case with the one that passes beside it."""

import pytest
from starlette.testclient import TestClient

from app.identity.models import Role
from app.settings import Settings
from tests.factories.portal import BASE_URL, Portal, started

ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
REFUSED = [
    ELSEWHERE,
    {"Sec-Fetch-Site": "same-site", "Origin": "http://other.testserver"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "http://testserver:8443"},
    {"Sec-Fetch-Site": "something-new"},
    {},
]
ACCEPTED = [
    {"Sec-Fetch-Site": "same-origin", "Origin": BASE_URL},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": BASE_URL},
]


def send(client: TestClient, headers: dict[str, str], path: str = "/account/sign-out-everywhere", method: str = "POST") -> int:
    for name in ("Origin", "Sec-Fetch-Site"):
        client.headers.pop(name, None)
    return client.request(method, path, headers=headers).status_code


@pytest.mark.parametrize("headers", REFUSED)
def test_requests_from_elsewhere_are_refused_and_change_nothing(rep: TestClient, headers: dict[str, str]) -> None:
    assert send(rep, headers) == 403
    assert rep.get("/account").status_code == 200


@pytest.mark.parametrize("headers", ACCEPTED)
def test_requests_of_our_pages_pass(rep: TestClient, headers: dict[str, str]) -> None:
    assert send(rep, headers) == 303
    assert rep.get("/account").status_code == 303


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/sign-in", "/theme", "/setup/x", "/nowhere", "/healthz"])
def test_every_unsafe_method_and_path_is_guarded(anonymous: TestClient, method: str, path: str) -> None:
    assert send(anonymous, {"Origin": "https://evil.example"}, path, method) == 403


def test_pages_may_be_opened_from_elsewhere(rep: TestClient) -> None:
    assert send(rep, {"Sec-Fetch-Site": "cross-site"}, "/account", "GET") == 200


def test_the_refusal_is_a_sentence(anonymous: TestClient) -> None:
    page = anonymous.post("/theme", headers=ELSEWHERE)
    assert "did not come from a page of this portal, so nothing was changed" in page.text
    assert "<html" in page.text
    told = anonymous.post("/theme", headers={**ELSEWHERE, "Accept": "application/json"}).json()
    assert (told["status"], told["code"]) == (403, "not_permitted")


def test_a_proxy_may_change_the_host_but_not_the_configured_address(settings: Settings) -> None:
    with started(settings.model_copy(update={"base_url": "https://portal.example.com/"})) as portal:
        behind = TestClient(portal.app, base_url="http://10.0.0.5:8000", follow_redirects=False)
        behind.portal = portal.first_client.portal
        behind.cookies.set("__Host-quiver", portal.session_of(Role.REP))
        assert send(behind, {"Origin": "https://evil.example"}) == 403
        assert send(behind, {"Origin": "https://portal.example.com"}) == 303


def test_the_app_itself_is_guarded_not_only_the_client(portal: Portal) -> None:
    bare = TestClient(portal.app, base_url=BASE_URL, follow_redirects=False)
    bare.portal = portal.first_client.portal
    assert bare.post("/theme", data={"theme": "dark"}).status_code == 403


@pytest.mark.parametrize("address", ["/setup/unknown", "/r/unknown/question"])
def test_forms_at_a_secret_address_pass_where_the_browser_hides_where_they_come_from(anonymous: TestClient, address: str) -> None:
    assert send(anonymous, {"Origin": "null"}, address) == 404
    assert send(anonymous, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, address) == 403
    assert send(anonymous, {}, address) == 403
