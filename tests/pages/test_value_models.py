"""The builder of value models without script: make one, change rows, save, preview, keep as a version; who else was there meanwhile."""

from typing import Any

import pytest
from httpx2 import Response
from lxml.html import HtmlElement
from starlette.testclient import TestClient

from app.framework.actions import install_defaults
from tests.factories.portal import Portal
from tests.factories.values import add_model, definition
from tests.pages.reading import led_to, main_of, page_of, value_of, words


def form_of(client: TestClient, asset_id: int, **changes: str) -> dict[str, str]:
    page = page_of(client.get(f"/assets/{asset_id}/model"))
    return {**{name: value or "" for name, value in page.xpath("//form[@id='model']")[0].form_values()}, **changes}


def send(client: TestClient, asset_id: int, step: str, **changes: str) -> Response:
    return client.post(f"/assets/{asset_id}/model", data={**form_of(client, asset_id), **changes, "step": step})


def rows(client: TestClient, asset_id: int, part: str) -> list[HtmlElement]:
    found: list[HtmlElement] = page_of(client.get(f"/assets/{asset_id}/model")).xpath(f"//section[@id='{part}']//details")
    return found


def titles(client: TestClient, asset_id: int, part: str) -> list[str]:
    return [words(row.xpath("./summary")[0]) for row in rows(client, asset_id, part)]


@pytest.fixture
def model_id(portal: Portal) -> int:
    with portal.work() as work:
        return add_model(work)


