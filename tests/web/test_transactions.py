"""The commit comes before the answer, a failure leaves nothing, readers cannot write, and writers wait their turn."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import create_engine, select
from starlette.concurrency import run_in_threadpool
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from app.core.db import open_engine, open_session
from app.core.errors import Conflict
from app.core.work import Work
from app.identity.actions import audit
from app.identity.models import AuditEntry, Role
from app.identity.rules import Permission
from app.main import create_app
from app.settings import Settings
from app.web.deps import ReadDep, WorkDep, require, write_work
from app.web.sessions import cookie_name
from tests.factories.portal import BASE_URL, SAME_ORIGIN, Portal, started

router = APIRouter(dependencies=[require(Permission.ACCOUNT)])


async def _late(request: Request) -> AsyncIterator[Work]:
    async with write_work(request) as work:
        yield work


# what a plain `yield` dependency does: it ends after the answer
LateWork = Annotated[Work, Depends(_late, scope="request")]


@router.post("/test/write")
def write(work: WorkDep) -> str:
    audit(work, "wrote", "test")
    return "written"


@router.post("/test/write-late")
def write_late(work: LateWork) -> str:
    audit(work, "wrote", "test")
    return "written"


@router.post("/test/write-async")
async def write_async(request: Request) -> str:
    async with write_work(request) as work:
        await run_in_threadpool(audit, work, "wrote", "test")
    return "written"


@router.post("/test/refuse")
def refuse(work: WorkDep) -> str:
    audit(work, "wrote", "test")
    work.session.flush()
    raise Conflict("Somebody was faster.")


@router.get("/test/read-and-write")
def write_while_reading(work: ReadDep) -> str:
    audit(work, "wrote", "test")
    work.session.flush()
    return "written"


@router.get("/test/read")
def read(work: ReadDep) -> int:
    return len(work.session.exec(select(AuditEntry)).all())


def count(database: Path) -> int:
    """Committed rows, as another process sees them."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM audit_entry WHERE verb = 'wrote'").fetchone()[0])


class CountAtAnswer:
    """Looks into the database from outside at the moment an answer begins to be sent."""

    def __init__(self, app: FastAPI, database: Path) -> None:
        self.app, self.database = app, database
        self.seen: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.seen.append(count(self.database))
            await send(message)

        await self.app(scope, receive, watch)


@pytest.mark.parametrize("path,committed", [("/test/write", 1), ("/test/write-async", 1), ("/test/write-late", 0)])
def test_the_commit_comes_before_the_answer(settings: Settings, path: str, committed: int) -> None:
    app = create_app(settings)
    app.include_router(router)
    watched = CountAtAnswer(app, settings.data_dir / "quiver.db")
    with TestClient(watched, base_url=BASE_URL, headers=SAME_ORIGIN) as client:
        client.cookies.set(cookie_name(settings), Portal(app, client).session_of(Role.REP))
        assert client.post(path).status_code == 200
        assert watched.seen == [committed], "the last case is the control: it must be seen uncommitted"
    assert count(settings.data_dir / "quiver.db") == 1


def test_a_refusal_leaves_nothing(settings: Settings) -> None:
    with started(settings, router) as portal:
        answer = portal.client(Role.REP).post("/test/refuse")
        assert (answer.status_code, "Somebody was faster." in answer.text) == (409, True)
    assert count(settings.data_dir / "quiver.db") == 0


def test_a_reader_cannot_write(settings: Settings) -> None:
    with started(settings, router) as portal:
        assert portal.client(Role.REP).get("/test/read-and-write").status_code == 500
        assert portal.client(Role.REP).post("/test/write").status_code == 200, "the connection is usable again"
    assert count(settings.data_dir / "quiver.db") == 1


def in_threads(number: int, work: Callable[[int], Any]) -> None:
    threads = [threading.Thread(target=work, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_many_requests_at_once_do_not_lock_each_other_out(settings: Settings) -> None:
    """More at the same moment than there are threads and connections: whoever has a turn must find a thread to go on."""
    paths = ["GET /test/read", "POST /test/write", "POST /test/write-async", "GET /test/read"] * 50

    async def burst() -> list[int]:
        headers = {**SAME_ORIGIN, "cookie": f"{cookie_name(settings)}={secret}"}
        async with AsyncClient(transport=ASGITransport(app=portal.app), base_url=BASE_URL, headers=headers) as client:
            answers = await asyncio.gather(*[client.request(*path.split()) for path in paths])
        return [answer.status_code for answer in answers]

    with started(settings, router) as portal:
        secret = portal.session_of(Role.REP)
        assert portal.first_client.portal is not None
        assert set(portal.first_client.portal.call(burst)) == {200}
    assert count(settings.data_dir / "quiver.db") == 100


def read_then_write(engine: Engine, failures: list[str]) -> Callable[[int], None]:
    def work(_index: int) -> None:
        for _ in range(15):
            try:
                with open_session(engine) as session:
                    rows = session.connection().exec_driver_sql("SELECT count(*) FROM counter").scalar()
                    session.connection().exec_driver_sql("UPDATE counter SET value = value + 1")
                    assert rows == 1
            except OperationalError as error:
                failures.append(str(error.orig))

    return work


def deferred_engine(url: str) -> Engine:
    """As ours, but BEGIN is left as SQLite has it."""
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 5.0}, pool_size=20)

    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=wal")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


@pytest.mark.parametrize("make,locked", [(open_engine, False), (deferred_engine, True)])
def test_writers_wait_instead_of_failing(tmp_path: Path, make: Callable[[str], Engine], locked: bool) -> None:
    engine = make(f"sqlite:///{tmp_path / 'counter.db'}")
    with open_session(engine) as session:
        session.connection().exec_driver_sql("CREATE TABLE counter (value INTEGER)")
        session.connection().exec_driver_sql("INSERT INTO counter VALUES (0)")
    failures: list[str] = []
    in_threads(8, read_then_write(engine, failures))
    with open_session(engine) as session:
        done = session.connection().exec_driver_sql("SELECT value FROM counter").scalar()
    engine.dispose()
    assert done == 8 * 15 - len(failures)
    assert bool(failures) is locked, "the second case is the control: deferred, some must fail"
    assert all("locked" in failure for failure in failures)
