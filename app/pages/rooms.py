"""Rooms as their owners make them: the list, the facts, the items in order, archiving."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import ValidationError

from app.core.errors import AppError, Conflict, NotFound, PreconditionMissing, Refused, Stale
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.deals.queries import get_opportunity_view
from app.framework.models import Facet, ValueView
from app.framework.queries import list_values
from app.identity.rules import Permission, may
from app.sharing import actions
from app.sharing.actions import RoomInput
from app.sharing.models import Room, RoomQuestion
from app.sharing.queries.links import LinkRow, list_links_of
from app.sharing.queries.rooms import (
    FoundItem,
    ItemRow,
    RoomRow,
    find_shareable,
    get_owner,
    get_room,
    list_item_rows,
    list_questions,
    list_rooms,
    list_steps,
)
from app.sharing.queries.tailored import list_shared
from app.sharing.queries.visits import GuestView, VisitView, list_guests, list_visits
from app.web.assetform import Choice, whole_number
from app.web.dealchoice import deal_choices
from app.web.deps import ReadDep, WorkDep, require
from app.web.guestroom import StepTyped, StepView, step_views
from app.web.render import page, redirect, render

router = APIRouter()
FormText = Annotated[str, Form()]
REFUSALS = (Conflict, Refused, Stale, PreconditionMissing)
PAGE_SIZE = 20
LONGEST_WORDS = 80
TOO_LONG = "Give the room a title of 1 to 200 characters; the welcome may have 4,000, the company 160."


@dataclass(frozen=True)
class RoomForm:
    """The facts of a room as text."""

    title: str = ""
    company: str = ""
    welcome: str = ""
    opportunity: str = ""


@page("sharing/rooms.html")
@dataclass(frozen=True)
class RoomsPage:
    """Rooms, last changed first; `sees_all` adds whose they are."""

    rooms: Page[RoomRow]
    archived: bool
    sees_all: bool


@page("sharing/room_new.html")
@dataclass(frozen=True)
class NewRoomPage:
    """Form: POST /rooms (title, company, welcome, opportunity)."""

    form: RoomForm
    deals: tuple[Choice, ...]
    errors: Mapping[str, str]


@dataclass(frozen=True)
class Kept:
    """A form that was refused, and what was typed into it: room, plan (a new step), step-5, item-5 or guest-5."""

    form: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SharedFigures:
    """What a guest filled in and shows."""

    id: int
    title: str
    company: str
    changed_at: datetime


@page("sharing/room.html")
@dataclass(frozen=True)
class OwnRoomPage:
    """A room for its owner. Forms under /rooms/{id}: the facts (title, company, welcome, opportunity), /archive (archived), /items
    (asset_id, section), /items/order, /items/{item} (section, note), .../move (places), .../update, .../remove, /plan and its steps,
    /questions/{question} (answered), /guests/{guest} (name, stakeholder); those that change what is there send the room's revision along.
    `found` is what a search for items gave, None without one; `kept` is what was typed into a form that was refused.
    """

    room: Room
    owner: str
    form: RoomForm
    deals: tuple[Choice, ...]
    deal: str
    items: tuple[ItemRow, ...]
    sections: tuple[str, ...]
    words: str
    found: tuple[FoundItem, ...] | None
    links: tuple[LinkRow, ...]
    steps: tuple[StepView, ...]
    questions: tuple[RoomQuestion, ...]
    visits: tuple[VisitView, ...]
    shared: tuple[SharedFigures, ...]
    guests: tuple[GuestView, ...]
    stakeholders: tuple[ValueView, ...]
    pinned: bool
    errors: Mapping[str, str]
    kept: Kept


@router.get("/rooms", dependencies=[require(Permission.SHARE)])
def show_rooms(request: Request, work: ReadDep, page: int = 1, archived: str = "") -> Response:
    """One's own rooms; all of them for those who see all links."""
    gone = archived == "1"
    rooms = list_rooms(work, PageRequest(max(1, page), PAGE_SIZE), archived=gone)
    return render(request, RoomsPage(rooms, gone, may(work.actor, Permission.SEE_ALL_LINKS)))


@router.get("/rooms/new", dependencies=[require(Permission.SHARE)])
def show_new_room(request: Request, work: ReadDep, opportunity: int | None = None) -> Response:
    """The form of a new room, perhaps for an opportunity."""
    form = RoomForm()
    if opportunity is not None:
        account = get_opportunity_view(work, opportunity).account
        form = RoomForm(f"For {account}", account, opportunity=str(opportunity))
    return render(request, _new_page(work, form, {}))


