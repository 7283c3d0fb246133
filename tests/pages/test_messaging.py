"""Buyer questions: listing, recording, changing, and what happens when something is wrong with one."""

import pytest
from starlette.testclient import TestClient

from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from tests.factories.library import add_released
from tests.factories.portal import Portal
from tests.factories.questions import add_question
from tests.pages.reading import led_to, main_of, page_of, value_of, words


@pytest.fixture
def brief(portal: Portal) -> int:
    """A released item with a passage."""
    with portal.work() as work:
        asset_id = add_released(work, "Scanner brief", "# Scanner\n\nThe scanner reads any label.\n")
    portal.drain()
    return asset_id


def test_a_question_is_recorded_found_and_changed(portal: Portal, marketer: TestClient, rep: TestClient, brief: int) -> None:
    assert "No buyer questions yet" in main_of(marketer.get("/questions"))
    form = {"text": "Can it read  torn labels?", "phrasings": "what about damage\n\ncan it read torn labels?", "revision": "1"}
    passages = page_of(marketer.post("/questions/new", data={**form, "asset_id": str(brief), "step": "passages"}))
    assert value_of(passages, "text") == form["text"] and value_of(passages, "phrasings").strip() == form["phrasings"]
    assert [words(node) for node in passages.xpath("//select[@name='anchor']/option")][1].startswith("Scanner: ")
    anchor = passages.xpath("//select[@name='anchor']/option/@value")[1]
    assert (
        led_to(marketer.post("/questions/new", data={**form, "asset_id": str(brief), "anchor": anchor, "step": "save"})) == "/questions/1"
    )
    listed = main_of(marketer.get("/questions"))
    assert "Can it read torn labels?" in listed and "Answered by Scanner brief" in listed and "“what about damage”" in listed
    portal.drain()
    assert "Best answer" in main_of(rep.get("/ask?q=what+about+damage"))
    opened = page_of(rep.get("/questions/1"))
    assert words(opened.xpath("//*[@aria-label='The answer']")[0]) == "The scanner reads any label."
    assert opened.xpath("//button[@data-copy='copy-answer']") and "Scanner brief, v1, Scanner" in words(opened.xpath("//template")[0])

    edit = page_of(marketer.get("/questions/1/edit"))
    assert value_of(edit, "phrasings").strip() == "what about damage"
    changed = {"text": "Can it read wet labels?", "asset_id": "", "revision": value_of(edit, "revision"), "step": "save"}
    assert led_to(marketer.post("/questions/1/edit", data=changed)) == "/questions/1"
    listed = main_of(marketer.get("/questions"))
    assert "Can it read wet labels?" in listed and "No passage answers this yet." in listed
    portal.drain()
    assert "Best answer" not in main_of(rep.get("/ask?q=what+about+damage"))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": "ab"}, "Write the question in the buyer's words"),
        ({"text": "x" * 301}, "Write the question in the buyer's words"),
        ({"asset_id": "999"}, "There is no such item"),
        ({"facet_ids": "9999"}, "One of the chosen tags does not exist any more."),
    ],
)
def test_a_wrong_field_is_told_and_nothing_typed_is_lost(marketer: TestClient, wrong: dict[str, str], sentence: str) -> None:
    sent = {"text": "Is it loud?", "phrasings": "how loud is it", "revision": "1", "step": "save", **wrong}
    page = page_of(marketer.post("/questions/new", data=sent), 422)
    assert sentence in words(page.xpath("//*[@role='alert']")[0])
    assert value_of(page, "text") == sent["text"] and value_of(page, "phrasings").strip() == "how loud is it"
    assert "No buyer questions yet" in main_of(marketer.get("/questions"))


def test_the_slower_of_two_sees_that_and_may_still_save(portal: Portal, marketer: TestClient, manager: TestClient) -> None:
    with portal.work() as work:
        record_question(work, QuestionInput(text="Is it loud?"))
    form = {"revision": value_of(page_of(marketer.get("/questions/1/edit")), "revision"), "step": "save"}
    assert led_to(manager.post("/questions/1/edit", data={**form, "text": "Is it very loud?"})) == "/questions/1"
    late = page_of(marketer.post("/questions/1/edit", data={**form, "text": "Is it too loud?"}), 412)
    told = late.xpath("//*[@role='alert']")[0]
    assert "Somebody changed this question meanwhile" in words(told) and told.xpath(".//a/@href") == ["/questions/1"]
    both = [words(cell) for cell in late.xpath("//table//tr[th='Question']/td")]
    assert both == ["Is it very loud?", "Is it too loud?"], "theirs and mine, side by side"
    assert value_of(late, "text") == "Is it too loud?"
    assert "Is it very loud?" in main_of(marketer.get("/questions")), "nothing was overwritten"
    again = {**form, "text": "Is it too loud?", "revision": value_of(late, "revision")}
    assert led_to(marketer.post("/questions/1/edit", data=again)) == "/questions/1"
    assert "Is it too loud?" in main_of(marketer.get("/questions"))


def test_an_answer_begun_from_a_request_starts_with_its_words(portal: Portal, marketer: TestClient, brief: int) -> None:
    with portal.work() as work:
        anchor = add_question(work, "Can it read?", brief)
    page = page_of(marketer.get("/questions/new", params={"text": "does it swim?", "asset_id": brief, "anchor": anchor}))
    assert value_of(page, "text") == "does it swim?"
    assert page.xpath("//select[@name='asset_id']/option[@selected]/@value") == [str(brief)]
    assert page.xpath("//select[@name='anchor']/option[@selected]/@value") == [anchor]


def test_many_questions_are_paged(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        for number in range(27):
            record_question(work, QuestionInput(text=f"Question number {number}?"))
    assert main_of(marketer.get("/questions")).count("Question number") == 25 * 2
    second = main_of(marketer.get("/questions?page=2"))
    assert "Question number 0?" in second and "Question number 26?" not in second
    assert marketer.get("/questions?page=-1").status_code == 200


@pytest.mark.parametrize("path", ["/questions/new", "/questions/1/edit", "/questions/answer?asset_id=1"])
def test_reps_do_not_get_there(rep: TestClient, path: str) -> None:
    assert "may not do this" in main_of(rep.get(path), 403)


def test_a_question_that_is_not_there_is_told(marketer: TestClient) -> None:
    assert "There is no such question." in main_of(marketer.get("/questions/7/edit"), 404)
