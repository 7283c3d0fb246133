"""Reads rooms and links for the people of the house: their own, their organisation's for partners, all for those who see all links."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, false, or_, true
from sqlalchemy.orm import Mapped
from sqlmodel import col, func, select

from app.core.errors import NotFound
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity.models import SystemActor, TokenActor, User, UserActor
from app.identity.queries import list_names
from app.identity.rules import Permission, may
from app.library.models import Asset, Audience, Status, Version
from app.library.queries import list_assets_by_id, list_versions_of, may_see
from app.sharing import rules
from app.sharing.models import Link, PlanStep, Room, RoomItem, RoomQuestion
from app.sharing.queries import list_items

NO_ROOM = "There is no such room, or it is somebody else's. Your rooms are on the page Rooms."
NO_LINK = "There is no such link, or it is somebody else's. Your links are on the page Links."


@dataclass(frozen=True)
class RoomRow:
    """A room in a list; `away` counts items that guests do not get any more,
    `links` those that are not revoked, `questions` those nobody has answered."""

    id: int
    title: str
    company: str
    owner: str
    items: int
    away: int
    links: int
    questions: int
    is_archived: bool
    room: Room


@dataclass(frozen=True)
class DealRoom:
    """A room on the page of its opportunity; `links` counts those that are not revoked."""

    id: int
    title: str
    owner: str
    items: int
    links: int
    is_archived: bool


@dataclass(frozen=True)
class ItemRow:
    """An item of a room as its owner sees it. `fault` says why guests do not get it; `newer` that readers get a newer version than
    the one of the day it was added, `added` and `current` the numbers of both, `changed` what its version says of itself."""

    item: RoomItem
    title: str
    format: str
    fault: str
    added: int
    current: int
    changed: str = ""

    @property
    def newer(self) -> bool:
        """Whether it was replaced since it was added."""
        return self.current != self.added


@dataclass(frozen=True)
class FoundItem:
    """An item that may go into a room."""

    asset_id: int
    title: str
    format: str


def mine(work: Work, owner: Mapped[int]) -> ColumnElement[bool]:
    """The condition every reading of rooms and links carries for this actor, on the column that names the owner."""
    if may(work.actor, Permission.SEE_ALL_LINKS):
        return true()
    if not may(work.actor, Permission.SHARE):
        return false()
    actor = work.actor
    if isinstance(actor, UserActor | TokenActor) and actor.organisation_id is not None:
        colleagues = select(User.id).where(col(User.organisation_id) == actor.organisation_id)
        return or_(owner == actor.id, owner.in_(colleagues))
    return owner == actor.id


def get_room(work: Work, room_id: int) -> Room:
    """A room this actor looks after; NotFound for others', the same as if they did not exist."""
    room = work.session.exec(select(Room).where(col(Room.id) == room_id, mine(work, col(Room.owner_id)))).first()
    if room is None:
        raise NotFound(NO_ROOM)
    return room


def get_item(work: Work, room: Room, item_id: int) -> RoomItem:
    """An item of this room."""
    item = work.session.get(RoomItem, item_id)
    if item is None or item.room_id != room.id or item.removed_at is not None:
        raise NotFound("This item is not in the room any more. Look at the room again.")
    return item


def find_removed(work: Work, room: Room, asset_id: int) -> RoomItem | None:
    """The item an asset was in this room, if it was removed from it."""
    was_here = select(RoomItem).where(col(RoomItem.room_id) == room.id, col(RoomItem.asset_id) == asset_id)
    return work.session.exec(was_here.where(col(RoomItem.removed_at).is_not(None))).first()


def list_rooms(work: Work, page: PageRequest, *, archived: bool = False) -> Page[RoomRow]:
    """Rooms, last changed first."""
    gone = col(Room.archived_at).is_not(None) if archived else col(Room.archived_at).is_(None)
    where = (mine(work, col(Room.owner_id)), gone)
    total = work.session.exec(select(func.count()).select_from(Room).where(*where)).one()
    chosen = select(Room).where(*where).order_by(col(Room.changed_at).desc(), col(Room.id).desc())
    rooms = work.session.exec(chosen.offset(page.offset).limit(page.size)).all()
    return Page(_rows(work, rooms), total, page.number, page.size)


