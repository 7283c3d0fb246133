"""Many files at once: the chosen or all get what was said and keep the rest; suggested tags are kept one by one, all, or not at all."""

import pytest
from starlette.testclient import TestClient

from app.framework.models import Facet
from app.framework.queries import list_values
from app.library import queries
from app.library.actions.suggestions import SuggestionInput, store_suggestions
from app.library.models import AssetView
from tests.factories.library import add_draft, add_released, asset_input
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, words

JSON = {"Accept": "application/json"}
Form = dict[str, str | list[str]]


@pytest.fixture
def drafts(portal: Portal) -> list[int]:
    """Three drafts without tags, read."""
    with portal.work() as work:
        made = [add_draft(work, f"Gate {number}", f"# Gate {number}\n", facet_ids=[]) for number in range(3)]
    portal.drain()
    return made


def pairs_of(client: TestClient) -> list[str]:
    """Every file in the state the page shows."""
    return [str(value) for value in page_of(client.get("/upload")).xpath("//input[@name='shown']/@value")]


def ids_of(portal: Portal, facet: Facet) -> list[int]:
    with portal.work(read_only=True) as work:
        return [value.id for value in list_values(work).by_facet(facet)]


def views_of(portal: Portal, keys: list[int]) -> list[AssetView]:
    with portal.work(read_only=True) as work:
        return [queries.get_view(work, key) for key in keys]


def facets_of(view: AssetView) -> set[int]:
    return {value.id for value in view.card.facets}


def suggest(portal: Portal, key: int, *value_ids: int) -> None:
    with portal.work() as work:
        store_suggestions(work, key, [SuggestionInput(value_id, 3.0, "folder Finance") for value_id in value_ids])


def revision_of(portal: Portal, key: int) -> str:
    return str(views_of(portal, [key])[0].revision)


def test_all_files_shown_get_what_was_said_and_keep_the_rest(portal: Portal, marketer: TestClient, drafts: list[int]) -> None:
    stage, stakeholder, kind = (ids_of(portal, facet)[1] for facet in (Facet.STAGE, Facet.STAKEHOLDER, Facet.KIND))
    with portal.work() as work:
        owner = asset_input(work).owner_id
    wanted: Form = {
        "scope": "all",
        "shown": pairs_of(marketer),
        "facet_ids": [str(stage), str(stakeholder)],
        "kind_id": str(kind),
        "owner_id": str(owner),
        "audience": "customer",
        "review_interval_days": "30",
        "expires_on": "2099-01-31",
        "source": "Product release 8.2",
    }
    assert led_to(marketer.post("/upload/tags", data=wanted)) == "/upload"
    for number, view in enumerate(views_of(portal, drafts)):
        assert facets_of(view) == {stage, stakeholder}
        assert (view.card.kind.id, view.owner_id, view.card.audience, view.review_interval_days) == (kind, owner, "customer", 30)
        assert (str(view.expires_on), view.source, view.card.title) == ("2099-01-31", "Product release 8.2", f"Gate {number}")


def test_only_the_chosen_get_tags_added_or_replaced(portal: Portal, marketer: TestClient, drafts: list[int]) -> None:
    first, second, *_ = ids_of(portal, Facet.STAGE)
    stakeholder = ids_of(portal, Facet.STAKEHOLDER)[0]
    for facet_ids in ([first], [stakeholder]):
        wanted: Form = {"pick": pairs_of(marketer)[:2], "facet_ids": [str(value) for value in facet_ids]}
        assert led_to(marketer.post("/upload/tags", data=wanted)) == "/upload"
    wanted = {"pick": pairs_of(marketer)[:1], "facet_ids": [str(second)], "replaces": "yes"}
    assert led_to(marketer.post("/upload/tags", data=wanted)) == "/upload"
    found = [facets_of(view) for view in views_of(portal, sorted(drafts, reverse=True))]
    assert found == [{second, stakeholder}, {first, stakeholder}, set()]


def test_files_changed_or_gone_meanwhile_are_left_and_named(portal: Portal, marketer: TestClient, drafts: list[int]) -> None:
    shown = pairs_of(marketer)
    stage = ids_of(portal, Facet.STAGE)[0]
    suggest(portal, drafts[0], stage)
    kept = {"keep": str(stage), "revision": revision_of(portal, drafts[0])}
    assert marketer.post(f"/upload/files/{drafts[0]}/tags", data=kept, headers=JSON).status_code == 200
    assert marketer.post(f"/upload/files/{drafts[1]}/discard", data={"revision": revision_of(portal, drafts[1])}).status_code == 303
    told = main_of(marketer.post("/upload/tags", data={"scope": "all", "shown": shown, "source": "Release 8"}), 412)
    assert "Applied to 1 file. 2 files are left as before" in told
    assert "“Gate 0” was changed by somebody else meanwhile" in told and "is not on the list any more" in told
    assert [view.source for view in views_of(portal, [drafts[0], drafts[2]])] == ["", "Release 8"]


