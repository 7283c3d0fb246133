"""Asking as JSON: the same answers, counts and order as the results page, for those who are signed in."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.framework.models import Facet
from app.framework.queries import list_values
from app.library.models import Audience
from tests.factories.library import add_draft, add_released
from tests.factories.portal import Portal
from tests.factories.questions import add_question


def ask(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/ask", params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def titles(told: dict[str, Any]) -> list[str]:
    return [answer["asset"]["title"] for answer in told["answers"]]


@pytest.fixture
def gates(portal: Portal) -> dict[str, int]:
    """An item for everybody, one for partners, one for our own people, and a draft, all about gates."""
    with portal.work() as work:
        ids = {
            "open": add_released(work, "Gate brief", "# Gate\n\nThe pneumatic gate opens.\n", audience=Audience.CUSTOMER),
            "partner": add_released(work, "Gate offer", "# Offer\n\nThe pneumatic gate sells.\n", audience=Audience.PARTNER),
            "internal": add_released(work, "Gate secrets", "# Secrets\n\nThe pneumatic gate squeaks.\n"),
            "draft": add_draft(work, "Gate draft", "# Draft\n\nThe pneumatic gate waits.\n"),
        }
    portal.drain()
    return ids


def test_an_answer_holds_the_passage_the_asset_and_where_it_stands(rep: TestClient, gates: dict[str, int]) -> None:
    told = ask(rep, q="squeaks")
    assert (told["question"], told["total"], told["next_cursor"], told["best"]) == ("squeaks", 1, None, None)
    answer = told["answers"][0]
    assert answer["asset"]["title"] == "Gate secrets" and answer["asset"]["freshness"] == "ok"
    assert answer["asset"]["file"] == f"/api/v1/assets/{gates['internal']}/file"
    assert answer["passage"]["heading"] == "Secrets" and answer["passage"]["headings"] == ["Secrets"]
    assert "<p>" in answer["passage"]["html"]
    assert "The pneumatic gate squeaks." in answer["excerpt"]
    assert rep.get(answer["asset"]["file"]).status_code == 200


def test_each_role_gets_its_answers_and_counts(rep: TestClient, partner: TestClient, gates: dict[str, int]) -> None:
    for client, wanted in ((rep, {"Gate brief", "Gate offer", "Gate secrets"}), (partner, {"Gate brief", "Gate offer"})):
        told = ask(client, q="pneumatic")
        assert set(titles(told)) == wanted and told["total"] == len(wanted)
        counts = {facet["value"]["key"]: facet["count"] for facet in told["facets"]}
        assert counts["target"] == len(wanted) and counts["onboard"] == 0


def test_facets_narrow_by_key_and_the_cookie_of_a_call_does_not(rep: TestClient, gates: dict[str, int]) -> None:
    assert ask(rep, q="pneumatic", stage=["onboard", "prove"])["total"] == 0
    told = ask(rep, q="pneumatic", stage=["onboard", "target"])
    assert told["total"] == 3
    assert {facet["value"]["key"] for facet in told["facets"] if facet["chosen"]} == {"onboard", "target"}
    rep.post("/context", data={"stage": "onboard"})
    assert ask(rep, q="pneumatic")["total"] == 3


def test_a_call_lifts_what_fits_it_and_leaves_nothing_out(portal: Portal, rep: TestClient, gates: dict[str, int]) -> None:
    with portal.work() as work:
        known = list_values(work)
        wanted = [known.find(Facet.STAGE, "prove"), known.find(Facet.STAKEHOLDER, "technical")]
        text = "# Gate\n\nThe pneumatic gate opens.\n"
        add_released(work, "Gate proof", text, facet_ids=[value.id for value in wanted if value is not None])
    portal.drain()
    for call, first in (("target", "Gate brief"), ("prove", "Gate proof")):
        told = ask(rep, q="opens", call_stage=call)
        assert titles(told)[0] == first and (told["total"], told["total_for_call"]) == (2, 1)
    assert ask(rep, q="opens", call_stage="onboard")["total_for_call"] == 0
    assert ask(rep, q="opens")["total_for_call"] == 0


def test_typos_and_curated_answers_are_told(portal: Portal, rep: TestClient, gates: dict[str, int]) -> None:
    assert ask(rep, q="pneumatik gate")["corrected"] == {"pneumatik": "pneumatic"}
    with portal.work() as work:
        anchor = add_question(work, "Does it make a noise?", gates["internal"])
    portal.drain()
    best = ask(rep, q="does it make noise")["best"]
    assert best["asset"]["title"] == "Gate secrets" and best["passage"]["anchor"] == anchor


def test_answers_go_on_with_the_cursor(portal: Portal, rep: TestClient, gates: dict[str, int]) -> None:
    with portal.work() as work:
        for number in range(12):
            add_released(work, f"Ramp {number}", f"# Ramp\n\nThe pneumatic ramp number{number} rises.\n")
    portal.drain()
    first = ask(rep, q="pneumatic")
    then = ask(rep, q="pneumatic", cursor=first["next_cursor"])
    assert len(titles(first)) == 10 and len(titles(then)) == 5 and then["next_cursor"] is None
    assert not set(titles(first)) & set(titles(then))


def test_answers_that_say_the_same_are_folded_and_none_is_lost_or_repeated(portal: Portal, rep: TestClient) -> None:
    said = ["The zirconium gate opens.", "Each zirconium gate closes by itself.", "Zirconium gates last."]
    with portal.work() as work:
        ids = {add_released(work, f"Gate {number}", f"# Gate\n\n{said[number % 3]}\n") for number in range(27)}
    portal.drain()
    told, pages = ask(rep, q="zirconium"), 1
    seen: list[list[int]] = []
    while True:
        assert told["total"] == 27, "folded answers count"
        seen += [[answer["asset"]["id"], *(copy["id"] for copy in answer["also_in"])] for answer in told["answers"]]
        if told["next_cursor"] is None:
            break
        told, pages = ask(rep, q="zirconium", cursor=told["next_cursor"]), pages + 1
    assert pages == 3 and sorted(number for some in seen for number in some) == sorted(ids)
    assert len(seen) < 10


def test_without_a_session_a_program_is_told_in_json(anonymous: TestClient) -> None:
    answer = anonymous.get("/api/v1/ask?q=x")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "sign_in_needed" and "Sign in" in answer.json()["detail"]


def test_what_cannot_be_is_named(rep: TestClient) -> None:
    answer = rep.get("/api/v1/ask?q=x&sort=colour")
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["fields"]] == ["sort"]
    assert "cursor" in rep.get("/api/v1/ask?q=x&cursor=two").json()["detail"]
