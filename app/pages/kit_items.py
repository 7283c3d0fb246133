"""The entries of a kit: choosing a kit for something, adding, and what is done with each entry."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel

from app.core.db import savepoint
from app.core.errors import AppError, NotPermitted, Refused
from app.core.work import Work
from app.framework.queries import list_values
from app.identity.rules import Permission
from app.library.queries import get_shown
from app.messaging.queries import get_question
from app.pages.kits import Told, TypedNote, do
from app.plays import queries
from app.plays.actions import items, make_kit
from app.plays.models import CurrentKit, ItemInput, ItemKind, KitBrief, KitInput
from app.web.assetform import whole_number
from app.web.context import read_context
from app.web.deps import ReadDep, WorkDep, require
from app.web.render import page, redirect, render

router = APIRouter()
MAY_USE = require(Permission.USE_KITS)
RECENT = 6
FormNumber = Annotated[int | None, Form()]
PRIVATE = {"Vary": "HX-Request", "Cache-Control": "no-store"}
CHOOSE = "Choose a kit, or give a new one a title. Nothing was added."


class Choosing(BaseModel):
    """What is to be added, and where to go back to."""

    kind: str = ""
    asset_id: str = ""
    anchor: str = ""
    question_id: str = ""
    next: str = "/kits"


class Adding(Choosing):
    """The same with the kit it goes into, or the title of a new one."""

    kit: str = ""
    title: str = ""


class Moving(BaseModel):
    """Where an entry goes (from 0), by which button, from which state of the kit."""

    place: str = ""
    way: str = ""
    revision: str = ""


@page("plays/choose.html")
@dataclass(frozen=True)
class ChoosePage:
    """Which kit it goes into; `what` is its name."""

    what: str
    fields: dict[str, str]
    kits: tuple[KitBrief, ...]
    title: str
    error: str


@page("plays/_choose.html")
@dataclass(frozen=True)
class ChooseFragment(ChoosePage):
    """The same, for a dialog."""


@page("plays/_current.html")
@dataclass(frozen=True)
class CurrentFragment:
    """The kit somebody works on, after something was added; `told` says what was done."""

    current: CurrentKit | None
    told: str


@router.get("/kits/choose", dependencies=[MAY_USE])
def choose(request: Request, work: ReadDep, chosen: Annotated[Choosing, Query()]) -> Response:
    """The kits worked on last, and a new one."""
    return render(request, _choose_page(request, work, chosen), headers=PRIVATE)


@router.post("/kits/items", dependencies=[MAY_USE])
def add(request: Request, work: WorkDep, adding: Annotated[Adding, Form()]) -> Response:
    """Put it into the kit, a new one if a title was given."""
    try:
        with savepoint(work.session):  # a new kit is not kept for something that cannot be added
            kit_id = _kit_of(request, work, adding)
            added = items.add_item(work, kit_id, _item_of(adding))
    except (Refused, NotPermitted) as problem:
        return _choose_again(request, work, adding, problem)
    told = f"{'It is already in' if added.was_there else 'Added to'} {added.kit.title}."
    if request.headers.get("hx-request") == "true":
        return render(request, CurrentFragment(queries.find_current(work), told), headers=PRIVATE)
    undo = "" if added.was_there else f"/kits/{kit_id}/items/{added.item.id}/take-out"
    return redirect(request, adding.next, told, undo)


@router.post("/kits/{kit_id}/notes", dependencies=[MAY_USE])
def add_note(request: Request, kit_id: int, work: WorkDep, text: Annotated[str, Form()] = "") -> Response:
    """Words of one's own."""
    told = Told("Note added.", to=f"/kits/{kit_id}#add-note")
    return do(request, work, kit_id, lambda: items.add_note(work, kit_id, text), told, TypedNote(0, text))


@router.post("/kits/{kit_id}/items/{item_id}/note", dependencies=[MAY_USE])
def edit_note(
    request: Request, kit_id: int, item_id: int, work: WorkDep, text: Annotated[str, Form()] = "", revision: FormNumber = None
) -> Response:
    """Other words in a note."""
    told = Told("Note saved.", to=_at(kit_id, item_id))
    return do(request, work, kit_id, lambda: items.edit_note(work, kit_id, item_id, text, revision), told, TypedNote(item_id, text))


@router.post("/kits/{kit_id}/items/{item_id}/move", dependencies=[MAY_USE])
def move(request: Request, kit_id: int, item_id: int, work: WorkDep, moving: Annotated[Moving, Form()]) -> Response:
    """To another place; the address leads to the button that did it, so that it keeps the focus."""
    told = Told("", to=f"/kits/{kit_id}#{moving.way if moving.way in ('up', 'down') else 'item'}-{item_id}")
    place, revision = whole_number(moving.place) or 0, whole_number(moving.revision)
    return do(request, work, kit_id, lambda: items.move_item(work, kit_id, item_id, place, revision), told)


