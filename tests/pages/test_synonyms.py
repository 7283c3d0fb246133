"""The synonyms editor: groups are added, changed, removed, and what that does to answers is seen before."""

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.framework.actions import add_synonyms
from app.framework.models import SynonymGroup
from app.identity.models import Role
from app.library.models import Audience
from app.search.queries.synonyms import compare_synonyms
from app.search.rules import Synonyms
from tests.factories.library import add_released
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, value_of, words

NEW = "/framework/synonyms/new"


@pytest.fixture
def shelf(portal: Portal) -> None:
    """Two items that say the same in other words, one of them for partners, too."""
    with portal.work() as work:
        add_released(work, "Wharf brief", "# Wharf\n\nThe wharf opens at six.\n")
        add_released(work, "Dock brief", "# Dock\n\nThe dock opens at six.\n", audience=Audience.PARTNER)
    portal.drain()


def groups(portal: Portal) -> list[list[str]]:
    with portal.work(read_only=True) as work:
        return [row.words for row in work.session.exec(select(SynonymGroup)).all()]


def add(portal: Portal, *synonyms: str) -> int:
    with portal.work() as work:
        return add_synonyms(work, synonyms).id or 0


def effect(page: object) -> str:
    return words(page.xpath("//section[@aria-labelledby='effect-h']")[0])  # type: ignore[attr-defined]  # lxml has no types


def test_a_group_is_added_changed_removed_and_searches_follow(portal: Portal, shelf: None, marketer: TestClient, rep: TestClient) -> None:
    assert "No synonyms yet" in main_of(marketer.get("/framework/synonyms"))
    assert "Wharf brief" not in main_of(rep.get("/ask?q=dock"))
    assert led_to(marketer.post(NEW, data={"words": "Dock\n wharf \n\ndock", "revision": "0", "step": "save"})) == "/framework/synonyms"
    assert groups(portal) == [["dock", "wharf"]]
    assert "Wharf brief" in main_of(rep.get("/ask?q=dock"))
    page = page_of(marketer.get("/framework/synonyms/1"))
    assert value_of(page, "words").split() == ["dock", "wharf"]
    sent = {"words": "dock\nloading bay", "revision": value_of(page, "revision"), "step": "save"}
    led_to(marketer.post("/framework/synonyms/1", data=sent))
    assert groups(portal) == [["dock", "loading bay"]] and "Wharf brief" not in main_of(rep.get("/ask?q=dock"))
    removal = page_of(marketer.get("/framework/synonyms/1/remove"))
    revision = value_of(removal, "revision", "/framework/synonyms/1/remove") or removal.xpath("//form[@method='post']//input/@value")[-1]
    led_to(marketer.post("/framework/synonyms/1/remove", data={"revision": revision}))
    assert groups(portal) == []


def test_related_words_are_found_further_down_and_the_list_says_so(
    portal: Portal, shelf: None, marketer: TestClient, rep: TestClient
) -> None:
    with portal.work() as work:
        add_released(work, "Pier brief", "# Pier\n\nThe pier opens at six.\n")
    portal.drain()
    sent = {"words": "pier\nwharf", "nearness": "related", "revision": "0"}
    page = page_of(marketer.post(NEW, data={**sent, "question": "pier", "step": "preview"}))
    assert "Comes Wharf brief" in effect(page) and page.xpath("//input[@name='nearness'][@checked]/@value") == ["related"]
    led_to(marketer.post(NEW, data={**sent, "step": "save"}))
    add(portal, "pier", "dock")
    answers = page_of(rep.get("/ask?q=pier")).xpath("//article//h3")
    assert [words(title) for title in answers] == ["Pier brief", "Dock brief", "Wharf brief"]
    rows = [words(row) for row in page_of(marketer.get("/framework/synonyms")).xpath("//ul[@class='q']/li")]
    assert ["only related" in row for row in rows] == [True, False]
    assert "only related" in main_of(marketer.get("/framework/synonyms/1/remove"))
    form = page_of(marketer.get("/framework/synonyms/1"))
    assert form.xpath("//input[@name='nearness'][@checked]/@value") == ["related"]
    led_to(marketer.post("/framework/synonyms/1", data={**sent, "nearness": "same", "revision": "1", "step": "save"}))
    assert "related" not in words(page_of(marketer.get("/framework/synonyms")).xpath("//ul[@class='q']")[0])


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ("dock", "Write at least two words or phrases"),
        ("dock\nDOCK", "Write at least two words or phrases"),
        ("dock\none two three four five six", "is too long: search looks at phrases of at most 5 words"),
        ("\n".join(f"word{number}" for number in range(13)), "Write at most 12 words or phrases"),
    ],
)
@pytest.mark.parametrize("step", ["save", "preview"])
def test_wrong_words_are_told_and_kept(portal: Portal, marketer: TestClient, step: str, sent: str, sentence: str) -> None:
    page = page_of(marketer.post(NEW, data={"words": sent, "question": "dock?", "revision": "0", "step": step}), 422)
    assert sentence in words(page.xpath("//*[@role='alert']")[0])
    assert value_of(page, "words").strip() == sent and value_of(page, "question") == "dock?"
    assert groups(portal) == []


