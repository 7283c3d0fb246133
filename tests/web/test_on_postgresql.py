"""The whole way from an upload to its answer on a real PostgreSQL."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from app.framework.actions import install_defaults
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import Role
from app.library import actions
from app.library.models import Asset
from app.library.queries import get_asset
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.ops.migrate import migrate
from app.settings import Settings
from tests.factories.library import add_released, asset_input
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
        asset_id = int(sent.json()["files"][0]["key"])
        with portal.work() as work:
            actions.edit_asset(work, asset_id, asset_input(work, "Crossing"), get_asset(work, asset_id).revision)
            actions.release(work, asset_id)
        portal.drain()

        answer = portal.client(Role.REP).get("/api/v1/ask", params={"q": "where is the zebra crossing?"}).json()

    assert [found["asset"]["id"] for found in answer["answers"]] == [asset_id]
    assert "gate two" in answer["answers"][0]["passage"]["text"]


def test_the_map_counts(tmp_path: Path, postgres_url: str) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url=postgres_url, base_url=BASE_URL, secret_key=SecretStr("for tests only"), embedded_worker=False
    )
    migrate(settings.url)
    with started(settings) as portal:
        with portal.work() as work:
            asset_id = add_released(work, "Crossing")
            twins = [add_released(work, f"Zebra {number}") for number in range(2)]
            for twin in twins:
                work.session.get_one(Asset, twin).twin_key = "same"
            stage, person = (list_values(work).by_facet(facet)[0] for facet in (Facet.STAGE, Facet.STAKEHOLDER))
            record_question(work, QuestionInput(text="Where is it?", facet_ids=[stage.id, person.id], asset_id=asset_id))
        rep, marketer = portal.client(Role.REP), portal.client(Role.MARKETER)
        rep.post("/context", data={"stage": stage.key, "stakeholder": person.key})
        rep.get(f"/assets/{asset_id}")
        portal.services.activity.flush()
        answer = marketer.post("/map/onboard/security", data={"needed": "no", "was": "yes"})
        assert answer.status_code == 303, answer.text
        pages = [rep.get(address).text for address in ("/", "/?by=step&count=questions")]
    assert "Economic buyer, Target: 2 items, 1 buyer question" in pages[0]
    assert "Economic buyer, Notices a problem: 2 items, 1 buyer question" in pages[1]
    assert all("Security and legal" in page and "not needed yet" in page and "Usually shown at this stage" in page for page in pages)
