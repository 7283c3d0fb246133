"""Every failure is a sentence, as HTML or as problem JSON, and never a traceback."""

from collections.abc import Iterator

import pytest
from fastapi import APIRouter, Form, Query
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from app.core import errors
from app.core.errors import AppError
from app.identity.models import Role
from app.identity.rules import Permission
from app.settings import Settings
from app.web.deps import require
from tests.factories.portal import Portal, started

router = APIRouter(dependencies=[require(Permission.ACCOUNT)])
api = APIRouter(prefix="/api/test", dependencies=[require(Permission.ACCOUNT)])
KINDS = {kind.__name__: kind for kind in AppError.__subclasses__() if kind.__module__ == errors.__name__}
SECRET = "canary-4711"


@router.get("/test/raise/{name}")
@api.get("/raise/{name}")
def refuse(name: str) -> None:
    raise KINDS[name]("This is what happened. Do that next.")


@router.get("/test/fail")
@api.get("/fail")
def fail() -> None:
    raise ValueError(SECRET)


@router.get("/test/locked")
def locked() -> None:
    raise OperationalError("SELECT 1", {}, Exception("database is locked"))


@router.get("/test/number/{number}")
def number(number: int, page: int = Query(1)) -> int:
    return number + page


@router.post("/test/form")
@api.post("/form")
def form(amount: int = Form()) -> int:
    return amount


@pytest.fixture
def rep(settings: Settings) -> Iterator[TestClient]:
    with started(settings, router, api) as portal:
        yield portal.client(Role.REP)


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"SignInNeeded"}))
def test_known_errors_are_pages_and_problems(rep: TestClient, name: str) -> None:
    page = rep.get(f"/test/raise/{name}")
    assert page.status_code == KINDS[name].status
    assert "This is what happened. Do that next." in page.text
    assert 'aria-label="Main"' in page.text, "the shell stays"
    problem = rep.get(f"/api/test/raise/{name}")
    assert problem.status_code == KINDS[name].status
    assert problem.headers["content-type"] == "application/problem+json"
    told = problem.json()
    assert (told["status"], told["code"]) == (KINDS[name].status, KINDS[name].code)
    assert told["detail"] == "This is what happened. Do that next."
    assert told["request_id"] == problem.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/test/fail", "/api/test/fail"])
def test_unexpected_errors_give_a_number_and_no_detail(rep: TestClient, path: str) -> None:
    answer = rep.get(path)
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "What was saved before is safe" in answer.text
    for hidden in (SECRET, "Traceback", "ValueError", ".py"):
        assert hidden not in answer.text


def test_an_error_page_that_fails_is_still_an_answer(rep: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("app.web.errors.render", broken)
    answer = rep.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["x-request-id"] in answer.text
    assert SECRET not in answer.text


def test_a_busy_database_asks_to_try_again(rep: TestClient) -> None:
    answer = rep.get("/test/locked")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert "Nothing was changed. Try again" in answer.text


def test_a_path_of_the_wrong_shape_is_nothing_here(rep: TestClient) -> None:
    assert rep.get("/test/number/seven").status_code == 404
    assert rep.get("/test/number/7").json() == 8
    assert rep.get("/test/number/7?page=x").status_code == 422


def test_wrong_fields_are_named_but_not_repeated(rep: TestClient) -> None:
    page = rep.post("/test/form", data={"amount": SECRET})
    assert page.status_code == 422
    problem = rep.post("/api/test/form", data={"amount": SECRET})
    assert problem.json()["fields"][0]["field"] == "amount"
    for answer in (page, problem):
        assert SECRET not in answer.text


def test_programs_get_json_and_browsers_html(anonymous: TestClient) -> None:
    assert anonymous.get("/nowhere").headers["content-type"].startswith("text/html")
    for headers in ({"Accept": "application/json"}, {"Accept": "application/problem+json"}):
        assert anonymous.get("/nowhere", headers=headers).headers["content-type"] == "application/problem+json"
    both = {"Accept": "text/html,application/json"}
    assert anonymous.get("/nowhere", headers=both).headers["content-type"].startswith("text/html")


def test_who_is_not_signed_in_is_led_to_sign_in_or_told(portal: Portal, anonymous: TestClient) -> None:
    assert anonymous.get("/").headers["location"] == "/sign-in"
    part = anonymous.get("/account", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in?next=%2Faccount")
    assert anonymous.get("/account", headers={"Accept": "application/json"}).status_code == 401
    form = anonymous.post("/sign-out")
    assert (form.status_code, "Sign in" in form.text) == (401, True)


def test_wrong_methods_say_which_are_right(anonymous: TestClient) -> None:
    answer = anonymous.delete("/sign-in")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]
