"""What people of the house do with rooms: make, change, fill, archive, hand over."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, Field

from app.core.errors import Conflict, NotFound, PreconditionMissing, Refused, Stale
from app.core.work import Work
from app.deals.queries import get_opportunity
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.library.models import Asset
from app.library.queries import list_versions_of
from app.sharing import rules
from app.sharing.models import Room, RoomItem
from app.sharing.queries import list_items
from app.sharing.queries.links import list_owned_links
from app.sharing.queries.rooms import find_removed, get_item, get_room, list_all_owned, list_allowed

MOST_ITEMS = 200


class RoomInput(BaseModel):
    """What a room says of itself, and for which opportunity it is; guests see nothing of that."""

    title: str = Field(min_length=1, max_length=200)
    welcome: str = Field(default="", max_length=4000)
    company: str = Field(default="", max_length=160)
    opportunity_id: int | None = None


def make_room(work: Work, data: RoomInput, asset_ids: Sequence[int] = (), kept: Mapping[int, int] | None = None) -> Room:
    """A room of the actor's own with these items, or none at all when one of them may not go out.

    `kept` names, by asset, the version an item counts as added with, for links that keep versions.
    """
    require(work.actor, Permission.SHARE)
    if data.opportunity_id is not None:
        get_opportunity(work, data.opportunity_id)
    room = Room(**data.model_dump(), owner_id=work.actor.id or 0, created_at=work.now, changed_at=work.now)
    work.session.add(room)
    work.session.flush()
    for asset_id in asset_ids:
        add_item(work, room.id or 0, asset_id, version_id=(kept or {}).get(asset_id))
    audit(work, "made_room", "room", room.id, items=len(asset_ids))
    return room


def change_room(work: Work, room_id: int, data: RoomInput, revision: int | None) -> Room:
    """Other words on a room, and another opportunity; one the actor may not know of stays unless they choose another."""
    room = room_at(work, room_id, revision)
    if data.opportunity_id is not None or _knows(work, room.opportunity_id):
        room.opportunity_id = get_opportunity(work, data.opportunity_id).id if data.opportunity_id is not None else None
    room.title, room.welcome, room.company = data.title, data.welcome, data.company
    touch(work, room)
    audit(work, "changed_room", "room", room_id)
    return room


def archive_room(work: Work, room_id: int, *, archived: bool) -> Room:
    """Close a room for all its links, or open it again."""
    room = get_room(work, room_id)
    room.archived_at = work.now if archived else None
    touch(work, room)
    audit(work, "archived_room" if archived else "reopened_room", "room", room_id)
    return room


def add_item(work: Work, room_id: int, asset_id: int, section: str = "", note: str = "", *, version_id: int | None = None) -> RoomItem:
    """Put an item at the end of a section; refused, by name, unless it is released, unexpired and for customers.

    One that was in the room comes back as the item it was, with what champions keep of it; its section and words, too, if none are given.
    """
    room = get_room(work, room_id)
    asset = next(iter(list_allowed(work, [asset_id])), None)
    if asset is None:
        raise Refused("There is no such item, or it is not for you, so it cannot go into a room.")
    fault = rules.entry_fault(asset, work.today)
    if fault:
        raise Refused(fault)
    items = list_items(work, room_id)
    if any(item.asset_id == asset_id for item in items):
        raise Conflict(f"“{asset.title}” is in this room already.")
    if len(items) >= MOST_ITEMS:
        raise Conflict(f"A room holds at most {MOST_ITEMS} items. Make another room.")
    item = find_removed(work, room, asset_id) or RoomItem(room_id=room_id, position=0, asset_id=asset_id, added_version_id=0)
    item.section, item.note = section.strip()[:120] or item.section, note.strip()[:500] or item.note
    item.added_version_id, item.removed_at = _version_out(work, asset, version_id), None
    work.session.add(item)
    _reorder(work, [*items, item])
    touch(work, room)
    audit(work, "added_to_room", "room", room_id, asset=asset_id)
    return item


def change_item(work: Work, room_id: int, item_id: int, section: str, note: str, revision: int | None) -> RoomItem:
    """The section an item stands in, and what the sender says of it."""
    room = room_at(work, room_id, revision)
    item = get_item(work, room, item_id)
    item.section, item.note = section.strip()[:120], note.strip()[:500]
    _reorder(work, list_items(work, room_id))
    touch(work, room)
    return item


def update_item(work: Work, room_id: int, item_id: int, revision: int | None) -> RoomItem:
    """For links that keep the version of the day: the item counts as added today, in the version readers get."""
    room = room_at(work, room_id, revision)
    item = get_item(work, room, item_id)
    asset = next(iter(list_allowed(work, [item.asset_id])), None)
    if asset is None or rules.entry_fault(asset, work.today):
        raise Conflict("This item does not go out any more, so there is no newer version to give. Remove it from the room.")
    item.added_version_id = _out(asset)
    touch(work, room)
    audit(work, "updated_in_room", "room", room_id, asset=item.asset_id)
    return item


def move_item(work: Work, room_id: int, item_id: int, places: int, revision: int | None) -> None:
    """An item so many places down (or up, when negative) within its section."""
    room = room_at(work, room_id, revision)
    item = get_item(work, room, item_id)
    items = list_items(work, room_id)
    same = [one for one in items if one.section == item.section]
    here = same.index(item)
    same.insert(max(0, min(len(same) - 1, here + places)), same.pop(here))
    moved = iter(same)
    _reorder(work, [next(moved) if one.section == item.section else one for one in items])
    touch(work, room)


def order_items(work: Work, room_id: int, item_ids: Sequence[int], revision: int | None) -> None:
    """All items of a room in this order, each once; sections stay together, each where its first item stands."""
    room = room_at(work, room_id, revision)
    known = {item.id or 0: item for item in list_items(work, room_id)}
    if sorted(item_ids) != sorted(known):
        raise Refused("This is not an order of all items, each once, so it was not changed. Reload the page, then drag them again.")
    _reorder(work, [known[item_id] for item_id in item_ids])
    touch(work, room)


def remove_item(work: Work, room_id: int, item_id: int, revision: int | None) -> None:
    """Guests do not get it from the next request on; what they keep of it stays theirs."""
    room = room_at(work, room_id, revision)
    item = get_item(work, room, item_id)
    audit(work, "removed_from_room", "room", room_id, asset=item.asset_id)
    item.removed_at = work.now
    work.session.flush()
    _reorder(work, list_items(work, room_id))
    touch(work, room)


def hand_over_rooms(work: Work, user_id: int, new_owner_id: int) -> None:
    """Rooms and links of somebody belong to somebody else from now on; links that were shut because their owner left open again."""
    for room in list_all_owned(work, user_id):
        room.owner_id = new_owner_id
        room.revision += 1
    for link in list_owned_links(work, user_id):
        link.owner_id = new_owner_id


def room_at(work: Work, room_id: int, revision: int | None) -> Room:
    """A room about to be changed from the state of `revision`; raises Stale, PreconditionMissing, NotFound."""
    room = get_room(work, room_id)
    check_revision(room.revision, revision, "The room")
    return room


def check_revision(current: int, revision: int | None, what: str) -> None:
    """Raise PreconditionMissing when nobody said what they saw, Stale when it was changed since."""
    if revision is None:
        raise PreconditionMissing("The form does not say which state it was made for. What you typed is below; look, then send it again.")
    if revision != current:
        raise Stale(f"{what} was changed meanwhile, so nothing was done. It is below as it now is, with what you typed; look, then repeat.")


def touch(work: Work, room: Room) -> None:
    """Note that a room changed."""
    room.changed_at = work.now
    room.revision += 1


def _version_out(work: Work, asset: Asset, version_id: int | None) -> int:
    """The version links that keep versions hand out: the one named, as far as it was ever out, else what readers get."""
    if version_id is None:
        return _out(asset)
    versions = list_versions_of(work, [asset.id or 0])[asset.id or 0]
    version = rules.version_for_guests(asset, versions, version_id, follows=False)
    return version.id or 0 if version is not None else _out(asset)


def _knows(work: Work, opportunity_id: int | None) -> bool:
    if opportunity_id is None:
        return True
    try:
        get_opportunity(work, opportunity_id)
    except NotFound:
        return False
    return True


def _out(asset: Asset) -> int:
    if asset.released_version_id is None:
        raise AssertionError("what may go out is released")
    return asset.released_version_id


def _reorder(work: Work, items: Sequence[RoomItem]) -> None:
    """Number the items; those of one section stand together, sections in the order of their first items."""
    places = {section: place for place, section in enumerate(dict.fromkeys(item.section for item in items))}
    for position, item in enumerate(sorted(items, key=lambda item: places[item.section])):
        item.position = position
    work.session.flush()