def test_a_form_that_says_nothing_or_something_wrong_changes_nothing(portal: Portal, marketer: TestClient, drafts: list[int]) -> None:
    before = pairs_of(marketer)
    assert "Choose what the files get first." in main_of(marketer.post("/upload/tags", data={"scope": "all", "shown": before}), 422)
    assert "Choose at least one file" in main_of(marketer.post("/upload/tags", data={"source": "x"}), 422)
    page = page_of(marketer.post("/upload/tags", data={"scope": "all", "shown": before, "expires_on": "soon", "source": "Release 8"}), 422)
    assert "Write the date as year-month-day" in words(page.xpath("//*[@role='alert']")[0])
    assert page.xpath("//form[@id='bulk']//input[@name='source']/@value") == ["Release 8"]
    gone: Form = {"scope": "all", "shown": before, "facet_ids": ["9999"]}
    assert "One of the chosen tags does not exist any more." in main_of(marketer.post("/upload/tags", data=gone), 412)
    assert pairs_of(marketer) == before


def test_a_released_item_is_never_touched(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        there = add_released(work, "Price list")
    told = main_of(marketer.post("/upload/tags", data={"pick": f"{there}:{revision_of(portal, there)}", "source": "x"}), 412)
    assert "“Price list” is not on the list any more." in told
    assert views_of(portal, [there])[0].source == ""


def test_suggestions_are_kept_by_a_person_only(portal: Portal, marketer: TestClient, drafts: list[int]) -> None:
    key, stage, stakeholder, kind = drafts[0], *(ids_of(portal, facet)[2] for facet in (Facet.STAGE, Facet.STAKEHOLDER, Facet.KIND))
    suggest(portal, key, stage, stakeholder, kind)
    path = f"/upload/files/{key}/tags"
    assert facets_of(views_of(portal, [key])[0]) == set(), "never applied silently"
    assert "folder Finance" in main_of(marketer.get(f"/upload?open={key}"))
    assert marketer.post(path, data={"keep": str(stage)}, headers=JSON).status_code == 428
    assert marketer.post(path, data={"keep": str(stage), "revision": "99"}, headers=JSON).status_code == 412
    stranger = ids_of(portal, Facet.STAGE)[0]
    assert marketer.post(path, data={"keep": str(stranger), "revision": revision_of(portal, key)}, headers=JSON).status_code == 422
    assert led_to(marketer.post(path, data={"keep": str(stage), "revision": revision_of(portal, key)})) == f"/upload?open={key}#f-{key}"
    every: Form = {"keep": [str(stage), str(stakeholder), str(kind)], "revision": revision_of(portal, key)}
    assert marketer.post(path, data=every, headers=JSON).json() == {"key": str(key), "state": "ready"}
    view = views_of(portal, [key])[0]
    assert facets_of(view) == {stage, stakeholder} and view.card.kind.id == kind


def test_a_suggestion_that_does_not_fit_goes(portal: Portal, marketer: TestClient, drafts: list[int]) -> None:
    key, stage = drafts[0], ids_of(portal, Facet.STAGE)[2]
    suggest(portal, key, stage)
    marketer.post(f"/upload/files/{key}/tags", data={"drop": str(stage), "revision": revision_of(portal, key)})
    assert "folder Finance" not in main_of(marketer.get(f"/upload?open={key}"))
    assert facets_of(views_of(portal, [key])[0]) == set()


def test_suggestions_of_all_files_are_kept_at_once(portal: Portal, marketer: TestClient, drafts: list[int]) -> None:
    stage, kind = ids_of(portal, Facet.STAGE)[2], ids_of(portal, Facet.KIND)[2]
    for key in drafts:
        suggest(portal, key, stage, kind)
    assert led_to(marketer.post("/upload/tags", data={"scope": "all", "shown": pairs_of(marketer), "keeps_suggested": "yes"})) == "/upload"
    assert [(facets_of(view), view.card.kind.id) for view in views_of(portal, drafts)] == [({stage}, kind)] * 3


def test_reading_a_file_suggests_what_similar_items_carry(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        for number in range(3):
            add_released(work, f"Ramp rules {number}", f"# Ramp rules {number}\n\nLorries wait at the ramp until a door is free.\n")
    portal.drain()
    with portal.work() as work:
        key = add_draft(work, "Ramp rules for lorries", "# Ramp\n\nLorries wait at the ramp for a free door.\n", facet_ids=[])
    portal.drain()
    told = main_of(marketer.get(f"/upload?open={key}"))
    assert "like “Ramp rules" in told
    assert facets_of(views_of(portal, [key])[0]) == set()
