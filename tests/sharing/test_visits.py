"""Visits are told honestly: people by their signs, machines as automatic, colleagues not at all, and nobody who asks not to be followed."""

from datetime import timedelta

import time_machine
from sqlmodel import select

from app.core.clock import utc_now
from app.core.outbox import OutboxRow
from app.identity.models import Role
from app.library.models import Audience
from app.sharing.actions import archive_room
from app.sharing.actions.links import revoke_links
from app.sharing.jobs import forget_visits
from app.sharing.models import Guest, Happened, Link, RoomQuestion, Tailored, Visit, VisitPart
from tests.factories.desk import desk_of
from tests.factories.library import add_released
from tests.factories.portal import Portal
from tests.factories.rooms import MadeRoom, add_private, add_room
from tests.factories.values import add_model


def make(portal: Portal) -> MadeRoom:
    with portal.work() as work:
        room = add_room(work, [add_released(work, "Ramp guide", audience=Audience.CUSTOMER)])
    portal.drain()
    return room


def visits(portal: Portal) -> list[Visit]:
    portal.services.visits.flush()
    with portal.work(read_only=True) as work:
        return list(work.session.exec(select(Visit)).all())


def parts(portal: Portal) -> list[VisitPart]:
    with portal.work(read_only=True) as work:
        return list(work.session.exec(select(VisitPart)).all())


def told(portal: Portal) -> int:
    """How often an owner is to be told of somebody."""
    with portal.work(read_only=True) as work:
        return len(work.session.exec(select(OutboxRow).where(OutboxRow.event == "RoomVisited")).all())


def test_a_fetched_page_is_automatic_until_somebody_moves(portal: Portal) -> None:
    room, client = make(portal), portal.client()
    client.get(room.root)
    [visit] = visits(portal)
    assert not visit.is_human
    client.post(f"{room.root}/seen", data={"seconds": "0"})
    [visit] = visits(portal)
    assert visit.is_human
    page = portal.client(Role.REP).get(f"/rooms/{room.id}").text
    assert "1 by people, 0 automatic" in page


def test_head_and_prefetching_count_as_nothing(portal: Portal) -> None:
    room = make(portal)
    portal.client().head(room.root)
    portal.client(None, **{"Sec-Purpose": "prefetch"}).get(room.root)
    assert visits(portal) == []


def test_seconds_add_up_and_cannot_be_made_up(portal: Portal) -> None:
    room, client = make(portal), portal.client()
    item = str(room.items[0])
    with time_machine.travel(utc_now(), tick=False) as clock:
        client.get(f"{room.root}/i/{item}")
        portal.services.visits.flush()
        for _ in range(3):
            clock.shift(timedelta(seconds=10))
            client.post(f"{room.root}/seen", data={"item": item, "seconds": "10"})
            portal.services.visits.flush()
        for _ in range(20):
            client.post(f"{room.root}/seen", data={"item": item, "seconds": "9999"})
            portal.services.visits.flush()
    [visit] = visits(portal)
    [part] = [one for one in parts(portal) if one.item_id == room.items[0]]
    assert 30 <= part.seconds <= 30 + 20 and part.seconds == visit.seconds, "at most what has passed, a second more for each message"
    assert client.post(f"{room.root}/seen", data={"item": "999", "seconds": "1"}).status_code == 404


def test_downloads_are_counted_once_not_for_each_range(portal: Portal) -> None:
    room, client = make(portal), portal.client()
    client.post(f"{room.root}/seen", data={"seconds": "1"})
    client.get(f"{room.root}/i/{room.items[0]}/file")
    client.get(f"{room.root}/i/{room.items[0]}/file", headers={"Range": "bytes=0-3"})
    visits(portal)
    assert sum(part.what is Happened.DOWNLOADED for part in parts(portal)) == 1
    assert "1 download" in portal.client(Role.REP).get(f"/rooms/{room.id}").text


def test_colleagues_who_are_signed_in_are_left_out(portal: Portal) -> None:
    room, rep = make(portal), portal.client(Role.REP)
    rep.get(room.root)
    rep.post(f"{room.root}/seen", data={"seconds": "5"})
    [visit] = visits(portal)
    assert visit.is_own and not visit.is_human
    assert "0 by people, 0 automatic" in rep.get(f"/rooms/{room.id}").text


def opened(portal: Portal, room: MadeRoom) -> str:
    """What the room's owner reads about its link."""
    visits(portal)
    return portal.client(Role.REP).get(f"/rooms/{room.id}").text


def test_who_pressed_or_typed_is_a_person(portal: Portal) -> None:
    """Two of two views were used up, and the link was opened 0 times."""
    with portal.work() as work:
        asset = add_released(work, "Ramp guide", audience=Audience.CUSTOMER)
        counted, locked = add_room(work, [asset], view_limit=2), add_room(work, [asset], password="seven quiet ramps")
    client = portal.client()
    client.post(f"{locked.root}/password", data={"password": "seven quiet ramps"})
    client.get(locked.root)
    assert [visit.is_human for visit in visits(portal)] == [True] and "Opened 1 time," in opened(portal, locked)
    for headers in ({}, {"DNT": "1"}):
        client = portal.client(None, **headers)
        assert client.post(f"{counted.root}/open").status_code == 303 and client.get(counted.root).status_code == 200
    page = opened(portal, counted)
    assert "Used up" in page and "Opened 2 times" in page


