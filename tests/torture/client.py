"""A marketer's browser for the kill test: sends real multipart uploads and knows whether a request is open."""

import hashlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

BOUNDARY = "kill-test-boundary-7f3a"
PIECE = 64 * 1024


class NoAnswer(Exception):
    """The portal went away before it answered."""


@dataclass(frozen=True)
class Answer:
    """A whole answer of the portal."""

    status: int
    location: str
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class OpenRequests:
    """How many requests are on the wire at this moment, over all clients; `sent` is set when a body has just gone out whole."""

    def __init__(self) -> None:
        self.sent = threading.Event()
        self._lock = threading.Lock()
        self._began: dict[int, float] = {}
        self._broken: list[float] = []

    def begin(self, client: int) -> None:
        with self._lock:
            self._began[client] = time.monotonic()

    def end(self, client: int, *, answered: bool) -> None:
        with self._lock:
            began = self._began.pop(client, None)
            if began is not None and not answered:
                self._broken.append(began)

    def broken_before(self, moment: float) -> int:
        """Requests that had begun at this moment and never got their answer; forgets the others."""
        with self._lock:
            broken, self._broken = self._broken, []
        return sum(began < moment for began in broken)


class Client:
    """One connection at a time, signed in by a session cookie."""

    def __init__(self, port: int, session: str, requests: OpenRequests) -> None:
        self._port = port
        self._headers = {
            "Cookie": f"quiver={session}",
            "Origin": f"http://127.0.0.1:{port}",
            "Sec-Fetch-Site": "same-origin",
            "Accept": "application/json",
        }
        self._requests = requests

    def get(self, path: str) -> Answer:
        """Fetch a page, file or API answer."""
        return self._exchange("GET", path, {}, 0, iter(()))

    def post(self, path: str, fields: list[tuple[str, str]]) -> Answer:
        """Send a form."""
        body = urlencode(fields).encode()
        return self._exchange("POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, len(body), iter((body,)))

    def upload(self, path: str, file_name: str, content: bytes) -> Answer:
        """Send one file as a browser's form does, piece by piece."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{file_name}"\r\n\r\n'.encode()
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()

        def pieces() -> Iterator[bytes]:
            yield head
            for start in range(0, len(content), PIECE):
                yield content[start : start + PIECE]
            yield tail

        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self._exchange("POST", path, kind, len(head) + len(content) + len(tail), pieces())

    def _exchange(self, method: str, path: str, headers: dict[str, str], length: int, pieces: Iterator[bytes]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        answered = False
        try:
            connection.connect()
            connection.putrequest(method, path)
            for name, value in {**self._headers, **headers, "Content-Length": str(length)}.items():
                connection.putheader(name, value)
            connection.endheaders()
            self._requests.begin(id(self))
            for piece in pieces:
                connection.send(piece)
            self._requests.sent.set()
            answer = _read(connection.getresponse())
            answered = True
            return answer
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(type(error).__name__) from error
        finally:
            self._requests.end(id(self), answered=answered)
            connection.close()


def _read(response: http.client.HTTPResponse) -> Answer:
    return Answer(response.status, response.getheader("Location", ""), response.read())


def sha256(content: bytes) -> str:
    """The address of these bytes in the store."""
    return hashlib.sha256(content).hexdigest()


def wait_until(condition: Callable[[], bool], seconds: float) -> float | None:
    """Seconds until the condition held, asked again and again; None when it never did."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if condition():
            return time.monotonic() - begun
        time.sleep(0.05)
    return None
