"""The pages of the framework: lists, adding, renaming, reordering, the process map, audiences and whom they reach."""

import pytest
from starlette.testclient import TestClient

from app.framework.actions import create_value, install_defaults
from app.framework.models import Facet, ValueInput
from app.framework.queries import list_values
from app.library.queries import get_view
from tests.factories.library import add_draft, add_released
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, value_of, words


@pytest.fixture(autouse=True)
def framework(portal: Portal) -> None:
    """The framework of a new portal."""
    with portal.work() as work:
        install_defaults(work)


def value(portal: Portal, facet: Facet, key: str) -> tuple[str, str, str]:
    """Name, tone and buyer's words of a value in use."""
    with portal.work(read_only=True) as work:
        found = list_values(work).find(facet, key)
    assert found is not None, key
    return found.name, found.tone, found.buyer_words


def order(portal: Portal, facet: Facet) -> list[str]:
    with portal.work(read_only=True) as work:
        return [one.key for one in list_values(work).by_facet(facet)]


def stage(name: str, **more: str) -> dict[str, str]:
    return {"name": name, "milestone": "It is settled", "icon": "scroll-text", **more}


def test_curators_find_the_framework_behind_more_and_others_do_not(marketer: TestClient, rep: TestClient) -> None:
    page = page_of(marketer.get("/"))
    assert page.xpath("//details[contains(@class, 'more')]//a[@href='/framework']")
    assert not page_of(rep.get("/")).xpath("//a[@href='/framework']")


def test_the_overview_names_every_facet_with_its_values(marketer: TestClient) -> None:
    told = main_of(marketer.get("/framework"))
    for word in ("Stages", "Buyer steps", "Stakeholders", "Solutions", "Competitors", "Audiences", "Funded project", "Gets it working"):
        assert word in told
    assert "and 10 more" in told, "of 22 kinds twelve are shown"


@pytest.mark.parametrize("facet", list(Facet))
def test_each_facet_has_its_page_and_each_value_its_form(marketer: TestClient, portal: Portal, facet: Facet) -> None:
    page = page_of(marketer.get(f"/framework/{facet}"))
    keys = order(portal, facet)
    assert len(page.xpath("//ol[contains(@class, 'fw-list')]/li")) == len(keys)
    for key in keys[:2]:
        assert value_of(page_of(marketer.get(f"/framework/{facet}/{key}")), "name") == value(portal, facet, key)[0]


@pytest.mark.parametrize(
    "path", ["/framework/nothing", "/framework/stage/nothing", "/framework/nothing/target", "/framework/stage/x/retire"]
)
def test_what_is_not_there_is_told(marketer: TestClient, path: str) -> None:
    assert marketer.get(path).status_code == 404


def test_a_stage_is_added_renamed_and_its_address_stays(portal: Portal, marketer: TestClient) -> None:
    assert led_to(marketer.post("/framework/stage", data=stage("Legal  check"))) == "/framework/stage"
    assert value(portal, Facet.STAGE, "legal-check") == ("Legal check", "s8", "")
    form = page_of(marketer.get("/framework/stage/legal-check"))
    assert value_of(form, "milestone") == "It is settled"
    assert form.xpath("//input[@name='icon'][@checked]/@value") == ["scroll-text"]
    sent = stage("Signing", revision=value_of(form, "revision"), icon="wallet")
    assert led_to(marketer.post("/framework/stage/legal-check", data=sent)) == "/framework/stage"
    assert value(portal, Facet.STAGE, "legal-check")[0] == "Signing"
    assert "Signing" in words(page_of(marketer.get("/ask?set=1&stage=legal-check")))
    with portal.work(read_only=True) as work:
        found = list_values(work).find(Facet.STAGE, "legal-check")
        assert found is not None and (found.icon, found.milestone) == ("wallet", "It is settled")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Give it a name."),
        ({"name": "x" * 81}, "Write at most 80 characters."),
        ({"name": "target"}, "There is already “Target”."),
        ({"icon": "x"}, "Choose one of the pictures."),
        ({"milestone": "x" * 201}, "Write at most 200 characters."),
    ],
)
@pytest.mark.parametrize("path", ["/framework/stage", "/framework/stage/qualify"])
def test_a_wrong_field_is_told_and_nothing_typed_is_lost(
    portal: Portal, marketer: TestClient, path: str, wrong: dict[str, str], sentence: str
) -> None:
    sent = stage("Legal", revision="1") | wrong
    page = page_of(marketer.post(path, data=sent), 422)
    assert sentence in words(page.xpath("//*[@role='alert']")[0])
    assert value_of(page, "name", path) == sent["name"] and value_of(page, "milestone", path) == sent["milestone"]
    assert len(order(portal, Facet.STAGE)) == 7 and value(portal, Facet.STAGE, "qualify")[0] == "Qualify"


