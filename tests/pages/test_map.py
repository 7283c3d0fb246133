"""The start page: squares in each state, the call that is ringed, what buyers ask, what is shown at a stage, what changed."""

from datetime import timedelta

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.core.clock import utc_now
from app.core.work import Work
from app.framework.actions import install_defaults, set_process_map
from app.framework.models import Facet
from app.framework.queries import list_step_rows, list_values
from app.framework.rules import state_mark
from app.identity.models import Role
from app.library import actions
from app.library.models import Asset, Audience, Version
from app.library.queries import list_versions
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from tests.factories.library import add_released, add_version
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, words


def ids(work: Work, **keys: str) -> list[int]:
    """Ids of facet values by key: `ids(work, stage="prove")`."""
    install_defaults(work)
    found = [list_values(work).find(Facet(facet), key) for facet, key in keys.items()]
    return [value.id for value in found if value is not None]


def add_item(portal: Portal, title: str, stage: str = "discover", who: str = "technical", audience: Audience = Audience.INTERNAL) -> int:
    """A released item in this square."""
    with portal.work() as work:
        return add_released(work, title, f"# {title}\n\nWords of {title}.\n", audience, facet_ids=ids(work, stage=stage, stakeholder=who))


def ask(portal: Portal, text: str, stage: str, who: str, asset_id: int | None = None) -> None:
    with portal.work() as work:
        record_question(work, QuestionInput(text=text, facet_ids=ids(work, stage=stage, stakeholder=who), asset_id=asset_id))


def square(answer: Response, name: str) -> tuple[str, str]:
    """What a square is called behind its place, and its look."""
    links = page_of(answer).xpath("//table//a[contains(@class,'cell')]")
    told = {words(link.xpath("./span[@class='vh']")[0]): link for link in links}
    found = [(text, link) for text, link in told.items() if text.startswith(f"{name}: ")]
    assert len(found) == 1, list(told)
    text, link = found[0]
    return text.removeprefix(f"{name}: "), f"{link.get('class').split('--')[1]} {link.get('data-level')}"


def card(answer: Response, heading: str) -> str:
    """The words of the card under this heading."""
    return words(page_of(answer).xpath(f"//section[.//*[self::h2 or self::h3][contains(., '{heading}')]][last()]")[0])


def test_squares_say_what_they_hold_and_how_full_they_are(portal: Portal, rep: TestClient) -> None:
    for number in range(7):
        add_item(portal, f"Seven {number}", "prove", "champion")
    for number in range(3):
        add_item(portal, f"Three {number}", "prove", "economic")
    one = add_item(portal, "One", "prove", "enduser")
    ask(portal, "Does it fit?", "prove", "enduser", one)
    ask(portal, "Who signs?", "negotiate", "security")
    with portal.work() as work:
        work.session.get_one(Asset, one).review_on = work.today - timedelta(days=1)
    page = rep.get("/")
    assert square(page, "Champion, Prove value") == ("7 items, 0 buyer questions", "items 3")
    assert square(page, "Economic buyer, Prove value") == ("3 items, 0 buyer questions", "items 2")
    assert square(page, "End user, Prove value") == ("1 item, 1 buyer question, 1 past review", "items 1")
    assert square(page, "Security and legal, Negotiate") == ("gap, 1 buyer question, nothing current", "gap 0")
    assert square(page, "Procurement, Target") == ("nothing yet", "empty 0")
    assert "11 current items, 2 buyer questions." in main_of(page)


def test_what_has_expired_or_is_not_for_the_reader_leaves_a_gap(portal: Portal, rep: TestClient, partner: TestClient) -> None:
    internal, expired = add_item(portal, "Our margin"), add_item(portal, "Old terms", "negotiate", "procurement", Audience.CUSTOMER)
    ask(portal, "What is your margin?", "discover", "technical", internal)
    ask(portal, "What are the terms?", "negotiate", "procurement", expired)
    with portal.work() as work:
        work.session.get_one(Asset, expired).expires_on = work.today - timedelta(days=1)
    assert square(rep.get("/"), "Technical evaluator, Discover")[0] == "1 item, 1 buyer question"
    assert square(partner.get("/"), "Technical evaluator, Discover")[0] == "nothing yet", "neither the item nor its question is theirs"
    assert square(partner.get("/"), "Procurement, Negotiate")[0] == "gap, 1 buyer question, nothing current"
    assert "margin" not in partner.get("/").text