@router.post("/rooms", dependencies=[require(Permission.SHARE)])
def make_room(
    request: Request, work: WorkDep, title: FormText = "", company: FormText = "", welcome: FormText = "", opportunity: FormText = ""
) -> Response:
    """A room without items yet."""
    form = RoomForm(title.strip(), company.strip(), welcome.strip(), opportunity)
    data = _input(form)
    if data is None:
        return render(request, _new_page(work, form, {"title": TOO_LONG}), 422)
    try:
        room = actions.make_room(work, data)
    except NotFound as problem:
        return render(request, _new_page(work, form, {"opportunity": problem.message}), problem.status)
    return redirect(request, f"/rooms/{room.id}", "The room is made. Put items into it, then make a link.")


@router.get("/rooms/{room_id}", dependencies=[require(Permission.SHARE)])
def show_room(request: Request, work: ReadDep, room_id: int, q: str = "") -> Response:
    """A room with all there is to do about it."""
    return render(request, own_room_page(work, get_room(work, room_id), words=q.strip()[:LONGEST_WORDS]))


@router.post("/rooms/{room_id}", dependencies=[require(Permission.SHARE)])
def save_room(  # noqa: PLR0913, PLR0917 - the fields of the form
    request: Request,
    work: WorkDep,
    room_id: int,
    title: FormText = "",
    company: FormText = "",
    welcome: FormText = "",
    opportunity: FormText = "",
    revision: FormText = "",
) -> Response:
    """Other words on the room; when somebody was faster both are shown."""
    form = RoomForm(title.strip(), company.strip(), welcome.strip(), opportunity)
    kept, data = Kept("room", asdict(form)), _input(form)
    if data is None:
        return shown_again(request, work, room_id, Refused(TOO_LONG), "title", kept)
    try:
        actions.change_room(work, room_id, data, whole_number(revision))
    except REFUSALS as problem:
        return shown_again(request, work, room_id, problem, "", kept)
    except NotFound as problem:
        return shown_again(request, work, room_id, problem, "opportunity", kept)
    return redirect(request, f"/rooms/{room_id}", "Saved.")


@router.post("/rooms/{room_id}/archive", dependencies=[require(Permission.SHARE)])
def archive(request: Request, work: WorkDep, room_id: int, archived: FormText = "1") -> Response:
    """Close the room for everybody, or open it again."""
    gone = archived == "1"
    actions.archive_room(work, room_id, archived=gone)
    return redirect(request, f"/rooms/{room_id}", "Archived. Its links open nothing." if gone else "Open again for its links.")


@router.post("/rooms/{room_id}/items", dependencies=[require(Permission.SHARE)])
def add_item(request: Request, work: WorkDep, room_id: int, asset_id: FormText = "", section: FormText = "") -> Response:
    """An item more, unless it may not go out."""
    try:
        actions.add_item(work, room_id, whole_number(asset_id) or 0, section)
    except REFUSALS as problem:
        return shown_again(request, work, room_id, problem, "items")
    return redirect(request, f"/rooms/{room_id}#items", "It is in the room.")


@router.post("/rooms/{room_id}/items/order", dependencies=[require(Permission.SHARE)])
def order_items(request: Request, work: WorkDep, room_id: int, order: FormText = "", revision: FormText = "") -> Response:
    """All items in another order, as ids with commas."""
    ids = [number for part in order.split(",") if (number := whole_number(part)) is not None]
    try:
        actions.order_items(work, room_id, ids, whole_number(revision))
    except REFUSALS as problem:
        return shown_again(request, work, room_id, problem, "items")
    return redirect(request, f"/rooms/{room_id}#items", "The order is saved.")


@router.post("/rooms/{room_id}/items/{item_id}", dependencies=[require(Permission.SHARE)])
def change_item(  # noqa: PLR0913, PLR0917 - the fields of the form
    request: Request,
    work: WorkDep,
    room_id: int,
    item_id: int,
    section: FormText = "",
    note: FormText = "",
    revision: FormText = "",
) -> Response:
    """Section and words of an item."""
    try:
        actions.change_item(work, room_id, item_id, section, note, whole_number(revision))
    except REFUSALS as problem:
        return shown_again(request, work, room_id, problem, "items", Kept(f"item-{item_id}", {"section": section, "note": note}))
    return redirect(request, f"/rooms/{room_id}#items", "Saved.")