def test_there_are_at_most_nine_stages_and_eight_stakeholders(portal: Portal, marketer: TestClient) -> None:
    for number in (8, 9):
        led_to(marketer.post("/framework/stage", data=stage(f"Stage {number}")))
        assert value(portal, Facet.STAGE, f"stage-{number}")[1] == f"s{number}"
    full = page_of(marketer.get("/framework/stage"))
    assert "as many as there are colours" in words(full) and not full.xpath("//input[@name='name']")
    assert "There are 9 stages, and there is no room for more." in main_of(marketer.post("/framework/stage", data=stage("Tenth")), 422)
    for number in (7, 8):
        led_to(marketer.post("/framework/stakeholder", data={"name": f"Role {number}", "icon": "users", "buyer_words": "Why?"}))
        assert value(portal, Facet.STAKEHOLDER, f"role-{number}") == (f"Role {number}", f"w{number}", "Why?")
    assert marketer.post("/framework/stakeholder", data={"name": "Ninth", "icon": "users"}).status_code == 422


def test_a_stakeholder_has_a_question_and_a_profile(marketer: TestClient) -> None:
    sent = {"name": "Finance", "icon": "wallet", "buyer_words": "Who pays?", "judges_by": "Cash", "fears": "Surprises", "revision": "1"}
    led_to(marketer.post("/framework/stakeholder/economic", data=sent))
    told = main_of(marketer.get("/framework/stakeholder"))
    assert "Finance" in told and "Who pays?" in told and "Judges by: Cash." in told and "Fears: Surprises." in told


def test_the_slower_of_two_sees_both_texts_and_may_still_save(portal: Portal, marketer: TestClient, manager: TestClient) -> None:
    path = "/framework/stage/target"
    form = {"revision": value_of(page_of(marketer.get(path)), "revision"), "icon": "crosshair"}
    led_to(manager.post(path, data={**form, "name": "Aim", "milestone": "Seen"}))
    late = page_of(marketer.post(path, data={**form, "name": "Goal", "milestone": "Heard"}), 412)
    alert = words(late.xpath("//*[@role='alert']")[0])
    assert "Somebody changed this meanwhile" in alert and "Aim" in alert and "Seen" in alert
    assert value_of(late, "name") == "Goal" and value_of(late, "milestone") == "Heard"
    assert value(portal, Facet.STAGE, "target")[0] == "Aim", "nothing was overwritten"
    led_to(marketer.post(path, data={**form, "name": "Goal", "revision": value_of(late, "revision")}))
    assert value(portal, Facet.STAGE, "target")[0] == "Goal"


@pytest.mark.parametrize("path", ["/framework/stage/target", "/framework/stage/target/move", "/framework/stage/target/restore"])
def test_a_form_that_does_not_say_its_state_is_refused(marketer: TestClient, path: str) -> None:
    assert marketer.post(path, data=stage("Aim", places="1")).status_code == 428
    assert marketer.post("/framework/process-map", data={"pair": "1-2"}).status_code == 428


def test_reordering_changes_the_tones_and_keeps_the_focus(portal: Portal, marketer: TestClient) -> None:
    assert [value(portal, Facet.STAGE, key)[1] for key in ("target", "qualify")] == ["s1", "s2"]
    seen = page_of(marketer.get("/framework/stage")).xpath("//input[@name='seen']/@value")[0]
    sent = {"places": "1", "seen": seen}
    after = page_of(marketer.get(led_to(marketer.post("/framework/stage/target/move", data=sent))))
    assert [value(portal, Facet.STAGE, key)[1] for key in ("target", "qualify")] == ["s2", "s1"]
    assert after.xpath("//button[@autofocus]/@aria-label") == ["Move Target down"]
    late = page_of(marketer.post("/framework/stage/target/move", data=sent), 412)
    assert "The order was changed by somebody else meanwhile." in words(late.xpath("//*[@role='alert']")[0])
    assert order(portal, Facet.STAGE)[:2] == ["qualify", "target"]


def test_moving_beyond_the_ends_changes_nothing(portal: Portal, marketer: TestClient) -> None:
    before = order(portal, Facet.KIND)
    seen = page_of(marketer.get("/framework/kind")).xpath("//input[@name='seen']/@value")[0]
    for key, places in ((before[0], "-1"), (before[-1], "1")):
        led_to(marketer.post(f"/framework/kind/{key}/move", data={"places": places, "seen": seen}))
    assert order(portal, Facet.KIND) == before


def pairs_of(page: object) -> set[str]:
    return set(page.xpath("//input[@name='pair'][@checked]/@value"))  # type: ignore[attr-defined]  # lxml has no types