def test_the_square_of_the_call_is_marked_in_both_views(portal: Portal, rep: TestClient) -> None:
    add_item(portal, "Guide")
    rep.post("/context", data={"stage": "discover", "stakeholder": "technical"})
    for address, name in (("/", "Technical evaluator, Discover"), ("/?by=step", "Technical evaluator, Defines the need")):
        page = page_of(rep.get(address))
        marked = page.xpath("//table//a[@aria-current='true']")
        assert [words(link).split(":")[0] for link in marked] == [name]
        assert "Your call is Discover, Technical evaluator." in words(page.xpath("//caption")[0])
    rep.post("/context", data={"stakeholder": "technical"})
    assert page_of(rep.get("/")).xpath("//table//a[@aria-current]") == [], "half a call is no square"


def test_the_switches_keep_each_other(portal: Portal, rep: TestClient) -> None:
    add_item(portal, "Guide")
    page = page_of(rep.get("/?by=step&count=questions"))
    assert [words(button) for button in page.xpath("//button[@aria-pressed='true'][@name='by' or @name='count']")] == [
        "Buyer step",
        "Questions",
    ]
    assert page.xpath("//*[@aria-label='Columns']/input/@value") == ["questions"]
    assert page.xpath("//*[@aria-label='Count']/input/@value") == ["step"]
    cell = page.xpath("//a[contains(@class,'cell--items')]")[0]
    assert (words(cell.xpath("./b")[0]), words(cell.xpath("./span[@class='cell-q']")[0])) == ("0", "1 item")
    for odd in ("/?by=nonsense&count=2", "/?by=stage'&count="):
        assert page_of(rep.get(odd)).xpath("//button[@aria-pressed='true']/@value")[-2:] == ["stage", "content"]


