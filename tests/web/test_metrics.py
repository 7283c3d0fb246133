"""/metrics counts by route, for whoever may, and never says anybody's words; HEAD answers like GET without a body."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlmodel import select
from starlette.testclient import TestClient

from app.activity.models import ActivityEntry
from app.identity.models import Role
from app.settings import Settings
from tests.factories.library import add_released
from tests.factories.portal import BASE_URL, Portal, started

TOKEN = "a-token-of-the-metrics"
CANARY = "xylophone"


@pytest.fixture
def watched(data_dir: Path) -> Iterator[Portal]:
    """A portal whose metrics have a token."""
    secret = SecretStr("for tests only")
    with started(
        Settings(data_dir=data_dir, base_url=BASE_URL, secret_key=secret, embedded_worker=False, metrics_token=SecretStr(TOKEN))
    ) as portal:
        yield portal


def read(client: TestClient, **headers: str) -> dict[tuple[str, ...], float]:
    """Samples by name and labels, without the process."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {
        (sample.name, *(value for label, value in sorted(sample.labels.items()) if label != "process")): sample.value
        for family in families
        for sample in family.samples
    }


def test_requests_are_counted_by_route_and_status(portal: Portal, admin: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, f"{CANARY} guide")
    portal.drain()
    before = read(admin)
    rep = portal.client(Role.REP)
    for path in (f"/assets/{asset_id}", f"/assets/{asset_id}?q={CANARY}", "/assets/999999", f"/nowhere/{CANARY}", f"/ask?q={CANARY}"):
        rep.get(path)
    after = read(admin)

    def grown(*key: str) -> float:
        return after.get(("quiver_requests_total", *key), 0) - before.get(("quiver_requests_total", *key), 0)

    assert grown("GET", "/assets/{asset_id}", "200") == 2
    assert grown("GET", "/assets/{asset_id}", "404") == 1
    assert grown("GET", "none", "404") == 1
    assert grown("GET", "/ask", "200") == 1
    assert after[("quiver_request_seconds_count", "/ask")] >= 1
    assert (after[("quiver_index_items",)], after[("quiver_index_ready",)], after[("quiver_jobs", "dead")]) == (1, 1, 0)
    assert after[("quiver_store_bytes",)] > 0


def test_labels_hold_nobodys_words(portal: Portal, admin: TestClient) -> None:
    admin.get(f"/setup/{CANARY}")
    admin.get(f"/{CANARY}")
    admin.request(CANARY.upper(), "/ask")
    told = admin.get("/metrics").text
    assert CANARY not in told.lower() and "example.com" not in told
    assert 'route="/setup/{token}"' in told and 'method="other"' in told
    labels = set(re.findall(r"(\w+)=\"", told))
    assert labels == {"process", "method", "route", "status", "state", "le"}


def test_the_token_opens_metrics_and_nothing_else(watched: Portal) -> None:
    anonymous = watched.client()
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert ("quiver_jobs", "waiting") in read(anonymous, **bearer)
    for wrong in ("", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN):
        assert anonymous.get("/metrics", headers={"Authorization": wrong, "Accept": "application/json"}).status_code == 401, wrong
    assert anonymous.get("/operations", headers={**bearer, "Accept": "application/json"}).status_code == 401
    assert watched.client(Role.MANAGER).get("/metrics").status_code == 403


def test_without_a_token_in_the_settings_none_opens(portal: Portal) -> None:
    for given in ("Bearer ", "Bearer x", "Bearer  "):
        answer = portal.client().get("/metrics", headers={"Authorization": given, "Accept": "application/json"})
        assert answer.status_code == 401, given


def test_head_answers_like_get_and_leaves_no_trace(portal: Portal) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Dock guide")
    rep = portal.client(Role.REP)
    for path in ("/", "/ask?q=dock", f"/assets/{asset_id}", f"/assets/{asset_id}/file", "/healthz", "/assets/999999"):
        head, get = rep.head(path), rep.get(path)
        assert (head.status_code, head.content) == (get.status_code, b""), path
        assert head.headers["content-type"] == get.headers["content-type"]
    assert portal.client().head("/ask").status_code == 303
    portal.services.activity.flush()
    with portal.work(read_only=True) as work:
        seen = [entry.verb for entry in work.session.exec(select(ActivityEntry)).all()]
    assert sorted(seen) == ["asked", "downloaded", "viewed"], "only what was read counts"