@router.post("/rooms/{room_id}/items/{item_id}/move", dependencies=[require(Permission.SHARE)])
def move_item(request: Request, work: WorkDep, room_id: int, item_id: int, places: FormText = "1", revision: FormText = "") -> Response:
    """One place up or down in its section."""
    try:
        actions.move_item(work, room_id, item_id, -1 if places == "-1" else 1, whole_number(revision))
    except REFUSALS as problem:
        return shown_again(request, work, room_id, problem, "items")
    return redirect(request, f"/rooms/{room_id}#item-{item_id}")


@router.post("/rooms/{room_id}/items/{item_id}/update", dependencies=[require(Permission.SHARE)])
def update_item(request: Request, work: WorkDep, room_id: int, item_id: int, revision: FormText = "") -> Response:
    """Links that keep versions hand out the newest from now on."""
    try:
        actions.update_item(work, room_id, item_id, whole_number(revision))
    except REFUSALS as problem:
        return shown_again(request, work, room_id, problem, "items")
    return redirect(request, f"/rooms/{room_id}#items", "Every link hands out the newest version now.")


@router.post("/rooms/{room_id}/items/{item_id}/remove", dependencies=[require(Permission.SHARE)])
def remove_item(request: Request, work: WorkDep, room_id: int, item_id: int, revision: FormText = "") -> Response:
    """Out of the room."""
    try:
        actions.remove_item(work, room_id, item_id, whole_number(revision))
    except REFUSALS as problem:
        return shown_again(request, work, room_id, problem, "items")
    return redirect(request, f"/rooms/{room_id}#items", "Removed. Guests do not get it any more.")


def shown_again(request: Request, work: Work, room_id: int, problem: AppError, place: str, kept: Kept | None = None) -> Response:
    """The room as it now is: why nothing was done in this part of it, and what was typed."""
    data = own_room_page(work, get_room(work, room_id), errors={place: problem.message}, kept=kept)
    return render(request, data, problem.status)


def own_room_page(
    work: Work, room: Room, *, words: str = "", errors: Mapping[str, str] | None = None, kept: Kept | None = None
) -> OwnRoomPage:
    """The page of a room for its owner."""
    room_id, kept = room.id or 0, kept or Kept()
    items, links = list_item_rows(work, room), list_links_of(work, room)
    titles = {row.item.id or 0: row.title for row in items}
    deals, deal_id = deal_choices(work, room.opportunity_id), str(room.opportunity_id or "")
    return OwnRoomPage(
        room=room,
        owner=get_owner(work, room).name,
        form=RoomForm(**kept.fields) if kept.form == "room" else RoomForm(room.title, room.company, room.welcome, deal_id),
        deals=deals,
        deal=next((deal.label for deal in deals if deal.value == deal_id), ""),
        items=items,
        sections=tuple(dict.fromkeys(row.item.section for row in items if row.item.section)),
        words=words,
        found=find_shareable(work, words) if words else None,
        links=links,
        steps=step_views(list_steps(work, room_id), work.today, _clash(kept)),
        questions=tuple(list_questions(work, room)),
        visits=list_visits(work, room_id, titles),
        guests=list_guests(work, room_id),
        shared=tuple(
            SharedFigures(one.id or 0, titles.get(one.item_id or 0, "A removed item"), one.company, one.changed_at)
            for one in list_shared(work, [row.link.id or 0 for row in links])
        ),
        stakeholders=list_values(work).by_facet(Facet.STAKEHOLDER),
        pinned=any(not row.link.follows and row.state == "open" for row in links),
        errors=errors or {},
        kept=kept,
    )


def _clash(kept: Kept) -> tuple[int, StepTyped] | None:
    step_id = whole_number(kept.form.removeprefix("step-"))
    return (step_id, StepTyped(**kept.fields)) if step_id is not None else None


def _new_page(work: Work, form: RoomForm, errors: Mapping[str, str]) -> NewRoomPage:
    return NewRoomPage(form, deal_choices(work, whole_number(form.opportunity)), errors)


def _input(form: RoomForm) -> RoomInput | None:
    try:
        return RoomInput(title=form.title, company=form.company, welcome=form.welcome, opportunity_id=whole_number(form.opportunity))
    except ValidationError:
        return None
