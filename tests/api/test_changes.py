"""Changing the library and the questions by program: on the state that was read, with the same rules as the pages."""

from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.framework.actions import install_defaults
from tests.factories.library import add_draft, add_released, add_version
from tests.factories.portal import Portal


@pytest.fixture
def draft(portal: Portal) -> int:
    with portal.work() as work:
        return add_draft(work, "Gate rules", tags=["gates"])


def change(client: TestClient, asset_id: int, tag: str = "", **what: Any) -> Response:
    read = tag or client.get(f"/api/v1/assets/{asset_id}").headers["etag"]
    return client.patch(f"/api/v1/assets/{asset_id}", json=what, headers={"If-Match": read})


def test_what_is_known_already_is_not_sent_again(marketer: TestClient, draft: int) -> None:
    tag = marketer.get(f"/api/v1/assets/{draft}").headers["etag"]
    again = marketer.get(f"/api/v1/assets/{draft}", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert change(marketer, draft, title="Gate order").headers["etag"] != tag
    assert marketer.get(f"/api/v1/assets/{draft}", headers={"If-None-Match": tag}).json()["title"] == "Gate order"


def test_a_change_names_the_state_it_was_made_on(marketer: TestClient, draft: int) -> None:
    tag = marketer.get(f"/api/v1/assets/{draft}").headers["etag"]
    assert marketer.patch(f"/api/v1/assets/{draft}", json={"title": "X"}).status_code == 428
    assert change(marketer, draft, tag, title="First").status_code == 200
    late = change(marketer, draft, tag, title="Second")
    assert late.status_code == 412 and "changed by somebody else meanwhile" in late.json()["detail"]
    assert change(marketer, draft, '"something"', title="Third").status_code == 412
    assert marketer.get(f"/api/v1/assets/{draft}").json()["title"] == "First"


def test_what_a_change_does_not_name_stays(marketer: TestClient, draft: int) -> None:
    before = marketer.get(f"/api/v1/assets/{draft}").json()
    after = change(marketer, draft, facets={"stage": ["prove", "onboard"]}, audience="customer", expires_on="2099-01-01").json()
    kept = {"title", "summary", "kind", "tags", "owner", "language", "review_interval_days"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert [value["key"] for value in after["facets"] if value["facet"] == "stage"] == ["prove", "onboard"]
    assert [value for value in after["facets"] if value["facet"] == "stakeholder"] == [
        value for value in before["facets"] if value["facet"] == "stakeholder"
    ]
    assert (after["audience"], after["expires_on"]) == ("customer", "2099-01-01")
    assert change(marketer, draft, expires_on=None).json()["expires_on"] is None


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ({"facets": {"stage": ["nowhere"]}}, "There is no stage “nowhere”"),
        ({"facets": {"colour": ["red"]}}, "There is no facet “colour”"),
        ({"facets": {"kind": ["snippet"]}}, "Give `kind` and `audience` by themselves"),
        ({"kind": "poem"}, "There is no kind “poem”"),
        ({"owner_id": 99}, "Choose an owner"),
        ({"colour": "red"}, "Some of what was sent"),
    ],
)
def test_what_cannot_be_is_refused_and_named(marketer: TestClient, draft: int, what: dict[str, Any], sentence: str) -> None:
    answer = change(marketer, draft, **what)
    assert answer.status_code == 422 and answer.json()["detail"].startswith(sentence), answer.text
    assert marketer.get(f"/api/v1/assets/{draft}").json()["revision"] == 1


