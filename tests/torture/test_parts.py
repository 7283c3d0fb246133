"""A file that comes in parts, cut by a broken connection or a dead server: what is there stays, the rest follows, and it ends up once."""

import http.client
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from app.core.store import hash_file
from app.library.models import Version
from app.library.queries.uploads import has_bytes
from app.ops.portal import open_desk
from tests.torture.client import sha256, wait_until
from tests.torture.server import Server
from tests.torture.test_crash_points import prepare, settings_of, start_again
from tests.torture.uploads import Marketer

CONTENT = b"# Yard gates\n\n" + b"Lorries wait at the yard gate.\n" * 20_000
HALF = len(CONTENT) // 2
# Where it dies, and whether the file is a draft by then without anybody asking again.
POINTS = {
    "part-written": False,
    "part-synced": False,
    "blob-synced": False,
    "blob-renamed": False,
    "before-commit-VersionUploaded": False,
    "after-commit-VersionUploaded": True,
}


@pytest.fixture
def server(data_dir: Path) -> Iterator[Server]:
    server = Server(data_dir)
    yield server
    server.kill()


class Gone(Exception):
    """The server went away before it answered."""


class Sender:
    """Sends as the page's script does."""

    def __init__(self, server: Server, marketer: Marketer) -> None:
        self._server = server
        self._session = marketer.session

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/octet-stream") -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        try:
            connection.request(method, path, body, {**self.headers(), "Content-Type": kind})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException) as error:
            raise Gone from error
        finally:
            connection.close()

    def headers(self) -> dict[str, str]:
        origin = self._server.origin
        return {"Cookie": f"quiver={self._session}", "Origin": origin, "Sec-Fetch-Site": "same-origin", "Accept": "application/json"}

    def begin(self, name: str = "yard-gates.md", size: int = len(CONTENT)) -> str:
        body = urlencode({"name": name, "size": size}).encode()
        status, told = self.ask("POST", "/upload/incoming", body, "application/x-www-form-urlencoded")
        assert status == 201, told
        return str(told["key"])

    def here(self, key: str) -> int:
        return int(self.ask("GET", f"/upload/incoming/{key}")[1]["offset"])

    def go_on(self, key: str) -> tuple[int, Any]:
        """Send what is missing and finish."""
        offset = self.here(key)
        if offset < len(CONTENT):
            assert self.ask("POST", f"/upload/incoming/{key}/parts?offset={offset}", CONTENT[offset:])[0] == 200
        return self.ask("POST", f"/upload/incoming/{key}/finish")

    def cut_off(self, key: str, content: bytes, sent: int) -> None:
        """Announce a whole part, send some of it, and let the line break."""
        head = f"POST /upload/incoming/{key}/parts?offset=0 HTTP/1.1\r\nHost: 127.0.0.1:{self._server.port}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in self.headers().items()) + f"Content-Length: {len(content)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self._server.port)) as line:
            line.sendall(head.encode() + content[:sent])
            wait_until(lambda: self.here(key) == sent, 20)


def kept(versions: list[Version]) -> list[Version]:
    return [version for version in versions if version.blob_sha256 == sha256(CONTENT)]


def leftovers(server: Server) -> list[Path]:
    blobs = server.data_dir / "blobs"
    return [*(blobs / "partial").iterdir(), *(blobs / "incoming").iterdir()]


def test_a_cut_connection_costs_nothing_that_had_come(server: Server) -> None:
    marketer = prepare(server)
    server.start()
    sender = Sender(server, marketer)
    key = sender.begin()
    sender.cut_off(key, CONTENT, HALF)
    assert sender.here(key) == HALF
    assert wait_until(lambda: sender.ask("POST", f"/upload/incoming/{key}/parts?offset={HALF}", CONTENT[HALF:])[0] == 200, 20) is not None
    status, told = sender.ask("POST", f"/upload/incoming/{key}/finish")
    assert (status, [file["name"] for file in told["files"]]) == (201, ["yard-gates.md"])
    server.stop()
    assert len(kept(start_again(server))) == 1 and leftovers(server) == []


@pytest.mark.parametrize("point", POINTS)
def test_dying_at_any_step_of_a_file_in_parts_breaks_no_promise(server: Server, point: str) -> None:
    marketer = prepare(server)
    server.start()
    key = Sender(server, marketer).begin()
    assert Sender(server, marketer).ask("POST", f"/upload/incoming/{key}/parts?offset=0", CONTENT[:HALF])[0] == 200
    server.stop()
    server.start(crash_at=point)
    with pytest.raises(Gone):
        Sender(server, marketer).go_on(key)
    assert server.wait_for_death(30) == -signal.SIGKILL, "the crash point was never reached"
    with open_desk(settings_of(server)) as desk, desk.open_work(read_only=True) as work:
        assert has_bytes(work, sha256(CONTENT)) == POINTS[point]
    server.start()
    sender = Sender(server, marketer)
    assert HALF <= sender.here(key) <= len(CONTENT), "what was acknowledged is there"
    status, told = sender.go_on(key)
    assert status == 201 and len(told["files"]) == 1
    assert sender.go_on(key) == (status, told), "asking again gives the same answer"
    server.stop()
    found = kept(start_again(server))
    assert [version.asset_id for version in found] == [int(told["files"][0]["key"])]
    assert hash_file(server.data_dir / "blobs" / sha256(CONTENT)[:2] / sha256(CONTENT)) == sha256(CONTENT)
    assert leftovers(server) == []
