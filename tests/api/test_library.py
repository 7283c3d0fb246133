"""Assets as JSON: who gets which, what is told of them, and their files."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.library.models import Audience
from tests.factories.library import add_draft, add_released, add_version
from tests.factories.portal import Portal

OLD, NEW = "# Gate\n\nThe old gate.\n", "# Gate\n\nThe new gate.\n"


@pytest.fixture
def gate(portal: Portal) -> int:
    """A released item with a newer draft version; a partner item and a draft beside it."""
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules", OLD, summary="How gates work.", tags=["gates"])
        add_version(work, asset_id, NEW)
        add_released(work, "Gate offer", audience=Audience.PARTNER)
        add_draft(work, "Gate draft")
    portal.drain()
    return asset_id


def detail(client: TestClient, asset_id: int, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/api/v1/assets/{asset_id}{query}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_lists_hold_what_the_caller_may_see(rep: TestClient, partner: TestClient, marketer: TestClient, gate: int) -> None:
    for client, wanted in (
        (rep, {"Gate rules", "Gate offer"}),
        (partner, {"Gate offer"}),
        (marketer, {"Gate rules", "Gate offer", "Gate draft"}),
    ):
        told = client.get("/api/v1/assets").json()
        assert {item["title"] for item in told["items"]} == wanted and told["next_cursor"] is None


def walked(client: TestClient, query: str) -> list[str]:
    """The titles of a list, one asset at a time."""
    titles: list[str] = []
    told: dict[str, Any] = {"next_cursor": ""}
    while (cursor := told["next_cursor"]) is not None:
        told = client.get(f"/api/v1/assets?limit=1{query}" + (f"&cursor={cursor}" if cursor else "")).json()
        titles += [item["title"] for item in told["items"]]
    return titles


def test_a_cursor_walks_through_the_list_once_last_changed_first(portal: Portal, rep: TestClient, marketer: TestClient, gate: int) -> None:
    with portal.work() as work:
        ids = [add_released(work, f"Ramp {number}", now=work.now) for number in range(5)]
    every = walked(marketer, "")
    assert len(every) == len(set(every)) == len(ids) + 3
    assert walked(rep, "") == [title for title in every if title != "Gate draft"]
    assert walked(marketer, "&status=draft") == ["Gate draft"]
    assert sorted(walked(rep, "&audience=partner")) == ["Gate offer"]
    assert walked(rep, "&stage=onboard") == []
    for wrong in (
        "limit=0",
        "limit=101",
        "cursor=x",
        "cursor=WzFd",
        "cursor=WyJ4IiwgMV0",
        "stage=nowhere",
        "status=gone",
        "changed_since=x",
    ):
        assert rep.get(f"/api/v1/assets?{wrong}").status_code == 422, wrong


def test_a_reader_gets_the_released_version_only(rep: TestClient, gate: int) -> None:
    told = detail(rep, gate)
    assert told["title"] == "Gate rules" and told["tags"] == ["gates"] and told["status"] == "released"
    assert told["version"]["number"] == 1 and told["version"]["reading"] == "done"
    assert [version["number"] for version in told["versions"]] == [1]
    assert [passage["text"] for passage in told["passages"]] == ["The old gate."]
    assert {facet["facet"] for facet in told["facets"]} == {"stage", "stakeholder"} and told["kind"]["facet"] == "kind"
    assert "new gate" not in str(told)
    assert rep.get(f"/api/v1/assets/{gate}?v=2").status_code == 404


def test_a_curator_gets_every_version(marketer: TestClient, gate: int) -> None:
    assert [version["number"] for version in detail(marketer, gate)["versions"]] == [2, 1]
    assert "new gate" in detail(marketer, gate, "?v=2")["passages"][0]["text"]
    assert marketer.get(f"/api/v1/assets/{gate}/file?v=2").text == NEW


def test_the_file_is_an_attachment_that_cannot_run(rep: TestClient, gate: int) -> None:
    answer = rep.get(f"/api/v1/assets/{gate}/file")
    assert answer.text == OLD
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''page.md"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"] == f'"{detail(rep, gate)["version"]["sha256"]}"'


def test_what_is_not_there_and_what_is_not_meant_for_one_look_the_same(rep: TestClient, partner: TestClient, gate: int) -> None:
    missing = partner.get("/api/v1/assets/999")
    hidden = partner.get(f"/api/v1/assets/{gate}")
    assert missing.status_code == hidden.status_code == 404
    assert {**missing.json(), "request_id": ""} == {**hidden.json(), "request_id": ""}
    assert missing.headers["content-type"] == "application/problem+json"
    assert rep.get("/api/v1/assets/none").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/assets", "/api/v1/assets/1", "/api/v1/assets/1/file", "/api/v1/nothing"])
def test_without_a_session_programs_are_told_in_json(anonymous: TestClient, path: str) -> None:
    answer = anonymous.get(path)
    assert answer.status_code == (404 if path.endswith("nothing") else 401)
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) >= {"title", "status", "code", "detail", "request_id"}