def test_the_process_map_is_many_to_many_and_stages_show_it(portal: Portal, marketer: TestClient) -> None:
    page = page_of(marketer.get("/framework/step"))
    with portal.work(read_only=True) as work:
        values = list_values(work)
        step, stages = values.by_facet(Facet.STEP), values.by_facet(Facet.STAGE)
    ticked = pairs_of(page)
    assert len(ticked) == 7
    seen = value_of(page, "seen", "/framework/process-map")
    sent = {"seen": seen, "pair": [*ticked, f"{step[0].id}-{stages[1].id}", f"{step[0].id}-{stages[0].id}", "7-x", "99999-1"]}
    assert led_to(marketer.post("/framework/process-map", data=sent)) == "/framework/step"
    assert value(portal, Facet.STAGE, "qualify")[2] == "Notices a problem, Agrees it is worth time"
    late = page_of(marketer.post("/framework/process-map", data={"seen": seen, "pair": []}), 412)
    assert "The process map was changed by somebody else meanwhile." in words(late.xpath("//*[@role='alert']")[0])
    assert pairs_of(late) == set(), "what was ticked is kept on the page"
    assert len(pairs_of(page_of(marketer.get("/framework/step")))) == 8, "and nothing was overwritten"


def test_a_renamed_step_is_renamed_on_its_stages(portal: Portal, marketer: TestClient) -> None:
    led_to(marketer.post("/framework/step/defines", data={"name": "Says what it needs", "revision": "1"}))
    assert value(portal, Facet.STAGE, "discover")[2] == "Says what it needs"


def add_audience(portal: Portal, name: str, level: str) -> int:
    with portal.work() as work:
        return create_value(work, Facet.AUDIENCE, ValueInput(name=name, level=level)).id or 0


def test_an_audience_chosen_in_the_form_decides_who_gets_the_item(portal: Portal, marketer: TestClient, partner: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Dock guide")
    audience = add_audience(portal, "Distributors", "partner")
    path = f"/assets/{asset_id}/edit"
    form = page_of(marketer.get(path))
    assert form.xpath("//select[@name='audience']/option[@selected]/@value") == ["internal"]
    sent = {name: value_of(form, name) for name in ("title", "revision")} | {"review_interval_days": "180", "audience": str(audience)}
    sent |= {name: form.xpath(f"//select[@name='{name}']/option[@value!='']/@value")[0] for name in ("kind_id", "owner_id")}
    sent |= {"facet_ids": form.xpath("//input[@name='facet_ids'][@checked]/@value")}
    assert partner.get(f"/assets/{asset_id}").status_code == 404
    led_to(marketer.post(path, data=sent))
    assert partner.get(f"/assets/{asset_id}").status_code == 200
    again = page_of(marketer.get(path))
    assert again.xpath("//select[@name='audience']/option[@selected]/@value") == [str(audience)]
    assert "Partners too (Distributors)" in main_of(marketer.get(f"/assets/{asset_id}"))
    assert "Distributors" not in words(page_of(partner.get(f"/assets/{asset_id}")))
    led_to(marketer.post(path, data={**sent, "revision": value_of(again, "revision"), "audience": "partner"}))
    third = page_of(marketer.get(path))
    assert third.xpath("//select[@name='audience']/option[@selected]/@value") == ["partner"], "the first of its level goes by the level"


def test_a_new_level_reaches_more_people_only_after_it_was_said(portal: Portal, marketer: TestClient, partner: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Dock guide")
        add_draft(work, "Dock plan")
    path = "/framework/audience/internal"
    add_audience(portal, "House", "internal")
    sent = {"name": "Everybody", "level": "partner", "revision": "1"}
    asked = page_of(marketer.post(path, data=sent), 422)
    sentence = "2 items are then meant for partners, too: 1 released, at once"
    assert sentence in words(asked.xpath("//*[@role='alert']")[0]) and value_of(asked, "name") == "Everybody"
    assert partner.get(f"/assets/{asset_id}").status_code == 404
    assert marketer.post(path, data={**sent, "wider": "1"}).status_code == 422, "another number was agreed to"
    agreed = asked.xpath("//input[@name='wider']/@value")[0]
    led_to(marketer.post(path, data={**sent, "wider": agreed}))
    assert partner.get(f"/assets/{asset_id}").status_code == 200
    with portal.work(read_only=True) as work:
        assert get_view(work, asset_id).card.audience == "partner"


def test_a_renamed_audience_reaches_nobody_new(portal: Portal, marketer: TestClient, partner: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Dock guide")
    led_to(marketer.post("/framework/audience/internal", data={"name": "Partners and all", "level": "internal", "revision": "1"}))
    assert partner.get(f"/assets/{asset_id}").status_code == 404


def test_one_audience_stays_in_the_house(marketer: TestClient) -> None:
    told = main_of(marketer.post("/framework/audience/internal", data={"name": "Internal", "level": "partner", "revision": "1"}), 422)
    assert "is the last audience for our own people" in told


def test_a_rename_is_found_by_its_new_name(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        add_released(work, "Dock guide", "# Dock\n\nNothing else.\n")
    portal.drain()
    assert "Dock guide" not in main_of(rep.get("/ask?q=reconnaissance"))
    led_to(marketer.post("/framework/stage/target", data={"name": "Reconnaissance", "icon": "crosshair", "revision": "1"}))
    portal.drain()
    assert "Dock guide" in main_of(rep.get("/ask?q=reconnaissance"))
