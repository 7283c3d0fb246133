"""What rooms hold of items that went away, or are about to: for telling the owners of rooms, and whoever takes an item back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import ColumnElement, or_
from sqlmodel import col, func, select

from app.core.work import Work
from app.identity.models import User
from app.identity.queries import lets_in
from app.library.models import Asset
from app.sharing import rules
from app.sharing.models import Link, Room, RoomItem


@dataclass(frozen=True)
class Held:
    """How many rooms that are open hold an item, and how many links lead into these; numbers only, whoever's they are."""

    rooms: int
    links: int


@dataclass(frozen=True)
class AwayItems:
    """What the mail about a room says: whose it is, and why each of these items is not shown any more."""

    room: Room
    owner: User
    faults: tuple[str, ...]


def count_holding(work: Work, asset_ids: Sequence[int]) -> dict[int, Held]:
    """Which of these items are in how many open rooms and behind how many working links; one statement."""
    rooms, links = func.count(col(Room.id).distinct()), func.count(col(Link.id).distinct())
    held = sqlalchemy.select(col(RoomItem.asset_id), rooms, links).join(Room, col(Room.id) == col(RoomItem.room_id))
    works = (col(Link.room_id) == col(Room.id)) & _works(work)
    open_ones = held.outerjoin(Link, works).where(col(RoomItem.asset_id).in_(asset_ids), col(RoomItem.removed_at).is_(None))
    rows = work.session.execute(open_ones.where(col(Room.archived_at).is_(None)).group_by(col(RoomItem.asset_id))).all()
    return {asset_id: Held(int(rooms), int(links)) for asset_id, rooms, links in rows}


def list_shown_once(work: Work, asset_ids: Collection[int] | None) -> list[tuple[RoomItem, Asset]]:
    """Items of live rooms (of these assets, else of all) with their assets; live is a room with a link that works. For the job."""
    live = select(Link.room_id).where(_works(work))
    chosen = select(RoomItem, Asset).join(Asset, col(Asset.id) == col(RoomItem.asset_id)).join(Room, col(Room.id) == col(RoomItem.room_id))
    chosen = chosen.where(col(RoomItem.removed_at).is_(None), col(Room.archived_at).is_(None), col(Room.id).in_(live))
    if asset_ids is not None:
        chosen = chosen.where(col(RoomItem.asset_id).in_(asset_ids))
    return [(item, asset) for item, asset in work.session.exec(chosen.order_by(col(RoomItem.room_id), col(RoomItem.position))).all()]


def find_away(work: Work, room_id: int, item_ids: Collection[int]) -> AwayItems | None:
    """What the mail says now; None when all is shown again, or nobody answers for the room. For the job."""
    room = work.session.get(Room, room_id)
    if room is None or room.archived_at is not None:
        return None
    owner = work.session.get_one(User, room.owner_id)
    chosen = select(RoomItem, Asset).join(Asset, col(Asset.id) == col(RoomItem.asset_id))
    here = chosen.where(col(RoomItem.id).in_(item_ids), col(RoomItem.room_id) == room_id, col(RoomItem.removed_at).is_(None))
    rows = work.session.exec(here.order_by(col(RoomItem.position))).all()
    faults = tuple(fault for _, asset in rows if (fault := rules.entry_fault(asset, work.today)))
    return AwayItems(room, owner, faults) if faults and lets_in(work, owner) else None


def _works(work: Work) -> ColumnElement[bool]:
    return col(Link.revoked_at).is_(None) & or_(col(Link.expires_at).is_(None), col(Link.expires_at) > work.now)
