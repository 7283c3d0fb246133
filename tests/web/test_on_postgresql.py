"""The whole way from an upload to its answer on a real PostgreSQL."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from app.framework.actions import install_defaults
from app.identity.models import Role
from app.library import actions
from app.library.queries import get_asset
from app.ops.migrate import migrate
from app.settings import Settings
from tests.factories.library import asset_input
from tests.factories.portal import BASE_URL, started

pytestmark = pytest.mark.postgres


def test_upload_to_answer(tmp_path: Path, postgres_url: str) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url=postgres_url, base_url=BASE_URL, secret_key=SecretStr("for tests only"), embedded_worker=False
    )
    migrate(settings.url)
    with started(settings) as portal:
        with portal.work() as work:
            install_defaults(work)
        files = {"file": ("crossing.md", b"# Crossing\n\nThe zebra crossing is at gate two.", "text/markdown")}
        sent = portal.client(Role.MARKETER).post("/upload/files", files=files, headers={"Accept": "application/json"})
        assert sent.status_code == 201
        asset_id = int(sent.json()["key"])
        with portal.work() as work:
            actions.edit_asset(work, asset_id, asset_input(work, "Crossing"), get_asset(work, asset_id).revision)
            actions.release(work, asset_id)
        portal.drain()

        answer = portal.client(Role.REP).get("/api/v1/ask", params={"q": "where is the zebra crossing?"}).json()

    assert [found["asset"]["id"] for found in answer["answers"]] == [asset_id]
    assert "gate two" in answer["answers"][0]["passage"]["text"]