def list_open_rooms(work: Work, limit: int = 50) -> list[Room]:
    """Rooms an item can be put into, last changed first."""
    chosen = select(Room).where(mine(work, col(Room.owner_id)), col(Room.archived_at).is_(None))
    return list(work.session.exec(chosen.order_by(col(Room.changed_at).desc(), col(Room.id).desc()).limit(limit)).all())


def list_rooms_of_deal(work: Work, opportunity_id: int, limit: int = 50) -> tuple[DealRoom, ...]:
    """This actor's rooms for an opportunity, last changed first, archived ones too; one statement, for use behind `get_opportunity`."""
    items = select(func.count()).select_from(RoomItem).where(col(RoomItem.room_id) == Room.id, col(RoomItem.removed_at).is_(None))
    links = select(func.count()).select_from(Link).where(col(Link.room_id) == Room.id, col(Link.revoked_at).is_(None))
    held, live = (one.correlate(Room).scalar_subquery() for one in (items, links))
    chosen = select(Room, User.name, held, live).join(User, col(User.id) == Room.owner_id)
    of_deal = chosen.where(mine(work, col(Room.owner_id)), col(Room.opportunity_id) == opportunity_id)
    rows = work.session.exec(of_deal.order_by(col(Room.changed_at).desc(), col(Room.id).desc()).limit(limit)).all()
    return tuple(DealRoom(room.id or 0, room.title, owner, held, live, room.archived_at is not None) for room, owner, held, live in rows)


def list_item_rows(work: Work, room: Room) -> tuple[ItemRow, ...]:
    """The items of a room in order, for its owner: with what guests do not get, and why."""
    items = list_items(work, room.id or 0)
    everything = replace(work, actor=SystemActor())  # what left the actor's sight still has to be named
    assets = {asset.id: asset for asset in list_assets_by_id(everything, [item.asset_id for item in items])}
    versions = list_versions_of(work, [item.asset_id for item in items])
    return tuple(_item_row(work, item, assets.get(item.asset_id), versions[item.asset_id]) for item in items)


def list_steps(work: Work, room_id: int) -> list[PlanStep]:
    """The mutual action plan in order; not filtered, so only behind a room or link that was."""
    return list(work.session.exec(select(PlanStep).where(col(PlanStep.room_id) == room_id).order_by(col(PlanStep.position))).all())


def find_step(work: Work, room_id: int, step_id: int) -> PlanStep | None:
    """A step of this room's plan."""
    step = work.session.get(PlanStep, step_id)
    return step if step is not None and step.room_id == room_id else None


def list_questions(work: Work, room: Room) -> list[RoomQuestion]:
    """What was asked in a room, newest first."""
    asked = select(RoomQuestion).join(Link, col(Link.id) == col(RoomQuestion.link_id)).where(col(Link.room_id) == room.id)
    return list(work.session.exec(asked.order_by(col(RoomQuestion.id).desc())).all())


def list_all_owned(work: Work, user_id: int) -> list[Room]:
    """Every room somebody owns; not filtered, for those who manage people."""
    return list(work.session.exec(select(Room).where(col(Room.owner_id) == user_id).order_by(col(Room.id))).all())


def list_owned_rooms(work: Work, user_id: int, limit: int) -> tuple[int, list[tuple[int, str]]]:
    """How many rooms somebody owns, and id and title of the first; not filtered, for those who manage people."""
    owned = select(Room.id, Room.title, func.count().over()).where(col(Room.owner_id) == user_id).order_by(col(Room.id))
    rows = work.session.exec(owned.limit(max(1, limit))).all()
    return (rows[0][2] if rows else 0), [(room_id or 0, title) for room_id, title, _ in rows[:limit]]


def list_room_titles(work: Work, ids: Collection[int]) -> dict[int, str]:
    """Titles by id, for the audit log; not filtered."""
    rows = work.session.exec(select(Room).where(col(Room.id).in_(ids))).all()
    return {row.id or 0: row.title for row in rows}