def test_an_item_counts_once_in_a_buyer_step_over_its_two_stages_and_search_follows(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        tags = [*ids(work, stage="discover", stakeholder="technical"), *ids(work, stage="prove")]
        add_released(work, "Both", "# Both\n\nWords.\n", facet_ids=tags)
    portal.drain()
    with portal.work() as work:
        step = ids(work, step="weighs")[0]
        pairs = sorted((row.step_id, row.stage_id) for row in list_step_rows(work))
        set_process_map(work, [*pairs, (step, ids(work, stage="discover")[0])], state_mark(pairs))
    portal.drain()
    page = rep.get("/?by=step")
    assert square(page, "Technical evaluator, Weighs the options")[0] == "1 item, 0 buyer questions"
    assert square(page, "Technical evaluator, Defines the need")[0] == "1 item, 0 buyer questions"
    with portal.work() as work:
        pairs = sorted((row.step_id, row.stage_id) for row in list_step_rows(work))
        kept = [pair for pair in pairs if pair[0] != ids(work, step="defines")[0]]
        set_process_map(work, kept, state_mark(pairs))
    assert square(rep.get("/?by=step"), "Technical evaluator, Defines the need")[0] == "nothing yet"
    portal.drain()
    assert "0 items" in main_of(rep.get("/ask?set=1&step=defines")), "the index follows the process map"
    assert "1 item" in main_of(rep.get("/ask?set=1&step=weighs"))


def test_what_buyers_ask_on_calls_like_this_says_whether_it_is_answered(portal: Portal, rep: TestClient) -> None:
    asset_id = add_item(portal, "Hydraulic ramp")
    add_item(portal, "Hydraulic gate")
    for number, text in enumerate(("Is it hydraulic?", "Who lifts it?", "Who paints it?", "Who sells it?")):
        ask(portal, text, "discover", "technical", asset_id if number == 0 else None)
    ask(portal, "What of onboarding?", "onboard", "enduser")
    portal.drain()
    rep.post("/context", data={"stage": "discover", "stakeholder": "technical"})
    told = card(rep.get("/"), "On calls like this, buyers ask")
    assert "All 4" in told and "onboarding" not in told
    assert page_of(rep.get("/")).xpath("//a[contains(., 'All 4')]/@href") == ["/questions?stage=discover&stakeholder=technical"]
    shown = page_of(rep.get("/")).xpath("//ol[contains(@class,'buyerq')]/li")
    said = {words(row.xpath("./a")[0]): words(row.xpath("./span")[0]) for row in shown}
    assert len(said) == 3 and said.pop("Is it hydraulic?", "answered") == "answered"
    assert set(said.values()) == {"no answer yet"}


def test_leaving_a_stage_names_its_milestone_and_what_most_people_use_there(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    often, once, elsewhere = add_item(portal, "Often"), add_item(portal, "Once"), add_item(portal, "Elsewhere")
    assert "Set the stage of your call" in card(rep.get("/"), "Leaving a stage")
    rep.post("/context", data={"stage": "prove"})
    rep.get(f"/assets/{elsewhere}")
    for client in (rep, marketer):
        client.post("/context", data={"stage": "discover", "stakeholder": "technical"})
        assert "Nothing was opened, copied or downloaded on a call set to this stage yet" in card(client.get("/"), "Leaving Discover")
        client.get(f"/assets/{often}/file")
    rep.get(f"/assets/{once}")
    rep.get(f"/assets/{once}")
    rep.get("/ask?q=words")
    portal.services.activity.flush()
    told = card(rep.get("/"), "Leaving Discover")
    assert "Exit milestone: Requirements agreed." in told
    assert told.index("Often") < told.index("Once")
    assert "Elsewhere" not in told
    with portal.work() as work:
        actions.retire(work, often)
    assert "Often" not in card(rep.get("/"), "Leaving Discover")


def test_what_somebody_may_not_see_is_not_usually_shown_to_them(portal: Portal, rep: TestClient, partner: TestClient) -> None:
    secret = add_item(portal, "Our margin")
    for client in (rep, partner):
        client.post("/context", data={"stage": "discover"})
    rep.get(f"/assets/{secret}")
    portal.services.activity.flush()
    assert "Our margin" in card(rep.get("/"), "Leaving Discover")
    assert "Our margin" not in partner.get("/").text


def test_changed_this_week_lists_released_versions_with_their_notes(portal: Portal, rep: TestClient) -> None:
    fresh, old = add_item(portal, "New guide"), add_item(portal, "Old guide")
    with portal.work() as work:
        add_version(work, fresh, "# Second\n")
        work.session.get_one(Version, list_versions(work, fresh)[0].id).note = "Two connectors added."
        actions.release(work, fresh)
        add_version(work, old, "# Draft of the old\n")
        work.session.get_one(Version, list_versions(work, old)[1].id).released_at = utc_now() - timedelta(days=7, seconds=5)
    told = card(rep.get("/"), "Changed this week")
    assert "New guide" in told and "v2" in told and "Two connectors added." in told
    assert "Old guide" not in told
    with portal.work() as work:
        actions.retire(work, fresh)
    assert "Nothing was released in the last seven days." in card(rep.get("/"), "Changed this week")


def test_changed_this_week_names_four_and_counts_all(portal: Portal, rep: TestClient) -> None:
    for number in range(6):
        add_item(portal, f"Guide {number}")
    told = card(rep.get("/"), "Changed this week")
    assert "All 6" in told and "Guide 5" in told and "Guide 1" not in told


def say(client: TestClient, **fields: str) -> Response:
    return client.post("/map/negotiate/security", data=fields)


def test_marketing_says_that_a_square_needs_nothing_yet_and_takes_it_back(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    ask(portal, "Who signs?", "negotiate", "security")
    form = page_of(marketer.get("/")).xpath("//form[@action='/map/negotiate/security']")[0]
    assert dict(form.form_values()) == {"was": "yes"}
    assert led_to(say(marketer, was="yes", needed="no")) == "/#bare"
    assert "Security and legal, Negotiate is marked as not needed yet" in marketer.get("/").text
    assert square(rep.get("/"), "Security and legal, Negotiate") == ("not needed yet, 1 buyer question", "unneeded 0")
    assert square(rep.get("/?by=step"), "Security and legal, Settles the terms")[1] == "unneeded 0"
    assert page_of(rep.get("/")).xpath("//form[starts-with(@action,'/map/')]") == []
    say(marketer, was="no", needed="yes")
    assert square(rep.get("/"), "Security and legal, Negotiate")[1] == "gap 0"
    with portal.services.engine.connect() as connection:
        done = connection.exec_driver_sql("SELECT count(*) FROM audit_entry WHERE target = 'map_square'").scalar_one()
    assert done == 2


def test_an_item_makes_a_square_needed_whatever_was_said(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    add_item(portal, "Guide")
    say(marketer, was="yes", needed="no")
    add_item(portal, "Contract", "negotiate", "security")
    assert square(rep.get("/"), "Security and legal, Negotiate")[1] == "items 1"


@pytest.mark.parametrize("fields,status", [({}, 428), ({"was": "no"}, 412), ({"was": "2"}, 428)])
def test_a_square_is_not_changed_unseen(portal: Portal, marketer: TestClient, fields: dict[str, str], status: int) -> None:
    add_item(portal, "Guide")
    assert say(marketer, needed="no", **fields).status_code == status
    assert square(marketer.get("/"), "Security and legal, Negotiate")[1] == "empty 0"


def test_there_is_no_square_of_what_is_not_in_the_framework(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    add_item(portal, "Guide")
    assert marketer.post("/map/negotiate/nobody", data={"needed": "no", "was": "yes"}).status_code == 404
    assert say(rep, needed="no", was="yes").status_code == 403
    assert portal.client(Role.PARTNER).post("/map/negotiate/security", data={}).status_code == 403
