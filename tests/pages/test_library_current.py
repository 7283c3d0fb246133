"""What an open asset page is compared with: the version readers get and since when, nothing to those who may not see it, no use noted."""

import pytest
from sqlmodel import func, select
from starlette.testclient import TestClient

from app.activity.models import ActivityEntry
from app.identity.models import Role
from app.library import actions
from app.library.models import Audience
from tests.factories.library import add_draft, add_released, add_version
from tests.factories.portal import Portal
from tests.pages.reading import page_of


def told(client: TestClient, asset_id: int) -> dict[str, object]:
    answer = client.get(f"/assets/{asset_id}/current")
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert isinstance(found, dict)
    return found


def test_the_page_and_the_answer_agree_until_a_release(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules")
    for client in (marketer, rep):
        bar = page_of(client.get(f"/assets/{asset_id}")).xpath("//*[@data-changed]")[0]
        assert (bar.get("data-number"), bar.get("data-changed"), bar.get("hidden")) == ("1", f"/assets/{asset_id}/current", "")
        assert told(client, asset_id) == {"number": 1, "words": "v1 was released just now."}
    with portal.work() as work:
        number = add_version(work, asset_id, "# New\n")
    assert told(rep, asset_id)["number"] == told(marketer, asset_id)["number"] == 1
    with portal.work() as work:
        actions.release(work, asset_id, number)
    assert told(rep, asset_id) == {"number": 2, "words": "v2 was released just now."}


def test_a_draft_is_no_version_readers_get(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_draft(work, "Gate draft")
    assert told(marketer, asset_id)["number"] == 0
    assert page_of(marketer.get(f"/assets/{asset_id}")).xpath("//*[@data-changed]/@data-number") == ["0"]


@pytest.mark.parametrize("role", [Role.REP, Role.PARTNER])
def test_those_who_may_not_see_it_learn_nothing(portal: Portal, role: Role) -> None:
    with portal.work() as work:
        draft, internal = add_draft(work, "Gate draft"), add_released(work, "Internal", audience=Audience.INTERNAL)
    client = portal.client(role)
    assert client.get(f"/assets/{draft}/current").status_code == 404
    assert client.get(f"/assets/{internal}/current").status_code == (404 if role == Role.PARTNER else 200)


def test_looking_is_no_use(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules")
    for _ in range(3):
        told(rep, asset_id)
    portal.services.activity.flush()
    with portal.work(read_only=True) as work:
        assert work.session.exec(select(func.count()).select_from(ActivityEntry)).one() == 0
