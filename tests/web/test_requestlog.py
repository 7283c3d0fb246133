"""The log: one line for each request with its number, and nothing that is secret or private in any line."""

import io
import json
import logging
from collections.abc import Iterator

import anyio
import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from app.core.logs import configure_logs
from app.identity import actions
from app.identity.models import NewUser, Role
from app.settings import Settings
from app.web.errors import LastResort
from app.web.requestlog import loggable_path
from tests.factories.people import PASSWORD, add_user
from tests.factories.portal import Portal, started


@pytest.fixture
def written(settings: Settings) -> Iterator[tuple[Portal, io.StringIO]]:
    """A portal that logs as in production, and what it wrote."""
    with started(settings.model_copy(update={"log_format": "json"})) as portal:
        stream = io.StringIO()
        handler = logging.getLogger().handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        yield portal, stream
    configure_logs(settings)


def lines(stream: io.StringIO, event: str) -> list[dict[str, object]]:
    found = [json.loads(line) for line in stream.getvalue().splitlines() if line.startswith("{")]
    return [line for line in found if line["event"] == event]


def test_each_request_has_one_line_with_its_number(written: tuple[Portal, io.StringIO]) -> None:
    portal, stream = written
    answer = portal.client(Role.REP).get("/account")
    (line,) = lines(stream, "request")
    assert (line["method"], line["path"], line["status"], line["level"]) == ("GET", "/account", 200, "info")
    assert line["request_id"] == answer.headers["x-request-id"]


def test_no_secret_and_no_question_is_written(written: tuple[Portal, io.StringIO]) -> None:
    portal, stream = written
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # the test's own client logs whole addresses
    with portal.work() as work:
        add_user(work, Role.REP, password=PASSWORD)
        token = actions.create_user(work, NewUser(email="new@example.com", name="New", role=Role.REP)).token
    client = portal.client()
    client.post("/sign-in", data={"email": "rep@example.com", "password": "wrong but secret"})
    client.post("/sign-in", data={"email": "rep@example.com", "password": PASSWORD})
    session = client.cookies["quiver"]
    client.get("/ask?q=takeover+of+acme")
    client.get("/nowhere?q=takeover")
    client.get(f"/setup/{token}")
    client.post(f"/setup/{token}", data={"password": "yet another sentence"})
    text = stream.getvalue()
    assert len(lines(stream, "request")) == 6
    assert lines(stream, "sign_in_failed")
    for secret in ("wrong but secret", PASSWORD, session, token, "takeover", "yet another", "rep@example.com"):
        assert secret not in text


def test_a_traceback_comes_without_values(written: tuple[Portal, io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    portal, stream = written

    def broken(*_: object) -> None:
        password = "secret in a variable"
        raise RuntimeError(f"broken {len(password)}")

    client = portal.client(Role.REP)
    monkeypatch.setattr("app.pages.account.queries.list_sessions", broken)
    assert client.get("/account").status_code == 500
    (line,) = lines(stream, "request_failed")
    assert "RuntimeError: broken 20" in str(line["exception"])
    assert "secret in a variable\n" not in str(line["exception"]).replace('password = "secret in a variable"\n', "")


@pytest.mark.parametrize("path,logged", [("/setup/abc123", "/setup/..."), ("/setup/abc/def", "/setup/.../def"), ("/account", "/account")])
def test_secrets_in_addresses_are_left_out(path: str, logged: str) -> None:
    assert loggable_path(path) == logged


def test_who_went_on_before_everything_was_sent_leaves_no_fault_in_the_log(written: tuple[Portal, io.StringIO]) -> None:
    """A form asked for while typing is dropped by the browser when the next one is sent."""

    async def reads_the_form(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/assets/1/model/preview", "headers": [], "query_string": b""}
    anyio.run(LastResort(reads_the_form), scope, gone, keep)
    (line,) = lines(written[1], "left_meanwhile")
    assert line["level"] == "info" and not lines(written[1], "request_failed")
    assert not sent
