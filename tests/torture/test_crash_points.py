"""The portal is stopped dead at each named step of an upload; what it promised is there when it starts again, and nothing else is."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import col, select

from app.core import outbox
from app.core.store import hash_file
from app.library.models import Reading, Version
from app.ops.portal import open_desk
from app.ops.worker import Worker
from app.search.jobs import find_differences
from app.settings import Settings
from tests.factories.library import add_released
from tests.factories.portal import started
from tests.torture.client import Client, NoAnswer, OpenRequests, sha256, wait_until
from tests.torture.server import Server
from tests.torture.uploads import Marketer, hire_marketer

CONTENT = b"# Yard gates\n\nLorries wait at the yard gate.\n"
# Where it dies, and whether the upload was in the database by then.
BEFORE_COMMIT = ("blob-synced", "blob-renamed", "before-commit-VersionUploaded")
AFTER_COMMIT = ("after-commit-VersionUploaded", "rows-claimed", "job-done-read_version")


@pytest.fixture
def server(data_dir: Path) -> Iterator[Server]:
    server = Server(data_dir)
    yield server
    server.kill()


def settings_of(server: Server, *, works: bool = False) -> Settings:
    return Settings(data_dir=server.data_dir, base_url=server.origin, secret_key=SecretStr("for tests only"), embedded_worker=works)


def prepare(server: Server) -> Marketer:
    """One released item, read and indexed, and somebody who uploads the next."""
    with open_desk(settings_of(server)) as desk:
        with desk.open_work() as work:
            add_released(work, "Already here")
            marketer = hire_marketer(work)
        Worker(desk).drain()
    return marketer


def upload_and_die(server: Server, marketer: Marketer, point: str) -> bool:
    """Upload to a portal that dies at this point; whether it acknowledged the file."""
    server.start(crash_at=point)
    try:
        answer = Client(server.port, marketer.session, OpenRequests()).upload("/upload/files", "yard-gates.md", CONTENT)
    except NoAnswer:
        return False
    finally:
        assert server.wait_for_death(30) == -signal.SIGKILL, "the crash point was never reached"
    assert answer.status == 201
    return True


def start_again(server: Server) -> list[Version]:
    """The whole portal once more, until nothing is left to do; the versions it has."""
    with started(settings_of(server, works=True)) as portal:

        def is_settled() -> bool:
            with portal.work(read_only=True) as work:
                return outbox.count_by_state(work.session).get("waiting", 0) == 0

        assert wait_until(is_settled, 60) is not None
    with open_desk(settings_of(server)) as desk:
        assert desk.index.ready and find_differences(desk) == []
        with desk.open_work(read_only=True) as work:
            return list(work.session.exec(select(Version).order_by(col(Version.id))).all())


@pytest.mark.parametrize("point", [*BEFORE_COMMIT, *AFTER_COMMIT])
def test_dying_at_any_step_breaks_no_promise(server: Server, point: str) -> None:
    marketer = prepare(server)
    acknowledged = upload_and_die(server, marketer, point)
    found = start_again(server)
    kept = [version for version in found if version.blob_sha256 == sha256(CONTENT)]
    assert len(found) == 1 + len(kept)
    assert len(kept) == (point in AFTER_COMMIT)
    assert len(kept) >= acknowledged, "what was acknowledged is there"
    assert [version.reading for version in found] == [Reading.DONE] * len(found)
    for version in found:
        file = server.data_dir / "blobs" / version.blob_sha256[:2] / version.blob_sha256
        assert hash_file(file) == version.blob_sha256
    assert list((server.data_dir / "blobs" / "incoming").iterdir()) == []
