"""Reads stays at links for the people of the house, honestly: people, machines, and nobody's own visits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select
from sqlmodel import col, func, select

from app.core.work import Work
from app.framework.models import ValueView
from app.framework.queries import list_values
from app.identity.models import User
from app.identity.queries import house_emails, lets_in
from app.sharing.models import Guest, Happened, Link, Room, RoomItem, Visit, VisitPart
from app.sharing.queries import list_entries
from app.sharing.queries.rooms import get_room
from app.sharing.rules import refusal_of

MOST_VISITS = 100


@dataclass(frozen=True)
class PartView:
    """What happened with an item in a stay; `title` is empty for the room itself."""

    what: Happened
    title: str
    seconds: int


@dataclass(frozen=True)
class VisitView:
    """A stay of somebody: who, as far as a mail check told, when, how long, and with what."""

    id: str
    who: str
    link_id: int
    recipient: str
    is_human: bool
    started_at: datetime
    seconds: int
    parts: tuple[PartView, ...]


@dataclass(frozen=True)
class GuestView:
    """Somebody a mail check made known, with the stakeholder the sender took them for."""

    id: int
    email: str
    name: str
    stakeholder: ValueView | None
    is_forwarded: bool
    first_seen_at: datetime
    stays: int


@dataclass(frozen=True)
class NoticedVisit:
    """A stay with all the mail about it says."""

    visit: Visit
    link: Link
    room: Room
    owner: User
    guest: Guest | None


@dataclass(frozen=True)
class ReplacedItem:
    """An item with a newer version, and whom its mail is from and to."""

    title: str
    room: str
    email: str
    owner: User


def link_exists(work: Work, link_id: int) -> bool:
    """Whether the link is still there."""
    return work.session.get(Link, link_id) is not None


def over_since(moment: datetime) -> Select[int | None]:
    """Links that were revoked, ended or archived with their room before this moment; for the job that forgets."""
    ended = (col(Link.revoked_at) < moment) | (col(Link.expires_at) < moment) | (col(Room.archived_at) < moment)
    return select(Link.id).join(Room, col(Room.id) == col(Link.room_id)).where(ended)


def find_part(work: Work, visit_id: str, item_id: int | None, what: Happened) -> VisitPart | None:
    """What a stay has noted already of an item."""
    same = (col(VisitPart.visit_id) == visit_id) & (col(VisitPart.what) == what)
    item = col(VisitPart.item_id) == item_id if item_id is not None else col(VisitPart.item_id).is_(None)
    return work.session.exec(select(VisitPart).where(same, item)).first()


def list_visits(work: Work, room_id: int, titles: dict[int, str]) -> tuple[VisitView, ...]:
    """The last stays in a room, newest first; `titles` are those of its items, by item."""
    room = get_room(work, room_id)
    chosen = select(Visit, Link).join(Link, col(Link.id) == col(Visit.link_id)).where(col(Link.room_id) == room.id, ~col(Visit.is_own))
    rows = work.session.exec(chosen.order_by(col(Visit.started_at).desc()).limit(MOST_VISITS)).all()
    guests = _guests_by_id(work, [visit.guest_id for visit, _ in rows])
    parts = _parts_of(work, [visit.id for visit, _ in rows], titles)
    return tuple(
        VisitView(
            id=visit.id,
            who=_name(guests.get(visit.guest_id or 0)),
            link_id=link.id or 0,
            recipient=link.recipient,
            is_human=visit.is_human,
            started_at=visit.started_at,
            seconds=visit.seconds,
            parts=parts.get(visit.id, ()),
        )
        for visit, link in rows
    )


def list_guests(work: Work, room_id: int) -> tuple[GuestView, ...]:
    """People who came by mail check, in the order they came."""
    return list_people_of(work, [get_room(work, room_id).id or 0])


def list_people_of(work: Work, room_ids: Sequence[int]) -> tuple[GuestView, ...]:
    """The same of several rooms, which were filtered already; people of the house are no guests."""
    chosen = select(Guest).join(Link, col(Link.id) == col(Guest.link_id)).where(col(Link.room_id).in_(room_ids))
    known = work.session.exec(chosen.order_by(col(Guest.id))).all()
    own = house_emails(work, [guest.email for guest in known])
    guests = [guest for guest in known if guest.email not in own]
    counted = select(col(Visit.guest_id), func.count()).where(col(Visit.guest_id).in_([guest.id for guest in guests]), ~col(Visit.is_own))
    stays = {guest_id: int(count) for guest_id, count in work.session.exec(counted.group_by(col(Visit.guest_id))).all()}
    values = list_values(work)
    return tuple(
        GuestView(
            id=guest.id or 0,
            email=guest.email,
            name=guest.name,
            stakeholder=next(iter(values.pick([guest.stakeholder_id])), None) if guest.stakeholder_id is not None else None,
            is_forwarded=guest.is_forwarded,
            first_seen_at=guest.first_seen_at,
            stays=stays.get(guest.id, 0),
        )
        for guest in guests
    )


def each_once(people: Sequence[GuestView]) -> tuple[GuestView, ...]:
    """Somebody known at several links is one person: with the role and name that were given, and the stays together."""
    found: dict[str, GuestView] = {}
    for one in people:
        known = found.get(one.email, replace(one, stays=0))
        found[one.email] = replace(
            known, name=known.name or one.name, stakeholder=known.stakeholder or one.stakeholder, stays=known.stays + one.stays
        )
    return tuple(found.values())


def list_guests_of(work: Work, link: Link) -> list[Guest]:
    """People known at a link that was filtered already."""
    return list(work.session.exec(select(Guest).where(col(Guest.link_id) == link.id)).all())


def find_guest_of(work: Work, room_id: int, guest_id: int) -> Guest | None:
    """Somebody known in this room."""
    room = get_room(work, room_id)
    chosen = select(Guest).join(Link, col(Link.id) == col(Guest.link_id)).where(col(Guest.id) == guest_id, col(Link.room_id) == room.id)
    return work.session.exec(chosen).first()


def find_replaced(work: Work, item_id: int, link_id: int, guest_id: int) -> ReplacedItem | None:
    """What the mail about a newer version says; None when the link or the item does not go out any more. For the job."""
    link, item = work.session.get(Link, link_id), work.session.get(RoomItem, item_id)
    if link is None or item is None:
        return None
    room, owner = work.session.get_one(Room, link.room_id), work.session.get_one(User, link.owner_id)
    guest = work.session.get(Guest, guest_id) if guest_id else None
    entry = next(
        (entry for entry in list_entries(work, link.room_id, link) if entry.item_id == item_id and entry.version is not None), None
    )
    if entry is None or refusal_of(link, room, owner_enters=lets_in(work, owner), now=work.now) is not None:
        return None
    return ReplacedItem(entry.title, room.title, guest.email if guest is not None else link.recipient, owner)


def find_noticed(work: Work, visit_id: str) -> NoticedVisit | None:
    """What the mail about a stay says; None when it was forgotten meanwhile. For the job."""
    visit = work.session.get(Visit, visit_id)
    if visit is None:
        return None
    link = work.session.get_one(Link, visit.link_id)
    guest = work.session.get(Guest, visit.guest_id) if visit.guest_id is not None else None
    return NoticedVisit(visit, link, work.session.get_one(Room, link.room_id), work.session.get_one(User, link.owner_id), guest)


def _guests_by_id(work: Work, ids: Sequence[int | None]) -> dict[int, Guest]:
    rows = work.session.exec(select(Guest).where(col(Guest.id).in_({key for key in ids if key is not None}))).all()
    return {row.id or 0: row for row in rows}


def _parts_of(work: Work, visit_ids: Sequence[str], titles: dict[int, str]) -> dict[str, tuple[PartView, ...]]:
    rows = work.session.exec(select(VisitPart).where(col(VisitPart.visit_id).in_(visit_ids)).order_by(col(VisitPart.id))).all()
    found: dict[str, tuple[PartView, ...]] = {}
    for row in rows:
        view = PartView(row.what, titles.get(row.item_id or 0, "an item that was removed") if row.item_id else "", row.seconds)
        found[row.visit_id] = (*found.get(row.visit_id, ()), view)
    return found


def _name(guest: Guest | None) -> str:
    return (guest.name or guest.email) if guest is not None else ""