def test_a_new_model_works_from_the_first_moment(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        install_defaults(work)
    assert "/values/new" in page_of(marketer.get("/upload")).xpath("//main//a/@href")
    path = led_to(marketer.post("/values/new", data={"title": "Less retyping", "currency": "USD"}))
    told = main_of(marketer.get(path))
    assert "Less retyping: $ 14,800 a year" in told and "Not whole yet" not in told
    asset_id = int(path.split("/")[2])
    assert rep.get(f"/assets/{asset_id}/case").status_code == 404
    assert "Give it a title" in main_of(marketer.post("/values/new", data={"title": " "}), 422)
    assert "$" in main_of(marketer.get(f"/assets/{asset_id}/case"))


def test_rows_are_added_moved_and_removed_by_buttons(marketer: TestClient, model_id: int) -> None:
    assert titles(marketer, model_id, "inputs")[:2] == ["Sites: 4 sites", "Trucks per site: 60 trucks/day/site"]
    assert led_to(send(marketer, model_id, "down:inputs:0")) == f"/assets/{model_id}/model#inputs-1"
    assert titles(marketer, model_id, "inputs")[:2] == ["Trucks per site: 60 trucks/day/site", "Sites: 4 sites"]
    led_to(send(marketer, model_id, "up:inputs:1"))
    assert titles(marketer, model_id, "inputs")[0] == "Sites: 4 sites"
    assert led_to(send(marketer, model_id, "add:assumptions")) == f"/assets/{model_id}/model#assumptions-2"
    added = rows(marketer, model_id, "assumptions")[-1]
    assert "open" in added.attrib and "Something is missing here." in words(added)
    led_to(send(marketer, model_id, "remove:assumptions:2"))
    assert len(rows(marketer, model_id, "assumptions")) == 2
    for step in (
        "up:inputs:0",
        "down:inputs:7",
        "up:inputs:99",
        "remove:inputs:99",
        "add:nothing",
        "up:inputs:x",
        "up:inputs:²",
        f"up:inputs:{'9' * 5000}",
        "::",
        "add:title",
    ):
        led_to(send(marketer, model_id, step))
    assert len(titles(marketer, model_id, "inputs")) == 8 and titles(marketer, model_id, "inputs")[0] == "Sites: 4 sites"


def test_what_is_wrong_stands_beside_its_row_and_is_saved_all_the_same(marketer: TestClient, rep: TestClient, model_id: int) -> None:
    led_to(
        send(
            marketer,
            model_id,
            "save",
            **{"formulas-1-expression": "late_trucks * fee", "inputs-0-maximum": "x", "headline": "Saves {nothing}"},
        )
    )
    page = page_of(marketer.get(f"/assets/{model_id}/model"))
    assert value_of(page, "formulas-1-expression") == "late_trucks * fee"
    assert "Most: Write a number." in words(page.xpath("//*[@id='inputs-0']")[0]) and "Not whole yet" in words(page)
    led_to(send(marketer, model_id, "save", **{"inputs-0-maximum": "500"}))
    page = page_of(marketer.get(f"/assets/{model_id}/model"))
    assert "fees gives € per day, but says € per year." in words(page.xpath("//*[@id='formulas-1']")[0])
    led_to(send(marketer, model_id, "save", **{"formulas-1-expression": "late_trucks * fee * days"}))
    page = page_of(marketer.get(f"/assets/{model_id}/model"))
    assert "“{nothing}” is no figure" in words(page.xpath("//*[@id='m-headline-e']")[0])
    refused = send(marketer, model_id, "keep")
    assert "No version was made" in main_of(refused, 422)
    assert "€ 247,600" in main_of(rep.get(f"/assets/{model_id}/case"))


def test_a_key_follows_from_the_label(marketer: TestClient, model_id: int) -> None:
    added = page_of(marketer.get(led_to(send(marketer, model_id, "add:inputs"))))
    assert value_of(added, "inputs-8-group") == value_of(added, "inputs-7-group") and value_of(added, "inputs-8-step") == "1"
    assert "New figure" in words(added.get_element_by_id("inputs-8"))
    assert "months_per_year, weeks_per_year" in words(added.get_element_by_id("formulas"))
    assert len(added.xpath("//button[@value='keep']")) == 2, "at the end of a long page, too"
    new = {"label": "Sites, abroad", "unit": "sites", "maximum": "1.000", "default": "2"}
    led_to(send(marketer, model_id, "save", **{f"inputs-8-{name}": text for name, text in new.items()}))
    page = page_of(marketer.get(f"/assets/{model_id}/model"))
    assert (value_of(page, "inputs-8-key"), value_of(page, "inputs-8-maximum")) == ("sites_abroad", "1.000")
    assert "Not whole yet" not in words(page)


def test_typing_brings_the_document_and_the_faults_and_keeps_nothing(marketer: TestClient, model_id: int) -> None:
    path = f"/assets/{model_id}/model/preview"
    told = marketer.post(path, data=form_of(marketer, model_id, **{"inputs-0-default": "10"})).text
    assert "€ 619,000" in told and 'id="formulas-1-e" hx-swap-oob="true"' in told
    told = marketer.post(path, data=form_of(marketer, model_id, **{"inputs-0-default": "900"})).text
    assert "900 is outside" in told and "1 thing to put right" in told
    assert value_of(page_of(marketer.get(f"/assets/{model_id}/model")), "inputs-0-default") == "4"


def test_kept_as_a_version_it_waits_for_release(portal: Portal, marketer: TestClient, rep: TestClient, model_id: int) -> None:
    led_to(send(marketer, model_id, "save", **{"inputs-0-default": "10"}))
    assert "A draft, saved" in main_of(marketer.get(f"/assets/{model_id}/model"))
    assert led_to(send(marketer, model_id, "keep")) == f"/assets/{model_id}?v=2"
    assert "A draft, saved" not in main_of(marketer.get(f"/assets/{model_id}/model"))
    assert value_of(page_of(marketer.get(f"/assets/{model_id}/model")), "inputs-0-default") == "10"
    assert value_of(page_of(rep.get(f"/assets/{model_id}/case")), "f-sites") == "4"
    same = send(marketer, model_id, "keep")
    assert "These are the bytes of v2" in main_of(same, 409)
    asset = page_of(marketer.get(f"/assets/{model_id}"))
    led_to(marketer.post(f"/assets/{model_id}/release", data={"revision": value_of(asset, "revision"), "version": "2"}))
    assert value_of(page_of(rep.get(f"/assets/{model_id}/case")), "f-sites") == "10"


def test_nobody_overwrites_what_somebody_else_saved(marketer: TestClient, manager: TestClient, model_id: int) -> None:
    mine = form_of(marketer, model_id, title="Mine")
    led_to(send(manager, model_id, "save", title="Theirs"))
    for step in ("keep", "discard", "add:inputs", "save"):
        answer = marketer.post(f"/assets/{model_id}/model", data={**mine, "step": step})
        assert "changed by somebody else" in main_of(answer, 412) and value_of(page_of(answer, 412), "title") == "Mine"
    assert value_of(page_of(marketer.get(f"/assets/{model_id}/model")), "title") == "Theirs"
    answer = marketer.post(f"/assets/{model_id}/model", data={**mine, "step": "save"})
    again: dict[str, Any] = dict(page_of(answer, 412).xpath("//form[@id='model']")[0].form_values())
    led_to(marketer.post(f"/assets/{model_id}/model", data={**again, "step": "save"}))
    assert value_of(page_of(manager.get(f"/assets/{model_id}/model")), "title") == "Mine"
    without = {name: text for name, text in mine.items() if name != "state"}
    assert marketer.post(f"/assets/{model_id}/model", data={**without, "step": "save"}).status_code == 428


def test_of_two_who_opened_the_same_version_the_later_is_told(marketer: TestClient, manager: TestClient, model_id: int) -> None:
    """Nobody saved a draft, so there is none whose state could differ: the version they began with does."""
    mine, path = form_of(marketer, model_id, title="Mine"), f"/assets/{model_id}/model"
    assert led_to(send(manager, model_id, "keep", title="Theirs")) == f"/assets/{model_id}?v=2"
    for step in ("keep", "save"):
        answer = marketer.post(path, data={**mine, "step": step})
        assert "changed by somebody else" in main_of(answer, 412) and value_of(page_of(answer, 412), "title") == "Mine"
    assert value_of(page_of(marketer.get(path)), "title") == "Theirs"


def test_a_draft_that_is_gone_is_not_taken_for_the_next_one(marketer: TestClient, manager: TestClient, model_id: int) -> None:
    """The second draft after one that was forgotten has a state of its own."""
    path = f"/assets/{model_id}/model"
    led_to(send(manager, model_id, "save", title="First"))
    mine = form_of(marketer, model_id, title="Mine")
    led_to(send(manager, model_id, "discard"))
    led_to(send(manager, model_id, "save", title="Second"))
    assert "changed by somebody else" in main_of(marketer.post(path, data={**mine, "step": "keep"}), 412)
    assert value_of(page_of(marketer.get(path)), "title") == "Second"


def test_a_draft_can_be_forgotten(marketer: TestClient, model_id: int) -> None:
    led_to(send(marketer, model_id, "save", title="Another"))
    assert led_to(send(marketer, model_id, "discard")) == f"/assets/{model_id}"
    assert value_of(page_of(marketer.get(f"/assets/{model_id}/model")), "title") == "Shorter waits at the dock"


def test_a_faulty_file_is_opened_to_be_mended(portal: Portal, marketer: TestClient) -> None:
    data = definition(headline="{nothing}", surprise=[1], blocks="none")
    data["inputs"][0]["minimum"] = {"a": 1}
    with portal.work() as work:
        asset_id = add_model(work, data)
    told = main_of(marketer.get(f"/assets/{asset_id}/model"))
    assert "Not whole yet" in told and "Least: Write a number." in told


def test_the_builder_is_for_marketing(rep: TestClient, partner: TestClient, model_id: int, marketer: TestClient) -> None:
    for client in (rep, partner):
        assert client.get(f"/assets/{model_id}/model").status_code == 403
        assert client.post(f"/assets/{model_id}/model", data={"step": "save"}).status_code == 403
        assert client.post(f"/assets/{model_id}/model/preview", data={}).status_code == 403
        assert client.get("/values/new").status_code == 403
        assert "/model" not in str(page_of(client.get(f"/assets/{model_id}")).xpath("//main//a/@href"))
    assert f"/assets/{model_id}/model" in page_of(marketer.get(f"/assets/{model_id}")).xpath("//main//a/@href")
