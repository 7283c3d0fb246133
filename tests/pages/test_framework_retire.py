"""Retiring facet values: what carries them is shown, goes somewhere in one transaction, and nothing is orphaned."""

import random
from collections.abc import Iterator

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.core.work import Work
from app.framework import actions as framework
from app.framework.actions import create_value, install_defaults
from app.framework.models import Facet, FacetValue, ValueInput
from app.framework.queries import list_values
from app.framework.rules import KEEPING
from app.identity.models import Role
from app.library import actions
from app.library.models import Asset, AssetFacet, Status, TagSuggestion
from app.library.queries import get_view
from app.messaging.actions import edit_question, record_question
from app.messaging.models import BuyerQuestion, QuestionFacet, QuestionInput
from app.messaging.queries import get_question_view
from app.search.jobs import find_differences
from tests.factories.desk import desk_of
from tests.factories.library import add_draft, add_released, asset_input
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, value_of, words


@pytest.fixture(autouse=True)
def framework_of_a_new_portal(portal: Portal) -> None:
    with portal.work() as work:
        install_defaults(work)
        for facet, name in ((Facet.SOLUTION, "Scheduler"), (Facet.SOLUTION, "Planner"), (Facet.VERTICAL, "Retail")):
            create_value(work, facet, ValueInput(name=name))


def ids(work: Work, facet: Facet, *keys: str) -> list[int]:
    return [value.id for value in list_values(work).by_facet(facet) if value.key in keys]


def tagged(work: Work, **keys: str) -> list[int]:
    chosen = {"stage": "prove", "stakeholder": "champion", **keys}
    return [value_id for facet, key in chosen.items() for value_id in ids(work, Facet(facet), key)]


def revision(client: TestClient, path: str) -> str:
    return value_of(page_of(client.get(path)), "revision")