def rooms_holding(work: Work, asset_id: int) -> list[Room]:
    """Rooms of this actor that hold an item, last changed first."""
    holding = select(RoomItem.room_id).where(col(RoomItem.asset_id) == asset_id, col(RoomItem.removed_at).is_(None))
    chosen = select(Room).where(col(Room.id).in_(holding), mine(work, col(Room.owner_id)), col(Room.archived_at).is_(None))
    return list(work.session.exec(chosen.order_by(col(Room.changed_at).desc())).all())


def find_shareable(work: Work, words: str, limit: int = 20) -> tuple[FoundItem, ...]:
    """Items whose titles hold these words and that may go to a customer, by title."""
    fresh = col(Asset.expires_on).is_(None) | (col(Asset.expires_on) >= work.today)
    out = (col(Asset.status) == Status.RELEASED) & (col(Asset.audience) == Audience.CUSTOMER) & fresh
    chosen = select(Asset, Version).where(col(Version.id) == col(Asset.released_version_id), may_see(work), out)
    for word in words.split()[:8]:
        chosen = chosen.where(col(Asset.title).icontains(word, autoescape=True))
    rows = work.session.exec(chosen.order_by(col(Asset.title)).limit(limit)).all()
    return tuple(FoundItem(asset.id or 0, asset.title, version.format) for asset, version in rows)


def get_owner(work: Work, room: Room) -> User:
    """Whose room it is; for rooms that were filtered already."""
    return work.session.get_one(User, room.owner_id)


def list_allowed(work: Work, asset_ids: Sequence[int]) -> list[Asset]:
    """Those of these items that the actor may see, in that order; whether they may go out is said by rules.entry_fault."""
    found = {asset.id: asset for asset in list_assets_by_id(work, asset_ids)}
    return [found[asset_id] for asset_id in dict.fromkeys(asset_ids) if asset_id in found]


def _rows(work: Work, rooms: Sequence[Room]) -> tuple[RoomRow, ...]:
    ids = [room.id or 0 for room in rooms]
    names = list_names(work, {room.owner_id for room in rooms})
    held = select(RoomItem.room_id, Asset).join(Asset, col(Asset.id) == col(RoomItem.asset_id))
    here = work.session.exec(held.where(col(RoomItem.room_id).in_(ids), col(RoomItem.removed_at).is_(None))).all()
    items = Counter(room_id for room_id, _ in here)
    away = Counter(room_id for room_id, asset in here if rules.entry_fault(asset, work.today))
    live = select(Link.room_id, func.count()).where(col(Link.room_id).in_(ids), col(Link.revoked_at).is_(None))
    links = _counts(work.session.exec(live.group_by(col(Link.room_id))))
    open_ones = select(Link.room_id, func.count()).join(RoomQuestion, col(RoomQuestion.link_id) == col(Link.id))
    waiting = open_ones.where(col(Link.room_id).in_(ids), col(RoomQuestion.answered_at).is_(None))
    questions = _counts(work.session.exec(waiting.group_by(col(Link.room_id))))
    return tuple(
        RoomRow(
            id=key,
            title=room.title,
            company=room.company,
            owner=names.get(room.owner_id, ""),
            items=items[key],
            away=away[key],
            links=links.get(key, 0),
            questions=questions.get(key, 0),
            is_archived=room.archived_at is not None,
            room=room,
        )
        for key, room in zip(ids, rooms, strict=True)
    )


def _counts(rows: Iterable[tuple[int, int]]) -> dict[int, int]:
    return {key: int(count) for key, count in rows}


def _item_row(work: Work, item: RoomItem, asset: Asset | None, versions: Sequence[Version]) -> ItemRow:
    numbers = {version.id: version for version in versions}
    added = numbers.get(item.added_version_id)
    current = numbers.get(asset.released_version_id) if asset is not None else None
    shown = current or added
    return ItemRow(
        item=item,
        title=asset.title if asset is not None else "An item that was moved to the trash",
        format=shown.format if shown is not None else "",
        fault=rules.entry_fault(asset, work.today) if asset is not None else "It was moved to the trash, so guests do not get it.",
        added=added.number if added is not None else 0,
        current=current.number if current is not None else 0,
        changed=current.note if current is not None else "",
    )