@router.post("/kits/{kit_id}/items/{item_id}/remove", dependencies=[MAY_USE])
def remove(request: Request, kit_id: int, item_id: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """Out of the kit, with a way back."""
    told = Told("Removed from the kit.", undo=f"/kits/{kit_id}/items/{item_id}/put-back")
    return do(request, work, kit_id, lambda: items.remove_item(work, kit_id, item_id, revision), told)


@router.post("/kits/{kit_id}/items/{item_id}/take-out", dependencies=[MAY_USE])
def take_out(request: Request, kit_id: int, item_id: int, work: WorkDep) -> Response:
    """Undo of adding: out again, whatever else was changed since."""
    revision = queries.get_own_kit(work, kit_id).revision
    return do(request, work, kit_id, lambda: items.remove_item(work, kit_id, item_id, revision), Told("Taken out again."))


@router.post("/kits/{kit_id}/items/{item_id}/put-back", dependencies=[MAY_USE])
def put_back(request: Request, kit_id: int, item_id: int, work: WorkDep) -> Response:
    """Undo of removing."""
    return do(request, work, kit_id, lambda: items.put_back_item(work, kit_id, item_id), Told("Back in the kit.", to=_at(kit_id, item_id)))


@router.post("/kits/{kit_id}/items/{item_id}/looked-at", dependencies=[MAY_USE])
def looked_at(request: Request, kit_id: int, item_id: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """The version readers get now has been seen."""
    return do(request, work, kit_id, lambda: items.look_at_item(work, kit_id, item_id, revision), Told("Noted.", to=_at(kit_id, item_id)))


@router.post("/kits/{kit_id}/items/{item_id}/pin", dependencies=[MAY_USE])
def pin(request: Request, kit_id: int, item_id: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """Stay at the version last looked at."""
    told = Told("It stays at this version until you let it follow.", to=_at(kit_id, item_id))
    return do(request, work, kit_id, lambda: items.pin_item(work, kit_id, item_id, revision), told)


@router.post("/kits/{kit_id}/items/{item_id}/follow", dependencies=[MAY_USE])
def follow(request: Request, kit_id: int, item_id: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """Follow what readers get again."""
    return do(
        request,
        work,
        kit_id,
        lambda: items.follow_item(work, kit_id, item_id, revision),
        Told("It follows again.", to=_at(kit_id, item_id)),
    )


def _at(kit_id: int, item_id: int) -> str:
    return f"/kits/{kit_id}#item-{item_id}"


def _item_of(chosen: Choosing) -> ItemInput:
    kind = ItemKind(chosen.kind) if chosen.kind in set(ItemKind) else ItemKind.NOTE  # which names nothing, so it is refused
    asset_id, question_id = whole_number(chosen.asset_id), whole_number(chosen.question_id)
    return ItemInput(kind=kind, asset_id=asset_id, anchor=chosen.anchor[:200], question_id=question_id)


def _kit_of(request: Request, work: Work, adding: Adding) -> int:
    kit_id, title = whole_number(adding.kit), " ".join(adding.title.split())[:200]
    if kit_id is not None:
        return kit_id
    if not title:
        raise Refused(CHOOSE)
    values, call = list_values(work), read_context(request)
    facet_ids = [value.id for facet, key in call.items() if (value := values.find(facet, key)) is not None]
    return make_kit(work, KitInput(title=title, facet_ids=facet_ids)).id or 0


def _choose_again(request: Request, work: Work, adding: Adding, problem: AppError) -> Response:
    return render(request, _choose_page(request, work, adding, title=adding.title[:200], error=problem.message), problem.status, PRIVATE)


def _choose_page(request: Request, work: Work, chosen: Choosing, *, title: str = "", error: str = "") -> ChoosePage:
    partial = request.headers.get("hx-request") == "true"
    fields = {name: str(getattr(chosen, name)) for name in Choosing.model_fields}
    return (ChooseFragment if partial else ChoosePage)(_name(work, chosen), fields, queries.list_recent(work, RECENT), title, error)


def _name(work: Work, chosen: Choosing) -> str:
    """What it is called, if this actor gets it; NotFound otherwise."""
    data = _item_of(chosen)
    if data.kind == ItemKind.ANSWER:
        return get_question(work, data.question_id or 0).text
    return get_shown(work, data.asset_id or 0).asset.title
