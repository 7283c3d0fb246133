"""A value model takes over answers to buyer questions with their source, and says what became of it since."""

from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from app.framework.actions import install_defaults
from app.library import actions
from app.library.models import Asset, Audience
from tests.factories.library import add_released, add_version
from tests.factories.portal import Portal
from tests.factories.questions import add_question
from tests.factories.values import add_model
from tests.pages.reading import led_to, main_of, page_of, words
from tests.pages.test_value_models import rows, send, titles

ASKED = "How long do trucks wait today?"
TEXT = "Trucks wait 47 minutes on average, {measured} at 38 sites."


def make(portal: Portal, **more: Any) -> tuple[int, int]:
    """A value model, and an item that answers a buyer question."""
    with portal.work() as work:
        install_defaults(work)
        source = add_released(work, "Benchmark of waiting", f"# Waiting\n\n{TEXT}\n", **more)
    portal.drain()
    with portal.work() as work:
        add_question(work, ASKED, source)
        return add_model(work), source


def number_of(client: TestClient, asset_id: int) -> str:
    page = page_of(client.get(f"/assets/{asset_id}/model?pick=trucks+wait"))
    [button] = page.xpath("//section[@id='answers']//button[starts-with(@value,'take:blocks:')]")
    return str(button.get("value")).rpartition(":")[2]


def told(client: TestClient, asset_id: int, part: str) -> str:
    return words(rows(client, asset_id, part)[-1])


def test_an_answer_becomes_a_text_and_an_assumption_with_its_source(portal: Portal, marketer: TestClient) -> None:
    model_id, source = make(portal)
    assert led_to(send(marketer, model_id, "find", pick="trucks wait")).endswith(f"/assets/{model_id}/model?pick=trucks+wait#answers")
    number = number_of(marketer, model_id)
    place = led_to(send(marketer, model_id, f"take:blocks:{number}"))
    assert place.startswith(f"/assets/{model_id}/model#blocks-")
    assert ASKED in titles(marketer, model_id, "blocks")[-1]
    led_to(send(marketer, model_id, f"take:assumptions:{number}"))
    row = rows(marketer, model_id, "assumptions")[-1]
    assert row.xpath(".//textarea")[0].text.strip() == "Trucks wait 47 minutes on average, (measured) at 38 sites."
    assert row.xpath(".//input[contains(@name,'-source')]/@value")[0].startswith("Benchmark of waiting, v1")
    assert row.xpath(".//a/@href")[0].startswith(f"/assets/{source}")
    assert "Changed since" not in told(marketer, model_id, "assumptions")
    assert "something is wrong" not in main_of(marketer.get(f"/assets/{model_id}/model")), "braces of a text name no figures"


def test_it_says_what_became_of_the_source_and_champions_read_none_of_it(portal: Portal, marketer: TestClient) -> None:
    model_id, source = make(portal, audience=Audience.INTERNAL)
    led_to(send(marketer, model_id, f"take:blocks:{number_of(marketer, model_id)}"))
    assert "Its source is internal" in told(marketer, model_id, "blocks")
    led_to(send(marketer, model_id, "keep"))
    assert "Taken over from Benchmark of waiting" in told(marketer, model_id, "blocks"), "a version keeps where it is from"
    with portal.work() as work:
        add_version(work, source, "# Queues\n\nTrucks wait 51 minutes.\n")
        actions.release(work, source)
    assert "Changed since you took it over: it is v2 now. What was taken over is not in it any more." in told(marketer, model_id, "blocks")
    with portal.work() as work:
        actions.retire(work, source)
        actions.release(work, model_id)
    assert "Check whether this still holds" in told(marketer, model_id, "blocks")
    document = marketer.get(f"/assets/{model_id}/case").text
    assert "47 minutes" in document and "Taken over from" not in document and f"{source}/" not in document


def test_what_nobody_gets_any_more_is_not_taken_over_and_nothing_typed_is_lost(portal: Portal, marketer: TestClient) -> None:
    model_id, source = make(portal)
    number = number_of(marketer, model_id)
    with portal.work() as work:
        actions.retire(work, source)
    refused = send(marketer, model_id, f"take:blocks:{number}", eyebrow="Typed meanwhile")
    assert refused.status_code == 404 and "nothing was taken over" in refused.text and "Typed meanwhile" in refused.text
    assert send(marketer, model_id, "take:blocks:999999").status_code == 404
    assert "No buyer question with these words" in main_of(marketer.get(f"/assets/{model_id}/model?pick=zeppelin"))


def test_a_reference_of_another_portal_or_made_up_names_no_item_here(portal: Portal, marketer: TestClient) -> None:
    model_id, source = make(portal)
    led_to(send(marketer, model_id, f"take:blocks:{number_of(marketer, model_id)}"))
    last = len(rows(marketer, model_id, "blocks")) - 1
    for reference in (f"{source}/999/h", "99999999999999999999/1/a", "no reference"):
        led_to(send(marketer, model_id, "save", **{f"blocks-{last}-taken_from": reference}))
        assert "Benchmark of waiting" not in told(marketer, model_id, "blocks")


def test_an_expired_answer_is_not_offered(portal: Portal, marketer: TestClient) -> None:
    model_id, source = make(portal)
    with portal.work() as work:
        work.session.get_one(Asset, source).expires_on = work.today - timedelta(days=1)
    assert "No buyer question with these words" in main_of(marketer.get(f"/assets/{model_id}/model?pick=trucks+wait"))
