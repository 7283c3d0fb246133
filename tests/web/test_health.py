"""What load balancers and watchers are told, and that it is no more than words."""

from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from app.core import outbox
from app.library.events import AssetChanged
from app.ops import health
from app.ops.migrate import WrongSchema
from tests.factories.portal import Portal


def told(client: TestClient) -> dict[str, str]:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    body: dict[str, str] = answer.json()
    assert set(body.values()) <= {"ok", "degraded"}
    return body


def make_index(portal: Portal) -> None:
    portal.services.index.rebuild([])


def test_a_well_portal_is_ok(portal: Portal, anonymous: TestClient) -> None:
    make_index(portal)
    assert set(told(anonymous).values()) == {"ok"}
    assert anonymous.get("/healthz").headers["cache-control"] == "no-store"


def test_a_missing_index_degrades_but_does_not_stop_serving(anonymous: TestClient) -> None:
    assert (told(anonymous)["status"], told(anonymous)["index"]) == ("degraded", "degraded")
    assert anonymous.get("/readyz").status_code == 200, "the database answers questions meanwhile"


def test_a_full_disk_is_seen(portal: Portal, anonymous: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    make_index(portal)
    monkeypatch.setattr("app.ops.health.shutil.disk_usage", lambda _path: SimpleNamespace(free=health.DISK_FLOOR - 1))
    assert (told(anonymous)["status"], told(anonymous)["disk"]) == ("degraded", "degraded")


def test_dead_side_effects_are_seen(portal: Portal, anonymous: TestClient) -> None:
    make_index(portal)
    with portal.work() as work:
        work.record(AssetChanged(1))
        work.session.flush()
        outbox.bury(work.session, 1, "made up")
    assert (told(anonymous)["status"], told(anonymous)["side_effects"]) == ("degraded", "degraded")


def test_another_schema_is_not_ready(anonymous: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert anonymous.get("/readyz").json() == {"status": "ready"}

    def wrong(_engine: object) -> None:
        raise WrongSchema("made up")

    monkeypatch.setattr(health, "check_schema", wrong)
    answer = anonymous.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "starting"})


def test_a_database_that_does_not_answer_is_not_ready(anonymous: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "is_reachable", lambda _engine: False)
    assert anonymous.get("/readyz").status_code == 503
    assert told(anonymous)["database"] == "degraded"
