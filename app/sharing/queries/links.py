"""Reads links for the people of the house: one, those of a room, and the register of all."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, select

from app.core.errors import NotFound
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity.models import User
from app.identity.queries import lets_in, list_names
from app.sharing import rules
from app.sharing.models import Happened, Link, Room, Visit, VisitPart
from app.sharing.queries.rooms import NO_LINK, mine
from app.sharing.rules import Refusal


@dataclass(frozen=True)
class LinkRow:
    """A link in the register. `opened` counts stays of people, `automatic` those of machines, `downloads` what people took away;
    `state` is open, ended, used_up, revoked or shut (its owner is gone)."""

    link: Link
    room: Room
    owner: str
    state: str
    opened: int
    automatic: int
    downloads: int
    last_used_at: datetime | None


def get_link(work: Work, link_id: int) -> Link:
    """A link this actor looks after; NotFound for others'."""
    link = work.session.exec(select(Link).where(col(Link.id) == link_id, mine(work, col(Link.owner_id)))).first()
    if link is None:
        raise NotFound(NO_LINK)
    return link


def list_links_by_id(work: Work, link_ids: Collection[int]) -> list[Link]:
    """Those of these links that this actor looks after."""
    return list(work.session.exec(select(Link).where(col(Link.id).in_(link_ids), mine(work, col(Link.owner_id)))).all())


def list_register(work: Work, page: PageRequest, words: str = "", *, with_dead: bool = False) -> Page[LinkRow]:
    """Every link this actor may see, newest first; those that let nobody in any more only when asked for."""
    where = [mine(work, col(Link.owner_id)), col(Room.id) == col(Link.room_id)]
    if not with_dead:
        over = col(Link.expires_at).is_not(None) & (col(Link.expires_at) <= work.now)
        where += [col(Link.revoked_at).is_(None), ~over, col(Room.archived_at).is_(None)]
    if words:
        spoken = [column.icontains(words, autoescape=True) for column in (col(Room.title), col(Room.company), col(Link.recipient))]
        where.append(spoken[0] | spoken[1] | spoken[2])
    total = work.session.exec(select(func.count(col(Link.id))).where(*where)).one()
    chosen = select(Link, Room).where(*where).order_by(col(Link.id).desc()).offset(page.offset).limit(page.size)
    return Page(_rows(work, [(link, room) for link, room in work.session.exec(chosen).all()]), total, page.number, page.size)


def list_links_of(work: Work, room: Room) -> tuple[LinkRow, ...]:
    """The links into a room, newest first; for the room's owner."""
    links = work.session.exec(select(Link).where(col(Link.room_id) == room.id).order_by(col(Link.id).desc())).all()
    return _rows(work, [(link, room) for link in links])


def list_link_ids(work: Work, room: Room) -> list[int]:
    """The links into a room that was filtered already."""
    return [link_id for link_id in work.session.exec(select(Link.id).where(col(Link.room_id) == room.id)).all() if link_id is not None]


def get_row(work: Work, link: Link) -> LinkRow:
    """One link as the register shows it."""
    return _rows(work, [(link, work.session.get_one(Room, link.room_id))])[0]


def list_owned_links(work: Work, user_id: int) -> list[Link]:
    """Links somebody owns; not filtered, for those who manage people."""
    return list(work.session.exec(select(Link).where(col(Link.owner_id) == user_id).order_by(col(Link.id))).all())


def list_link_names(work: Work, ids: Collection[int]) -> dict[int, str]:
    """What a link is called in the audit log: its room's title and its recipient; not filtered."""
    rows = work.session.exec(select(Link, Room).where(col(Link.id).in_(ids), col(Room.id) == col(Link.room_id))).all()
    return {link.id or 0: f"{room.title}{f', for {link.recipient}' if link.recipient else ''}" for link, room in rows}


def _rows(work: Work, found: Sequence[tuple[Link, Room]]) -> tuple[LinkRow, ...]:
    ids = [link.id or 0 for link, _ in found]
    names = list_names(work, {link.owner_id for link, _ in found})
    enters = {owner_id: _may_enter(work, owner_id) for owner_id in names}
    visits = select(col(Visit.link_id), col(Visit.is_human), func.count(), func.max(Visit.last_at))
    seen = visits.where(col(Visit.link_id).in_(ids), ~col(Visit.is_own)).group_by(col(Visit.link_id), col(Visit.is_human))
    stays = {(link_id, is_human): (count, last) for link_id, is_human, count, last in work.session.exec(seen).all()}
    taken = select(col(Visit.link_id), func.count()).join(VisitPart, col(VisitPart.visit_id) == col(Visit.id))
    by_people = taken.where(
        col(Visit.link_id).in_(ids), col(Visit.is_human), ~col(Visit.is_own), col(VisitPart.what) == Happened.DOWNLOADED
    )
    downloads = {link_id: int(count) for link_id, count in work.session.exec(by_people.group_by(col(Visit.link_id))).all()}
    return tuple(
        LinkRow(
            link=link,
            room=room,
            owner=names.get(link.owner_id, ""),
            state=state_of(link, room, owner_enters=enters.get(link.owner_id, False), now=work.now),
            opened=max(stays.get((key, True), (0, None))[0], link.views),  # a view was taken by a press, also by who is not followed
            automatic=stays.get((key, False), (0, None))[0],
            downloads=downloads.get(key, 0),
            last_used_at=stays.get((key, True), (0, None))[1],
        )
        for key, (link, room) in zip(ids, found, strict=True)
    )


def state_of(link: Link, room: Room, *, owner_enters: bool, now: datetime) -> str:
    """open, ended, used_up, revoked, or shut because its owner is gone."""
    refusal = rules.refusal_of(link, room, owner_enters=owner_enters, now=now)
    if refusal is Refusal.UNKNOWN:
        return "revoked" if link.revoked_at is not None else "shut"
    if refusal is None:
        return "used_up" if rules.is_used_up(link) else "open"
    return refusal.value


def _may_enter(work: Work, user_id: int) -> bool:
    user = work.session.get(User, user_id)
    return user is not None and lets_in(work, user)