def test_what_carries_a_stage_is_shown_goes_to_another_and_the_index_follows(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        released = add_released(work, "Ramp guide", facet_ids=tagged(work))
        draft = add_draft(work, "Ramp plan", facet_ids=tagged(work))
        gone = add_draft(work, "Ramp past", facet_ids=tagged(work))
        actions.trash(work, gone)
        both = add_released(work, "Ramp both", facet_ids=[*tagged(work), *ids(work, Facet.STAGE, "discover")])
        question = record_question(work, QuestionInput(text="Who proves it?", facet_ids=tagged(work))).id or 0
    portal.drain()
    path = "/framework/stage/prove/retire"
    page = page_of(marketer.get(path))
    counts = {words(node.xpath("dt")[0]): words(node.xpath("dd")[0]) for node in page.xpath("//dl[@class='fw-counts']/div")}
    assert counts == {"Released": "2", "Drafts": "1", "Retired": "0", "In the trash": "1", "Buyer questions": "1"}
    links = page.xpath("//main//details//a/@href")
    assert {f"/assets/{released}", f"/assets/{draft}", f"/questions/{question}/edit"} <= set(links) and f"/assets/{gone}" not in links
    assert not page.xpath("//option[@value='=keep']"), "a stage's content has to go somewhere"

    sent = {"revision": value_of(page, "revision")}
    for target in ("", "=keep", "prove", "nowhere"):
        refused = page_of(marketer.post(path, data={**sent, "target": target}), 422)
        assert "Choose where the content of “Prove value” goes." in words(refused.xpath("//*[@role='alert']")[0])
    assert led_to(marketer.post(path, data={**sent, "target": "discover"})) == "/framework/stage"
    told = words(page_of(marketer.get("/framework/stage")))
    assert "4 items and 1 question went to “Discover”." in told
    with portal.work(read_only=True) as work:
        for asset_id in (released, draft, both):
            assert [one.key for one in get_view(work, asset_id).card.facets if one.facet == Facet.STAGE] == ["discover"]
        assert [one.key for one in get_question_view(work, question).facets if one.facet == Facet.STAGE] == ["discover"]
        assert [one.tone for one in list_values(work).by_facet(Facet.STAGE)] == [f"s{number}" for number in range(1, 7)]
        assert list_values(work).by_facet(Facet.STAGE)[2].buyer_words == "Defines the need, Weighs the options"
    portal.drain()
    assert find_differences(desk_of(portal)) == []
    assert "Ramp guide" in main_of(rep.get("/ask?set=1&stage=discover"))


def test_a_value_nothing_carries_is_retired_and_brought_back_at_the_end(portal: Portal, marketer: TestClient) -> None:
    page = page_of(marketer.get("/framework/stage/target/retire"))
    assert "Nothing carries it" in words(page)
    led_to(marketer.post("/framework/stage/target/retire", data={"revision": value_of(page, "revision")}))
    page = page_of(marketer.get("/framework/stage"))
    assert led_to(marketer.get("/framework/stage/target/retire")) == "/framework/stage"
    form = page.xpath("//form[@action='/framework/stage/target/restore']")[0]
    led_to(marketer.post("/framework/stage/target/restore", data={"revision": form.xpath("input/@value")[0]}))
    with portal.work(read_only=True) as work:
        stages = list_values(work).by_facet(Facet.STAGE)
    assert (stages[-1].key, stages[-1].tone, stages[-1].buyer_words) == ("target", "s7", "Notices a problem")
    late = marketer.post("/framework/stage/target/restore", data={"revision": "1"})
    assert late.status_code == 412


def test_a_retired_step_lays_its_stages_under_another(portal: Portal, marketer: TestClient) -> None:
    path = "/framework/step/weighs/retire"
    led_to(marketer.post(path, data={"revision": revision(marketer, path), "target": "defines"}))
    with portal.work(read_only=True) as work:
        prove = list_values(work).find(Facet.STAGE, "prove")
    assert prove is not None and prove.buyer_words == "Defines the need"


def test_a_kept_solution_stays_on_what_carries_it_whatever_is_edited(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Ramp guide", facet_ids=tagged(work, solution="scheduler"))
        question = record_question(work, QuestionInput(text="Who proves it?", facet_ids=tagged(work, solution="scheduler")))
        question_id = question.id or 0
        solution = ids(work, Facet.SOLUTION, "scheduler")[0]
        work.session.add(TagSuggestion(asset_id=asset_id, value_id=solution, score=1, reason="It says so"))
    portal.drain()
    path = "/framework/solution/scheduler/retire"
    led_to(marketer.post(path, data={"revision": revision(marketer, path), "target": "=keep"}))
    portal.drain()
    assert "Still carried by 1 item and 1 question" in main_of(marketer.get("/framework/solution"))
    assert "Scheduler" in main_of(rep.get(f"/assets/{asset_id}"))
    assert not page_of(marketer.get(f"/assets/{asset_id}/edit")).xpath(f"//input[@name='facet_ids'][@value='{solution}']")
    with portal.work() as work:
        assert work.session.exec(select(TagSuggestion)).all() == [], "it is suggested no more"
        view = get_view(work, asset_id)
        actions.edit_asset(work, asset_id, asset_input(work, "Ramp manual", facet_ids=tagged(work)), view.revision)
        edit_question(work, question_id, QuestionInput(text="Who shows it?", facet_ids=tagged(work)), question.revision)
    with portal.work(read_only=True) as work:
        assert "scheduler" in [one.key for one in get_view(work, asset_id).card.facets]
        assert "scheduler" in [one.key for one in get_question_view(work, question_id).facets]
    portal.drain()
    assert find_differences(desk_of(portal)) == []


def test_a_retired_value_is_refused_in_a_form_opened_before(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_draft(work, "Ramp guide")
        solution = ids(work, Facet.SOLUTION, "planner")[0]
        given = asset_input(work)
    form = {"title": "Ramp", "kind_id": str(given.kind_id), "audience": "internal", "review_interval_days": "30"}
    form |= {"revision": revision(marketer, f"/assets/{asset_id}/edit"), "facet_ids": str(solution)}
    path = "/framework/solution/planner/retire"
    led_to(marketer.post(path, data={"revision": revision(marketer, path)}))
    assert "does not exist any more" in main_of(marketer.post(f"/assets/{asset_id}/edit", data=form), 422)


def test_a_form_opened_before_content_was_moved_is_noticed(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_draft(work, "Ramp guide", facet_ids=tagged(work))
        given = asset_input(work)
    form = {"title": "Ramp", "kind_id": str(given.kind_id), "audience": "internal", "review_interval_days": "30"}
    form |= {"revision": revision(marketer, f"/assets/{asset_id}/edit")}
    path = "/framework/stage/prove/retire"
    led_to(marketer.post(path, data={"revision": revision(marketer, path), "target": "discover"}))
    assert marketer.post(f"/assets/{asset_id}/edit", data=form).status_code == 412


def test_the_slower_of_two_moves_nothing(portal: Portal, marketer: TestClient, manager: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_draft(work, "Ramp guide", facet_ids=tagged(work))
    path = "/framework/stage/prove/retire"
    before = revision(marketer, path)
    led_to(manager.post("/framework/stage/prove", data={"name": "Proof", "icon": "wallet", "revision": before}))
    late = page_of(marketer.post(path, data={"revision": before, "target": "discover"}), 412)
    assert "Nothing was moved." in words(late.xpath("//*[@role='alert']")[0])
    with portal.work(read_only=True) as work:
        assert "prove" in [one.key for one in get_view(work, asset_id).card.facets], "all of it was taken back"
    assert marketer.post(path, data={"target": "discover"}).status_code == 428


def test_an_audience_goes_to_a_wider_one_only_after_it_was_said(portal: Portal, marketer: TestClient, partner: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Ramp guide")
        create_value(work, Facet.AUDIENCE, ValueInput(name="House", level="internal"))
    path = "/framework/audience/internal/retire"
    page = page_of(marketer.get(path))
    assert "Partner (partners, too)" in [words(node) for node in page.xpath("//select[@name='target']/option")]
    sent = {"revision": value_of(page, "revision"), "target": "partner"}
    asked = page_of(marketer.post(path, data=sent), 422)
    assert "1 item is then meant for partners, too" in words(asked.xpath("//*[@role='alert']")[0])
    assert partner.get(f"/assets/{asset_id}").status_code == 404
    led_to(marketer.post(path, data={**sent, "wider": asked.xpath("//input[@name='wider']/@value")[0]}))
    assert partner.get(f"/assets/{asset_id}").status_code == 200
    portal.drain()
    assert "Ramp guide" in main_of(partner.get("/ask?q=ramp"))


def test_an_audience_goes_to_a_narrower_one_at_once(portal: Portal, marketer: TestClient, partner: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Ramp guide", audience="customer")  # type: ignore[arg-type]  # the word will do
    assert partner.get(f"/assets/{asset_id}").status_code == 200
    path = "/framework/audience/customer/retire"
    led_to(marketer.post(path, data={"revision": revision(marketer, path), "target": "internal"}))
    assert partner.get(f"/assets/{asset_id}").status_code == 404


@pytest.mark.parametrize(("facet", "last"), [(Facet.STAGE, "onboard"), (Facet.STAKEHOLDER, "security"), (Facet.KIND, "other")])
def test_the_last_one_stays(portal: Portal, marketer: TestClient, facet: Facet, last: str) -> None:
    with portal.work() as work:
        for value in list_values(work).by_facet(facet):
            if value.key != last:
                framework.retire_value(work, facet, value.key, value.revision)
    path = f"/framework/{facet}/{last}/retire"
    assert "is the last one" in main_of(marketer.post(path, data={"revision": revision(marketer, path)}), 422)


FACETS = (Facet.STAGE, Facet.STAKEHOLDER, Facet.KIND, Facet.SOLUTION, Facet.VERTICAL, Facet.SEGMENT, Facet.AUDIENCE)


def fill(work: Work, chance: random.Random) -> None:
    """Items in every state and questions with values at random."""
    values = list_values(work)
    pick = {facet: [value.id for value in values.by_facet(facet)] for facet in FACETS}
    for number in range(14):
        tags = {chance.choice(pick[facet]) for facet in FACETS if facet not in (Facet.KIND, Facet.AUDIENCE) for _ in range(2)}
        kind, audience = chance.choice(pick[Facet.KIND]), chance.choice([None, *pick[Facet.AUDIENCE]])
        asset_id = add_draft(work, f"Item {number}", facet_ids=sorted(tags), kind_id=kind, audience_id=audience)
        life = chance.choice([actions.trash, actions.retire, actions.release, None])
        if life is not None:
            life(work, asset_id)
        chosen = [chance.choice(pick[facet]) for facet in (Facet.STAGE, Facet.SOLUTION)]
        record_question(work, QuestionInput(text=f"Question number {number}?", facet_ids=chosen))


def carried(work: Work) -> Iterator[tuple[str, int]]:
    """Everything that carries a value: what it is and the value's id."""
    yield from (("kind", value_id) for value_id in work.session.exec(select(Asset.kind_id)).all())
    yield from (("asset", value_id) for value_id in work.session.exec(select(AssetFacet.value_id)).all())
    yield from (("question", value_id) for value_id in work.session.exec(select(QuestionFacet.value_id)).all())


@pytest.mark.parametrize("seed", range(4))
def test_after_retiring_nothing_carries_a_retired_value_unless_it_was_kept(portal: Portal, seed: int) -> None:
    chance, client, kept = random.Random(seed), portal.client(Role.ADMIN), set()
    with portal.work() as work:
        fill(work, chance)
        count = len(work.session.exec(select(Asset)).all()), len(work.session.exec(select(BuyerQuestion)).all())
    for _ in range(8):
        facet = chance.choice(FACETS)
        with portal.work(read_only=True) as work:
            in_use = list_values(work).by_facet(facet)
        if not in_use:
            continue
        value, *others = chance.sample(in_use, len(in_use))
        keeps = facet in KEEPING and chance.random() < 0.4
        path = f"/framework/{facet}/{value.key}/retire"
        sent = {"revision": str(value.revision), "target": "=keep" if keeps else (others[0].key if others else "")}
        answer = client.post(path, data=sent)
        if answer.status_code == 422 and (agreed := page_of(answer, 422).xpath("//input[@name='wider']/@value")):
            answer = client.post(path, data={**sent, "wider": agreed[0]})
        if answer.status_code == 303 and keeps:
            kept.add(value.id)
    with portal.work(read_only=True) as work:
        retired = set(work.session.exec(select(FacetValue.id).where(col(FacetValue.retired_at).is_not(None))).all())
        assert len(retired) >= 3, "something was retired"
        assert {(what, value_id) for what, value_id in carried(work) if value_id in retired - kept} == set()
        assert (len(work.session.exec(select(Asset)).all()), len(work.session.exec(select(BuyerQuestion)).all())) == count
        levels = {value.id: value.level for value in list_values(work).by_facet(Facet.AUDIENCE)}
        rows = select(Asset.audience, AssetFacet.value_id).where(col(Asset.id) == col(AssetFacet.asset_id))
        assert all(audience == levels[one] for audience, one in work.session.exec(rows).all() if one in levels), "the level decides"
        live = work.session.exec(select(Asset).where(col(Asset.status) == Status.RELEASED)).all()
        stages = {value.id for value in list_values(work).by_facet(Facet.STAGE)}
        for asset in live:
            own = work.session.exec(select(AssetFacet.value_id).where(col(AssetFacet.asset_id) == asset.id)).all()
            assert stages & set(own), "a released item keeps a stage"