def test_the_effect_is_seen_before_anything_is_saved(portal: Portal, shelf: None, marketer: TestClient, rep: TestClient) -> None:
    preview = {"words": "dock\nwharf", "question": "where is the dock", "revision": "0", "step": "preview"}
    page = page_of(marketer.post(NEW, data=preview))
    told = effect(page)
    assert "“where is the dock”" in told and "Comes Wharf brief" in told and "Dock brief" not in told
    assert groups(portal) == [], "a preview saves nothing"
    assert value_of(page, "words").split() == ["dock", "wharf"] and value_of(page, "question") == preview["question"]
    assert "stay as they are" in effect(page_of(marketer.post(NEW, data={**preview, "words": "ramp\nslope"})))
    assert "It has no answer" in effect(page_of(marketer.post(NEW, data={**preview, "question": "zebra"})))


def test_the_effect_of_a_removal_is_seen_first(portal: Portal, shelf: None, marketer: TestClient) -> None:
    group_id = add(portal, "dock", "wharf")
    told = effect(page_of(marketer.get(f"/framework/synonyms/{group_id}/remove?question=dock")))
    assert "Goes Wharf brief" in told and groups(portal) == [["dock", "wharf"]]


def test_without_a_question_the_last_ones_asked_are_tried(portal: Portal, shelf: None, marketer: TestClient, rep: TestClient) -> None:
    sent = {"words": "dock\nwharf", "revision": "0", "step": "preview"}
    assert "None of the last questions asked holds one of these words." in effect(page_of(marketer.post(NEW, data=sent)))
    for question in ("where is the dock", "who pays", "where is the dock"):
        rep.get("/ask", params={"q": question})
    portal.services.activity.flush()
    told = effect(page_of(marketer.post(NEW, data=sent)))
    assert told.count("“where is the dock”") == 1 and "who pays" not in told and "Rep" not in told


def test_only_what_the_asker_may_see_is_compared(portal: Portal, shelf: None) -> None:
    for role, expected in ((Role.REP, ["Wharf brief"]), (Role.PARTNER, [])):
        with portal.work(portal.actor(role), read_only=True) as work:
            effects = compare_synonyms(work, portal.services.index, ["dock"], Synonyms(), Synonyms((("dock", "wharf"),)))
        assert [place.title for place in effects[0].places] == expected
        assert effects[0].total_after - effects[0].total_before == len(expected)


def test_what_moves_is_told_with_both_places(portal: Portal, shelf: None) -> None:
    with portal.work() as work:
        add_released(work, "Pier brief", "# Pier\n\nThe pier, the dock and the wharf, the wharf, the wharf.\n")
    portal.drain()
    with portal.work(portal.actor(Role.REP), read_only=True) as work:
        effects = compare_synonyms(work, portal.services.index, ["pier dock"], Synonyms(), Synonyms((("pier", "wharf"), ("dock", "wharf"))))
        same = compare_synonyms(work, portal.services.index, ["pier dock"], Synonyms((("a", "b"),)), Synonyms((("a", "b"),)))
    assert same[0].places == () and same[0].unmoved >= 1
    assert all(place.before != place.after for place in effects[0].places)
    assert {place.title for place in effects[0].places if place.before == 0} == {"Wharf brief"}


def test_while_the_index_is_made_there_is_nothing_to_compare(portal: Portal, shelf: None, marketer: TestClient) -> None:
    portal.services.index.close()
    sent = {"words": "dock\nwharf", "question": "dock", "revision": "0", "step": "preview"}
    assert "The index is being made anew" in effect(page_of(marketer.post(NEW, data=sent)))


def test_the_slower_of_two_sees_both_groups(portal: Portal, marketer: TestClient, manager: TestClient) -> None:
    path = f"/framework/synonyms/{add(portal, 'dock', 'wharf')}"
    sent = {"revision": value_of(page_of(marketer.get(path)), "revision"), "step": "save"}
    led_to(manager.post(path, data={**sent, "words": "dock\nbay"}))
    late = page_of(marketer.post(path, data={**sent, "words": "dock\nquay"}), 412)
    assert "Saved now is: dock, bay; they mean the same." in words(late.xpath("//*[@role='alert']")[0]) and value_of(
        late, "words"
    ).split() == ["dock", "quay"]
    assert groups(portal) == [["dock", "bay"]]
    assert marketer.post(f"{path}/remove", data={"revision": "1"}).status_code == 412 and groups(portal)
    assert marketer.post(f"{path}/remove").status_code == 428
    led_to(marketer.post(path, data={**sent, "words": "dock\nquay", "revision": value_of(late, "revision")}))
    assert groups(portal) == [["dock", "quay"]]


@pytest.mark.parametrize("path", ["/framework/synonyms/9", "/framework/synonyms/9/remove"])
def test_a_group_that_is_not_there_is_told(marketer: TestClient, path: str) -> None:
    assert "There is no such group of words." in main_of(marketer.get(path), 404)
