"""What is still open in a tab while its row is removed: the form finds nothing, rather than what was added since."""

from sqlmodel import select
from starlette.testclient import TestClient

from app.library.models import Audience
from app.sharing.models import PlanStep, Room, RoomItem
from tests.factories.library import add_released
from tests.factories.portal import Portal
from tests.factories.rooms import add_room


def test_a_step_and_an_item_of_a_room(portal: Portal, rep: TestClient) -> None:
    """The last step and the last item are removed, others are added; forms of the old ones find nothing."""
    with portal.work() as work:
        other = add_released(work, "Other guide", audience=Audience.CUSTOMER)
        room = add_room(work, [add_released(work, "Ramp guide", audience=Audience.CUSTOMER)])

    def last() -> tuple[int, int]:
        with portal.work(read_only=True) as work:
            steps, items = work.session.exec(select(PlanStep.id)).all(), work.session.exec(select(RoomItem.id)).all()
        return max(step or 0 for step in steps), max(item or 0 for item in items)

    def state() -> dict[str, str]:
        with portal.work(read_only=True) as work:
            return {"revision": str(work.session.get_one(Room, room.id).revision)}

    rep.post(f"/rooms/{room.id}/plan", data={"text": "Meet", "side": "us"})
    step, item = last()
    assert rep.post(f"/rooms/{room.id}/plan/{step}/remove", data={"revision": "1"}).status_code == 303
    assert rep.post(f"/rooms/{room.id}/items/{item}/remove", data=state()).status_code == 303
    rep.post(f"/rooms/{room.id}/plan", data={"text": "Sign", "side": "us"})
    rep.post(f"/rooms/{room.id}/items", data={"asset_id": str(other), **state()})
    assert last() == (step + 1, item + 1)
    assert rep.post(f"/rooms/{room.id}/plan/{step}", data={"text": "Meet twice", "side": "us", "revision": "1"}).status_code == 404
    assert rep.post(f"/rooms/{room.id}/plan/{step}/remove", data={"revision": "1"}).status_code == 404
    assert rep.post(f"/rooms/{room.id}/items/{item}/remove", data=state()).status_code == 404
