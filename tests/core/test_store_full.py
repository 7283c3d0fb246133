"""A full disk: writes are told 507, reading goes on, nothing acknowledged is lost, and it heals without a restart."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from app.identity.models import Role
from app.library.queries import list_asset_ids
from tests.factories.library import add_released
from tests.factories.portal import Portal

JSON = {"Accept": "application/json"}
FILE = {"files": ("yard.md", b"# Yard\n\nLorries wait.\n")}


@pytest.fixture
def asset_id(portal: Portal) -> int:
    with portal.work() as work:
        return add_released(work, "Kept before")


@pytest.fixture
def full_disk(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """New files land on the device that has never room."""
    incoming = portal.services.settings.data_dir / "blobs" / "incoming"

    def make(**_named: object) -> tuple[int, str]:
        return os.open("/dev/full", os.O_WRONLY), str(incoming / "upload-never-written")

    with monkeypatch.context() as patch:
        patch.setattr("app.core.store.mkstemp", make)
        yield patch


def reading_works(client: TestClient, asset_id: int) -> bool:
    addresses = (f"/assets/{asset_id}", f"/assets/{asset_id}/file", "/ask?q=kept", f"/api/v1/assets/{asset_id}", "/healthz")
    return all(client.get(address).status_code == 200 for address in addresses)


def test_no_room_for_files(portal: Portal, asset_id: int, full_disk: pytest.MonkeyPatch) -> None:
    marketer = portal.client(Role.MARKETER)
    answers = [
        marketer.post("/upload/files", files=FILE, headers=JSON),
        marketer.post(f"/assets/{asset_id}/versions", files=FILE, headers=JSON),
    ]
    assert [answer.status_code for answer in answers] == [507, 507]
    assert all("disk is full" in answer.json()["detail"] for answer in answers)
    assert reading_works(marketer, asset_id)
    with portal.work(read_only=True) as work:
        assert list_asset_ids(work) == [asset_id]
    full_disk.undo()
    assert marketer.post("/upload/files", files=FILE, headers=JSON).status_code == 201
    assert list((portal.services.settings.data_dir / "blobs" / "incoming").iterdir()) == []


@contextmanager
def database_without_room(engine: Engine) -> Iterator[None]:
    """SQLite may not add a page, which it tells as it tells a full disk."""
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection: Any, *_rest: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    def free(connection: Any, *_rest: Any) -> None:
        connection.execute("PRAGMA max_page_count=1000000")

    event.listen(engine, "checkout", limit)
    event.listen(engine, "checkin", free)
    try:
        yield
    finally:
        event.remove(engine, "checkout", limit)


def record_question(client: TestClient, number: int) -> httpx2.Response:
    return client.post("/questions/new", data={"text": f"Question {number} {'x' * 200}"}, headers=JSON)


def test_no_room_in_the_database(portal: Portal, asset_id: int) -> None:
    marketer = portal.client(Role.MARKETER)
    kept = 0
    with database_without_room(portal.services.engine):
        while (answer := record_question(marketer, kept)).status_code == 303 and kept < 100:
            kept += 1
        assert answer.status_code == 507
        assert "disk is full" in answer.json()["detail"]
        assert reading_works(marketer, asset_id)
    assert marketer.post("/questions/new", data={"text": "Is there room again?"}).status_code == 303
    with portal.work(read_only=True) as work:
        found = work.session.connection().exec_driver_sql("SELECT count(*) FROM buyer_question").scalar()
    assert found == kept + 1, "what was acknowledged is there, what was refused is not"
