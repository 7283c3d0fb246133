"""Writing down that a buyer asked: counted once, alike ones first, by whom and on what call; linking the passage that answers."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.core.paging import PageRequest
from app.framework.actions import install_defaults
from app.framework.queries import list_values
from app.identity.models import AuditEntry, Role
from app.library import actions as library
from app.library.models import Audience
from app.library.queries import get_asset
from app.messaging.actions import record_asked, record_question
from app.messaging.models import AskedInput, BuyerQuestion, QuestionAsked, QuestionInput
from app.messaging.queries import list_questions
from tests.factories.library import add_released, add_version
from tests.factories.portal import Portal
from tests.factories.questions import add_question
from tests.pages.reading import led_to, main_of, page_of, value_of, words

CALL = {"stage": "discover", "stakeholder": "technical"}


def kept(portal: Portal) -> list[tuple[str, int]]:
    """Every question with how often it was asked."""
    with portal.work(read_only=True) as work:
        return sorted((row.text, row.times_asked) for row in list_questions(work, PageRequest(1, 100)).items)


@pytest.mark.parametrize("role", list(Role))
def test_everybody_may_write_down_what_a_buyer_asked(portal: Portal, role: Role) -> None:
    client, actor = portal.client(role), portal.actor(role)
    with portal.work() as work:
        install_defaults(work)
    sent = {"text": "Does it float?  ", "note": "At the fair", **CALL, "solution": "nonsense", "next": "/ask?q=float"}
    assert led_to(client.post("/questions/asked", data=sent)) == "/ask?q=float"
    with portal.work() as work:
        question, asked = work.session.get(BuyerQuestion, 1), work.session.get(QuestionAsked, 1)
        assert question is not None and asked is not None
        assert (question.text, question.times_asked, question.created_by, question.last_asked_at) == (
            "Does it float?",
            1,
            actor.id,
            asked.asked_at,
        )
        assert (asked.question_id, asked.user_id, asked.note, asked.context) == (1, actor.id, "At the fair", CALL)
        entry = work.session.get(AuditEntry, 1)
        assert entry is not None
    listed = portal.client(Role.MARKETER).get("/questions?stage=discover&stakeholder=technical&state=unanswered")
    assert "Does it float?" in main_of(listed), "the call gives the question its square"


def test_the_same_words_count_whatever_their_case_and_punctuation(portal: Portal, rep: TestClient, partner: TestClient) -> None:
    with portal.work() as work:
        record_question(work, QuestionInput(text="Is it “loud”?", phrasings=["How many decibels, really?"]))
    for client, text in ((rep, "is it LOUD"), (partner, "Is it loud?"), (rep, "how many decibels really")):
        assert led_to(client.post("/questions/asked", data={"text": text})) == "/questions"
    assert kept(portal) == [("Is it “loud”?", 3)]


def test_one_that_looks_like_another_is_asked_about_first(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        record_question(work, QuestionInput(text="Does it work with the warehouse system we have?"))
    sent = {"text": "will it work with our warehouse system", "note": "Twice", **CALL, "next": "/ask?q=x"}
    asked = rep.post("/questions/asked", data=sent)
    assert kept(portal) == [("Does it work with the warehouse system we have?", 0)], "nothing is written down yet"
    page = page_of(rep.get(led_to(asked)))
    assert "Is it one of these?" in words(page) and value_of(page, "note") == "Twice"
    here, new = page.xpath("//form[@action='/questions/asked']")
    assert led_to(rep.post("/questions/asked", data=dict(here.form_values()))) == "/ask?q=x"
    assert kept(portal) == [("Does it work with the warehouse system we have?", 1)]
    assert led_to(rep.post("/questions/asked", data={**dict(new.form_values()), "sure": "1"})) == "/ask?q=x"
    assert kept(portal) == [("Does it work with the warehouse system we have?", 1), ("will it work with our warehouse system", 1)]


def test_other_words_of_a_counted_question_can_be_made_a_phrasing(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    with portal.work() as work:
        record_question(work, QuestionInput(text="Does it work with our warehouse system?"))
    rep.post("/questions/asked", data={"question_id": "1", "text": "can it read our stock list"})
    form = page_of(marketer.get("/questions/1/edit"))
    assert form.xpath("//input[@name='heard']/@value") == ["can it read our stock list"]
    sent = {"text": "Does it work with our warehouse system?", "heard": "can it read our stock list", "revision": "1", "step": "save"}
    led_to(marketer.post("/questions/1/edit", data=sent))
    assert "can it read our stock list" in main_of(marketer.get("/questions/1"))
    assert page_of(marketer.get("/questions/1/edit")).xpath("//input[@name='heard']") == []


@pytest.mark.parametrize("text", ["", "  ", "a?", "…"])
def test_too_few_words_are_refused_and_nothing_is_kept(portal: Portal, rep: TestClient, text: str) -> None:
    page = page_of(rep.post("/questions/asked", data={"text": text, "note": "kept"}), 422)
    assert "Write the question in the buyer's words." in words(page.xpath("//*[@role='alert']")[0]) and value_of(page, "note") == "kept"
    assert kept(portal) == []


def test_asking_marketing_is_the_same_one_list_of_work(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    for _ in range(2):
        rep.post("/ask/request", data={"question": "Who paints the gate?"})
    rep.post("/questions/asked", data={"text": "who paints the gate"})
    assert kept(portal) == [("Who paints the gate?", 3)]
    assert "Who paints the gate?" in main_of(marketer.get("/review"))


def test_a_question_that_is_not_for_the_reader_is_as_if_it_were_not_there(portal: Portal, rep: TestClient, partner: TestClient) -> None:
    with portal.work() as work:
        inside = add_released(work, "Inside", "# Inside\n\nOnly for us.\n")
        record_question(work, QuestionInput(text="What is only for us?", asset_id=inside))
        record_question(work, QuestionInput(text="What does nobody know?"))
    for number in (1, 2):
        assert rep.get(f"/questions/{number}").status_code == 200
        assert partner.get(f"/questions/{number}").status_code == 404
        assert partner.post("/questions/asked", data={"question_id": str(number)}).status_code == 404
    assert "No buyer questions yet" in main_of(partner.get("/questions"))
    led_to(partner.post("/questions/asked", data={"text": "What does nobody know at all, really?"}))
    assert "nobody know at all" in main_of(partner.get("/questions")), (
        "what partners wrote down themselves they see, and no hint of the other"
    )


def test_states_follow_what_readers_get(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        ids = [add_released(work, f"Brief {number}", f"# Part\n\nText {number}.\n") for number in range(3)]
    portal.drain()
    with portal.work() as work:
        for number, asset_id in enumerate(ids):
            add_question(work, f"Question {number}?", asset_id)
        record_question(work, QuestionInput(text="Question open?"))
        record_asked(work, AskedInput(text="Question open?"))
        library.retire(work, ids[1])
        asset = get_asset(work, ids[2])
        asset.expires_on = work.today - timedelta(days=1)
        work.session.add(asset)

    def listed(state: str) -> list[str]:
        page = page_of(marketer.get(f"/questions?state={state}"))
        return [words(node) for node in page.xpath("//ul[@class='q']//a[@class='buyer']")]

    assert listed("answered") == ["Question 0?"] and listed("unanswered") == ["Question open?"]
    assert listed("outdated") == ["Question 2?", "Question 1?"]
    assert listed("")[0] == "Question open?", "asked most often first"
    counts = [words(node) for node in page_of(marketer.get("/questions")).xpath("//nav[@aria-label='State']//b")]
    assert counts == ["4", "1", "2", "1"]


def test_a_passage_is_linked_from_its_page_and_the_slower_of_two_is_told(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        first = add_released(work, "Crane brief", "# Cranes\n\nThe crane lifts nine tonnes.\n", audience=Audience.PARTNER)
        other = add_released(work, "Hoist brief", "# Hoists\n\nThe hoist lifts two tonnes.\n")
        record_question(work, QuestionInput(text="What does the crane lift?"))
    portal.drain()
    links = [path for path in page_of(marketer.get(f"/assets/{first}")).xpath("//a/@href") if path.startswith("/questions/answer")]
    page = page_of(marketer.get(f"{links[0]}&text=what+can+the+crane+lift"))
    form = dict(page.xpath("//form[@action='/questions/1/answer']")[0].form_values())
    assert led_to(marketer.post("/questions/1/answer", data=form)) == "/questions/1"
    late = page_of(marketer.post("/questions/1/answer", data={**form, "asset_id": str(other)}), 404)
    assert "no such passage" in words(late)
    late = page_of(marketer.post("/questions/1/answer", data=form), 412)
    assert "Somebody changed this question meanwhile" in words(late) and "Answered by Crane brief" in words(late)
    assert marketer.post("/questions/1/answer", data={name: value for name, value in form.items() if name != "revision"}).status_code == 428
    portal.drain()
    assert "Best answer" in main_of(rep.get("/ask?q=what+does+the+crane+lift"))
    with portal.work() as work:
        library.release(work, first, add_version(work, first, "# Cranes\n\nThe crane lifts ten tonnes.\n"))
    portal.drain()
    assert "ten tonnes" in words(page_of(rep.get("/ask?q=what+does+the+crane+lift")).xpath("//article[contains(@class,'best')]")[0])


def test_the_call_makes_no_wrong_answer_stand_on_top(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        install_defaults(work)
        values = {value.key: value.id for value in list_values(work).values}
        ids = [
            add_released(work, title, f"# {title}\n\n{title} takes two weeks.\n", facet_ids=[values[stage], values["technical"]])
            for title, stage in (("Installation", "prove"), ("Training", "discover"))
        ]
    portal.drain()
    with portal.work() as work:
        add_question(work, "How long does installation take?", ids[0])
        add_question(work, "How long does training take?", ids[1])
    portal.drain()
    asked = "/ask?q=how+long+does+installation+take"
    assert "How long does installation take?" in words(
        page_of(rep.get(f"{asked}&stage=prove")).xpath("//article[contains(@class,'best')]")[0]
    )
    narrowed = rep.get(f"{asked}&stage=discover")
    assert "Training" in main_of(narrowed), "it does answer, in its place"
    assert "Best answer" not in main_of(narrowed)