def test_who_asks_not_to_be_followed_is_not(portal: Portal) -> None:
    room = make(portal)
    for name in ("DNT", "Sec-GPC"):
        private = portal.client(None, **{name: "1"})
        page = private.get(room.root).text
        assert "data-seen" not in page and "seen.js" not in page
        assert private.post(f"{room.root}/seen", data={"seconds": "9"}).status_code == 204
    found = visits(portal)
    assert len(found) == 2 and {(one.visitor, one.seconds, one.is_human) for one in found} == {("", 0, False)}


def test_trying_figures_without_being_followed_tells_nobody(portal: Portal) -> None:
    """Six recalculations were six people and six mails."""
    with portal.work() as work:
        room = add_room(work, [add_model(work)])
    portal.drain()
    private, case = portal.client(None, DNT="1", **{"HX-Request": "true"}), f"{room.root}/i/{room.items[0]}/case"
    for docks in range(6):
        assert private.post(case, data={"i.docks": str(docks)}).status_code == 200
    assert visits(portal) == [] and told(portal) == 0
    assert private.post(f"{case}/docx").status_code == 200
    [visit] = visits(portal)
    assert not visit.is_human and [part.what for part in parts(portal)] == [Happened.DOWNLOADED] and told(portal) == 0
    seen = portal.client(None, **{"HX-Request": "true"})
    for docks in range(6):
        seen.post(case, data={"i.docks": str(docks)})
    assert [one.is_human for one in visits(portal)].count(True) == 1 and told(portal) == 1


def test_a_browser_is_told_apart_for_one_day_and_not_beyond(portal: Portal) -> None:
    room = make(portal)
    with time_machine.travel(utc_now(), tick=True) as clock:
        portal.client().get(room.root)
        portal.client().get(room.root)
        portal.client(None, **{"User-Agent": "Another browser"}).get(room.root)
        assert len(visits(portal)) == 2
        clock.shift(timedelta(days=1))
        portal.client().get(room.root)
        assert len(visits(portal)) == 3
    assert all("testclient" not in one.visitor and len(one.visitor) == 32 for one in visits(portal))


def test_visits_are_forgotten_when_their_time_is_over(portal: Portal) -> None:
    room = make(portal)
    portal.client().get(room.root)
    assert len(visits(portal)) == 1
    with time_machine.travel(utc_now() + timedelta(days=364), tick=True):
        forget_visits(desk_of(portal))
        assert len(visits(portal)) == 1
    with time_machine.travel(utc_now() + timedelta(days=366), tick=True):
        forget_visits(desk_of(portal))
        forget_visits(desk_of(portal))
        assert visits(portal) == [] and parts(portal) == []


def test_the_room_says_all_that_is_seen_of_a_visitor(portal: Portal) -> None:
    told = portal.client().get(make(portal).root).text
    words = {
        Happened.OPENED: "which pages were opened and for how long",
        Happened.DOWNLOADED: "what was downloaded",
        Happened.TAILORED: "that something was filled in",
        Happened.ASKED: "your questions",
        Happened.TICKED: "what you change in the plan",
    }
    assert words.keys() == set(Happened)
    assert all(said in told for said in words.values()), told


def left(portal: Portal, room: MadeRoom) -> list[int]:
    """How many drafts, people and questions are still known of a room's link."""
    with portal.work(read_only=True) as work:
        return [len(work.session.exec(select(table).where(table.link_id == room.link)).all()) for table in (Tailored, Guest, RoomQuestion)]


def ask_and_keep(portal: Portal, room: MadeRoom) -> None:
    with portal.work() as work:
        work.session.add(Guest(link_id=room.link, email="buyer@example.com", first_seen_at=work.now))
        add_private(work, room, 0)
    portal.client().post(f"{room.root}/questions", data={"text": "Who pays?", "email": "buyer@example.com"})


def test_what_people_left_at_a_link_is_forgotten_when_it_has_been_over_for_long(portal: Portal) -> None:
    live, revoked, ended, archived = (make(portal) for _ in range(4))
    rooms = (live, revoked, ended, archived)
    for room in rooms:
        ask_and_keep(portal, room)
    with portal.work() as work:
        for room in (live, revoked, archived):
            work.session.get_one(Link, room.link).expires_at = None
        work.session.get_one(Link, ended.link).expires_at = work.now
        revoke_links(work, [revoked.link])
        archive_room(work, archived.id, archived=True)
    for days, expected in ((364, [[1, 1, 1]] * 4), (366, [[1, 1, 1], *[[0, 0, 0]] * 3])):
        with time_machine.travel(utc_now() + timedelta(days=days), tick=True):
            forget_visits(desk_of(portal))
            forget_visits(desk_of(portal))
        assert [left(portal, room) for room in rooms] == expected
