"""Security headers on every kind of answer; a request number on each; static files kept for ever."""

from collections.abc import Iterator

import pytest
from fastapi import APIRouter, Response
from starlette.testclient import TestClient

from app.core.icons import STATIC
from app.core.templating import static
from app.identity.models import Role
from app.identity.rules import Permission
from app.settings import Settings
from app.web.deps import require
from app.web.headers import CONTENT_SECURITY_POLICY
from tests.factories.portal import Portal, started

router = APIRouter()
SANDBOX = "sandbox; default-src 'none'"


@router.get("/test/fails", dependencies=[require(Permission.ACCOUNT)])
def fail() -> None:
    raise ZeroDivisionError("hidden detail")


@router.get("/test/file", dependencies=[require(Permission.ACCOUNT)])
def own_policy() -> Response:
    return Response("x", headers={"Content-Security-Policy": SANDBOX, "Cache-Control": "no-store"})


@pytest.fixture
def rep(settings: Settings) -> Iterator[TestClient]:
    with started(settings, router) as portal:
        yield portal.client(Role.REP)


def test_the_icon_browsers_ask_for_by_themselves_is_there(anonymous: TestClient) -> None:
    answer = anonymous.get("/favicon.ico", follow_redirects=True)
    assert (answer.status_code, answer.url.path, answer.headers["content-type"]) == (200, "/static/icon.svg", "image/svg+xml")


@pytest.mark.parametrize(
    "path,status",
    [
        ("/account", 200),
        ("/sign-in", 303),
        ("/nowhere", 404),
        ("/upload", 403),
        ("/test/fails", 500),
        ("/static/quiver.css", 200),
        ("/static/nothing.css", 404),
        ("/healthz", 200),
    ],
)
def test_every_answer_carries_them(rep: TestClient, path: str, status: int) -> None:
    answer = rep.get(path)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "strict-transport-security" not in answer.headers, "plain http must not pin itself to https"
    assert len(answer.headers["x-request-id"]) == 16


def test_refused_posts_and_too_large_ones_carry_them(rep: TestClient) -> None:
    for answer, status in (
        (rep.post("/account", data={}), 405),
        (rep.post("/theme", headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}), 403),
        (rep.post("/theme", data={"theme": "x" * 1_100_000}), 413),
    ):
        assert answer.status_code == status
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(
    "part",
    ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"],
)
def test_the_policy_allows_nothing_inline_and_nobody_else(part: str) -> None:
    assert part in CONTENT_SECURITY_POLICY.split("; ")
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


def test_a_stricter_policy_of_a_route_stays(rep: TestClient) -> None:
    answer = rep.get("/test/file")
    assert answer.headers.get_list("content-security-policy") == [SANDBOX]
    assert answer.headers.get_list("cache-control") == ["no-store"]


def test_https_is_pinned_where_people_use_it(settings: Settings) -> None:
    with started(settings.model_copy(update={"base_url": "https://portal.example.com"})) as portal:
        assert portal.client().get("/sign-in").headers["strict-transport-security"].startswith("max-age=31536000")


def test_pages_are_personal_and_static_files_kept(portal: Portal, anonymous: TestClient) -> None:
    assert anonymous.get("/sign-in").headers["cache-control"] == "private, no-cache"
    address = static("quiver.css")
    assert anonymous.get(address).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert anonymous.get("/static/quiver.css").headers["cache-control"] == "public, no-cache"


def test_the_address_of_a_static_file_follows_its_bytes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path_factory.mktemp("static")
    monkeypatch.setattr("app.core.templating.STATIC", folder)
    (folder / "a.css").write_text("one")
    first = static("a.css")
    (folder / "a.css").write_text("another")
    assert first != static("a.css")
    assert STATIC.name == "static"


def test_static_files_stay_in_their_folder(anonymous: TestClient) -> None:
    assert anonymous.get("/static/..%2fmain.py").status_code == 404
    assert anonymous.get("/static/%2e%2e/settings.py").status_code == 404
