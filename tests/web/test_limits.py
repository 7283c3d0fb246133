"""How large and how slow a request may be, with and without a declared length."""

import asyncio
from collections.abc import Iterator

import pytest
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from app.identity.models import Role
from app.identity.rules import Permission
from app.settings import Settings
from app.web.deps import COUNTS_ITS_OWN_BYTES, require
from app.web.limits import FORM_BYTES, BodyLimits
from tests.factories.portal import started

router = APIRouter(dependencies=[require(Permission.ACCOUNT)])


@router.post("/test/upload", max_body_size=COUNTS_ITS_OWN_BYTES)
@router.post("/test/body")
async def read_body(request: Request) -> int:
    return sum([len(chunk) async for chunk in request.stream()])


@pytest.fixture
def rep(settings: Settings) -> Iterator[TestClient]:
    with started(settings, router) as portal:
        yield portal.client(Role.REP)


def chunks(size: int) -> Iterator[bytes]:
    """A body without a declared length."""
    while size > 0:
        yield b"x" * min(size, 65536)
        size -= 65536


def test_a_form_holds_a_megabyte(rep: TestClient) -> None:
    assert rep.post("/test/body", content=b"x" * FORM_BYTES).json() == FORM_BYTES
    assert rep.post("/test/body", content=chunks(FORM_BYTES)).json() == FORM_BYTES


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("path", ["/test/body", "/theme", "/sign-in"])
def test_more_is_refused_with_a_sentence(rep: TestClient, path: str, declared: bool) -> None:
    size = FORM_BYTES + 1
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = rep.post(path, content=b"x" * size if declared else chunks(size), headers=headers)
    assert answer.status_code == 413
    assert "Nothing was kept" in answer.text


def test_upload_routes_count_for_themselves(rep: TestClient) -> None:
    assert rep.post("/test/upload", content=chunks(5 * FORM_BYTES)).json() == 5 * FORM_BYTES


def serve(messages: list[tuple[float, Message]], reads: int) -> list[Message]:
    """Let the middleware's app read so many messages, each coming after its delay in seconds."""
    got: list[Message] = []
    coming = iter(messages)

    async def receive() -> Message:
        delay, message = next(coming)
        await asyncio.sleep(delay)
        return message

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        for _ in range(reads):
            got.append(await receive())

    async def send(_message: Message) -> None:
        return None

    asyncio.run(BodyLimits(app, seconds=0.1)({"type": "http", "headers": []}, receive, send))
    return got


def part(more: bool) -> Message:
    return {"type": "http.request", "body": b"x", "more_body": more}


def test_a_body_that_stops_coming_is_given_up() -> None:
    with pytest.raises(HTTPException) as caught:
        serve([(0.0, part(more=True)), (5.0, part(more=False))], reads=2)
    assert caught.value.status_code == 408


def test_a_slow_but_steady_body_and_a_long_wait_after_it_are_fine() -> None:
    steady = [(0.05, part(more=True)), (0.05, part(more=True)), (0.05, part(more=False))]
    assert len(serve([*steady, (0.3, {"type": "http.disconnect"})], reads=4)) == 4