def test_a_file_goes_from_upload_to_release(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        install_defaults(work)
    sent = marketer.post("/api/v1/assets", files={"file": ("ramp.md", b"# Ramp\n\nThe ramp rises.\n")})
    assert sent.status_code == 201 and sent.json()["status"] == "draft"
    asset_id = sent.json()["id"]
    assert sent.headers["location"] == f"/api/v1/assets/{asset_id}"
    early = marketer.post(f"/api/v1/assets/{asset_id}/release", headers={"If-Match": sent.headers["etag"]})
    assert early.status_code == 422 and "needs a stage" in early.json()["detail"]
    changed = change(marketer, asset_id, facets={"stage": ["prove"], "stakeholder": ["enduser"]})
    released = marketer.post(f"/api/v1/assets/{asset_id}/release", headers={"If-Match": changed.headers["etag"]})
    assert released.json()["status"] == "released"
    portal.drain()
    assert [answer["asset"]["id"] for answer in rep.get("/api/v1/ask?q=ramp").json()["answers"]] == [asset_id]
    newer = marketer.post(
        f"/api/v1/assets/{asset_id}/versions",
        files={"file": ("ramp.md", b"# Ramp\n\nThe ramp falls.\n")},
        data={"note": "It falls."},
        headers={"If-Match": released.headers["etag"]},
    )
    assert [(version["number"], version["released"], version["note"]) for version in newer.json()["versions"]] == [
        (2, False, "It falls."),
        (1, True, ""),
    ]
    retired = marketer.post(f"/api/v1/assets/{asset_id}/retire", headers={"If-Match": newer.headers["etag"]})
    assert retired.json()["status"] == "retired" and rep.get(f"/api/v1/assets/{asset_id}").status_code == 404
    back = marketer.post(f"/api/v1/assets/{asset_id}/restore", headers={"If-Match": retired.headers["etag"]})
    assert back.json()["status"] == "released" and rep.get(f"/api/v1/assets/{asset_id}").status_code == 200


def test_a_refused_file_is_named_with_its_reason(marketer: TestClient, draft: int) -> None:
    refused = marketer.post("/api/v1/assets", files={"file": ("offer.docm", b"PK\x03\x04")})
    assert refused.status_code == 422 and refused.json()["detail"].startswith("Files with macros (.docm) are not accepted.")
    assert marketer.post("/api/v1/assets", files={"file": ("", b"")}).status_code == 422


def test_questions_are_recorded_changed_asked_and_walked_through(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules")
    recorded = [
        marketer.post("/api/v1/questions", json={"text": f"Where is gate {number}?", "facets": {"stage": ["prove"]}}) for number in range(3)
    ]
    assert [answer.status_code for answer in recorded] == [201, 201, 201]
    made = recorded[-1]
    path = made.headers["location"]
    changed = marketer.put(path, json={"text": "Where is the gate?", "asset_id": asset_id}, headers={"If-Match": made.headers["etag"]})
    assert changed.status_code == 200 and changed.json()["answer"]["id"] == asset_id and changed.json()["state"] == "answered"
    assert marketer.put(path, json={"text": "Late"}, headers={"If-Match": made.headers["etag"]}).status_code == 412
    assert rep.post(f"{path}/asked", json={"context": {"stage": "prove"}}).json()["times_asked"] == 1
    assert rep.get(path, headers={"If-None-Match": rep.get(path).headers["etag"]}).status_code == 304
    first = rep.get("/api/v1/questions?limit=2").json()
    then = rep.get(f"/api/v1/questions?limit=2&cursor={first['next_cursor']}").json()
    assert first["total"] == 3 and len({item["id"] for item in first["items"] + then["items"]}) == 3 and then["next_cursor"] is None
    assert [item["text"] for item in rep.get("/api/v1/questions?state=answered").json()["items"]] == ["Where is the gate?"]


def test_a_draft_is_taken_back_and_nothing_else(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        gate = add_released(work, "Gate")
        add_version(work, gate, "# Gate\n\nWrong.\n")
    address, tag = f"/api/v1/assets/{gate}/versions", marketer.get(f"/api/v1/assets/{gate}").headers["etag"]
    assert rep.delete(f"{address}/2", headers={"If-Match": tag}).status_code == 403
    assert marketer.delete(f"{address}/2").status_code == 428
    assert marketer.delete(f"{address}/1", headers={"If-Match": tag}).status_code == 409
    gone = marketer.delete(f"{address}/2", headers={"If-Match": tag})
    assert gone.status_code == 200 and gone.headers["etag"] != tag
    assert [version["number"] for version in marketer.get(address).json()["items"]] == [1]
    assert marketer.delete(f"{address}/2", headers={"If-Match": tag}).status_code == 412
    assert marketer.delete(f"{address}/2", headers={"If-Match": gone.headers["etag"]}).status_code == 404
