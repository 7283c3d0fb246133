"""A room as its guests see it, for whoever looks after it: the same pages, on which nothing is kept and nothing counts."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from app.core.work import Work
from app.identity.models import GuestActor
from app.identity.rules import Permission
from app.sharing.models import Handout, Link
from app.sharing.queries import OpenLink, Sender, list_entries
from app.sharing.queries.rooms import get_owner, get_room
from app.web.deps import ReadDep, require
from app.web.guestcase import case_page, open_case
from app.web.guestfill import fill_page, open_fill
from app.web.guestroom import item_page, room_page
from app.web.guests import AtDoor
from app.web.render import redirect, render_bare

router = APIRouter()


@router.get("/rooms/{room_id}/preview", dependencies=[require(Permission.SHARE)])
def preview(work: ReadDep, room_id: int) -> Response:
    """The room."""
    door = _at_door(work, room_id)
    return render_bare(room_page(door.work, door.opened, door.root, is_preview=True))


@router.get("/rooms/{room_id}/preview/i/{item_id}", dependencies=[require(Permission.SHARE)])
def preview_item(request: Request, work: ReadDep, room_id: int, item_id: int) -> Response:
    """An item of it."""
    door = _at_door(work, room_id)
    if door.opened.entry(item_id).is_case:
        return redirect(request, f"{door.root}/i/{item_id}/case")
    return render_bare(item_page(door.work, door.opened, item_id, door.root, is_preview=True))


@router.get("/rooms/{room_id}/preview/i/{item_id}/case", dependencies=[require(Permission.SHARE)])
def preview_case(request: Request, work: ReadDep, room_id: int, item_id: int) -> Response:
    """A business case with the figures set in advance."""
    opened = open_case(_at_door(work, room_id), item_id)
    return render_bare(case_page(request, opened, opened.filled))


@router.get("/rooms/{room_id}/preview/i/{item_id}/fill", dependencies=[require(Permission.SHARE)])
def preview_fill(request: Request, work: ReadDep, room_id: int, item_id: int) -> Response:
    """The fields of a template."""
    return render_bare(fill_page(request, open_fill(_at_door(work, room_id), item_id), {}))


def _at_door(work: Work, room_id: int) -> AtDoor:
    """What a new link on the usual terms would open."""
    room = get_room(work, room_id)
    owner = get_owner(work, room)
    link = Link(token_hash="", room_id=room_id, owner_id=room.owner_id, mail_rule=[], handout=Handout.ORIGINAL, created_at=work.now)
    sender = Sender(room.owner_id, owner.name, owner.email)
    opened = OpenLink(link, room, sender, None, list_entries(work, room_id, link))
    return AtDoor(replace(work, actor=GuestActor(0)), opened, "")
