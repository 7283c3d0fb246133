"""Heads of requests are bounded in size and time, over a real connection; what follows a head is not touched."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from app.web import wire
from app.web.wire import HEAD_BYTES, BoundedHttp

SLOW_SECONDS = 0.3


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the number of bytes of the body; `/slow` takes longer than a head may."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    if scope["path"] == "/slow":
        await asyncio.sleep(3 * SLOW_SECONDS)
    answer = str(size).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(answer)).encode())]})
    await send({"type": "http.response.body", "body": answer})


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(echo, http=BoundedHttp, lifespan="off", log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def exchange(port: int, *pieces: bytes, until_closed: bool = True) -> bytes:
    """Everything that comes back until the portal ends the connection (or after one answer)."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire_end:
        got = b""
        for piece in pieces:
            wire_end.sendall(piece)
        while part := wire_end.recv(65536):
            got += part
            if not until_closed:
                break
        return got


BEGIN = b"GET / HTTP/1.1\r\nHost: portal\r\n"
TOO_MUCH = BEGIN + b"X: " + b"a" * HEAD_BYTES + b"\r\nX: "  # a header is counted when the next one begins


def test_a_large_head_passes_up_to_the_limit(port: int) -> None:
    assert exchange(port, BEGIN + b"X: " + b"a" * (HEAD_BYTES - 100) + b"\r\n\r\n", until_closed=False).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "pieces",
    [
        (BEGIN + b"X: " + b"a" * HEAD_BYTES + b"\r\n\r\n",),
        (BEGIN, *(b"X: " + b"a" * 1000 + b"\r\n" for _ in range(100)), b"\r\n"),
        (b"GET /" + b"a" * (HEAD_BYTES + 1) + b" HTTP/1.1\r\n\r\n",),
    ],
)
def test_more_is_refused_in_a_sentence(port: int, pieces: tuple[bytes, ...]) -> None:
    told = exchange(port, *pieces)
    assert told.startswith(b"HTTP/1.1 431")
    assert told.endswith(wire.TOO_LARGE)


def test_the_refusal_can_be_read_by_who_is_still_sending(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire_end:
        wire_end.sendall(TOO_MUCH)
        for _ in range(2):
            time.sleep(SLOW_SECONDS)  # long enough for a portal that closed to have reset the connection
            wire_end.sendall(b"a" * 10_000)
        told = wire_end.recv(65536)
        assert told.startswith(b"HTTP/1.1 431")
        assert wire_end.recv(65536) == b""


def test_after_a_refusal_nobody_is_listened_to_for_long(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "REST_SECONDS", SLOW_SECONDS)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire_end:
        wire_end.sendall(TOO_MUCH)
        time.sleep(3 * SLOW_SECONDS)
        wire_end.sendall(b"a")
        time.sleep(SLOW_SECONDS)
        with pytest.raises(ConnectionError):
            wire_end.sendall(b"a")


@pytest.mark.parametrize(
    "pieces",
    [
        (b"POST / HTTP/1.1\r\nHost: portal\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n0\r\n" + TOO_MUCH[len(BEGIN) :]),
        (b"GET /slow HTTP/1.1\r\nHost: portal\r\n\r\n", TOO_MUCH),
    ],
    ids=["after the body", "behind a request"],
)
def test_too_much_while_an_answer_is_made_ends_the_connection(
    port: int, pieces: tuple[bytes, ...], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire_end:
        wire_end.sendall(b"".join(pieces))
        told = b"".join(iter(lambda: wire_end.recv(65536), b""))
        time.sleep(5 * SLOW_SECONDS)  # the answer of before is made meanwhile, and must fail nowhere
    assert told.count(b"HTTP/1.1") == told.count(b"HTTP/1.1 431") == 1
    assert not [record for record in caplog.records if record.exc_info]


def test_a_header_that_never_ends_ends_the_connection(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire_end:
        wire_end.sendall(BEGIN + b"X: ")
        with pytest.raises(ConnectionError):
            wire_end.sendall(b"a" * (2000 * 65536))


def test_a_body_may_be_larger_than_a_head(port: int) -> None:
    body = b"b" * (8 * HEAD_BYTES)
    told = exchange(port, b"POST / HTTP/1.1\r\nHost: portal\r\nContent-Length: %d\r\n\r\n" % len(body), body, until_closed=False)
    assert told.endswith(str(len(body)).encode())


@pytest.mark.parametrize("begun", [b"", b"GET / HT", BEGIN, b"\r\n\r\n"])
def test_a_head_that_does_not_come_ends_the_connection(port: int, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", SLOW_SECONDS)
    assert exchange(port, begun) == b""


def test_the_next_head_must_come_too(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", SLOW_SECONDS)
    assert exchange(port, BEGIN + b"\r\n", BEGIN).count(b"HTTP/1.1") == 1


def test_a_slow_answer_is_waited_for(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", SLOW_SECONDS)
    assert exchange(port, b"GET /slow HTTP/1.1\r\nHost: portal\r\n\r\n").startswith(b"HTTP/1.1 200")
