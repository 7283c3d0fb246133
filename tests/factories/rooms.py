"""Rooms for tests, with a link that leads into each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from app.core.work import Work
from app.identity.models import GuestActor, Role, UserActor
from app.sharing import actions
from app.sharing.actions import RoomInput
from app.sharing.actions.links import make_link
from app.sharing.actions.tailored import start_private
from app.sharing.models import Handout, LinkTerms, TailoredInput, TailoredPlace
from app.sharing.queries import list_items
from tests.factories.people import ensure_user


@dataclass(frozen=True)
class MadeRoom:
    """A room of the usual rep, the items in it in order, a link and the secret of its address."""

    id: int
    items: tuple[int, ...]
    link: int
    secret: str

    @property
    def root(self) -> str:
        return f"/r/{self.secret}"


def terms(work: Work, **more: Any) -> LinkTerms:
    """Open for thirty days; `more` replaces parts of it."""
    usual: dict[str, Any] = {
        "expires_at": work.now + timedelta(days=30),
        "password": None,
        "mail_rule": (),
        "handout": Handout.ORIGINAL,
        "follows": True,
        "notifies": True,
        "view_limit": None,
        "watermarks": False,
    }
    return LinkTerms(**(usual | more))


def add_room(work: Work, asset_ids: Sequence[int], title: str = "Shorter waits", recipient: str = "", **more: Any) -> MadeRoom:
    """A room with these items; `more` are terms of its link."""
    owner = ensure_user(work, Role.REP)
    own = replace(work, actor=UserActor(owner.id or 0, owner.name, owner.role))
    room = actions.make_room(own, RoomInput(title=title, company="Alder Foods", welcome="Good that you are here."), asset_ids)
    room_id = room.id or 0
    items = tuple(item.id or 0 for item in list_items(work, room_id))
    made = make_link(own, room_id, recipient, terms(work, **more), can_mail=True)
    return MadeRoom(room_id, items, made.link.id or 0, made.secret)


def change(owner: TestClient, room: MadeRoom, path: str, **fields: str) -> int:
    """The status of a change below a room's page, from the state it is in now."""
    revision = re.search(r'name="revision" value="(\d+)"', owner.get(f"/rooms/{room.id}").text.partition('aria-label="About the room"')[2])
    assert revision is not None
    return owner.post(f"/rooms/{room.id}/{path}", data={"revision": revision[1], **fields}).status_code


def add_private(work: Work, room: MadeRoom, place: int) -> str:
    """What a champion keeps of the item at this place of a room; the secret of its private address."""
    item = list_items(work, room.id)[place]
    guest = replace(work, actor=GuestActor(room.link))
    where = TailoredPlace(asset_id=item.asset_id, version_id=item.added_version_id, link_id=room.link, item_id=item.id)
    return start_private(guest, where, TailoredInput(company="Alder Foods")).secret
