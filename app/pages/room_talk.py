"""What goes on between a room's two sides, for its owner: the plan, questions that came, the people who came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.core.errors import NotFound, Refused
from app.core.templating import plural
from app.identity.rules import Permission
from app.library.queries import get_version
from app.library.queries.templates import list_fields
from app.pages.rooms import REFUSALS, Kept, shown_again
from app.sharing.actions import asking, plans
from app.sharing.actions.guests import describe_guest, tell_newer
from app.sharing.models import Room
from app.sharing.queries.links import list_link_ids
from app.sharing.queries.rooms import get_room
from app.sharing.queries.tailored import list_shared
from app.web.assetform import whole_number
from app.web.deps import ReadDep, WorkDep, require
from app.web.guestroom import read_step
from app.web.linkforms import can_mail
from app.web.render import page, redirect, render
from app.web.valuecase import Case, CasePlaces, build_case, filled_of, read_model

router = APIRouter()
FormText = Annotated[str, Form()]
NOT_SHARED = "There is nothing shared at this address, or its guest took it back."


@router.post("/rooms/{room_id}/plan", dependencies=[require(Permission.SHARE)])
def add_step(request: Request, work: WorkDep, room_id: int, text: FormText = "", due_on: FormText = "", side: FormText = "") -> Response:
    """A step more."""
    try:
        plans.add_step(work, room_id, read_step(text, due_on, side))
    except REFUSALS as problem:
        return shown_again(request, work, room_id, problem, "plan", Kept("plan", {"text": text, "due_on": due_on, "side": side}))
    return redirect(request, f"/rooms/{room_id}#plan", "Added. Both sides see it.")


@router.post("/rooms/{room_id}/plan/{step_id}", dependencies=[require(Permission.SHARE)])
def change_step(  # noqa: PLR0913, PLR0917 - the fields of the form
    request: Request,
    work: WorkDep,
    room_id: int,
    step_id: int,
    text: FormText = "",
    due_on: FormText = "",
    side: FormText = "",
    revision: FormText = "",
) -> Response:
    """Other words, day or side."""
    try:
        plans.change_step(work, room_id, step_id, read_step(text, due_on, side), whole_number(revision))
    except REFUSALS as problem:
        kept = Kept(f"step-{step_id}", {"text": text, "due_on": due_on, "side": side})
        return shown_again(request, work, room_id, problem, "plan", kept)
    return redirect(request, f"/rooms/{room_id}#plan", "Saved.")


@router.post("/rooms/{room_id}/plan/{step_id}/tick", dependencies=[require(Permission.SHARE)])
def tick_step(request: Request, work: WorkDep, room_id: int, step_id: int, done: FormText = "") -> Response:
    """Done, or not after all."""
    plans.tick_step(work, room_id, step_id, done=done == "1")
    return redirect(request, f"/rooms/{room_id}#plan")


@router.post("/rooms/{room_id}/plan/{step_id}/remove", dependencies=[require(Permission.SHARE)])
def remove_step(request: Request, work: WorkDep, room_id: int, step_id: int, revision: FormText = "") -> Response:
    """Take a step out of the plan."""
    try:
        plans.remove_step(work, room_id, step_id, whole_number(revision))
    except REFUSALS as problem:
        return shown_again(request, work, room_id, problem, "plan")
    return redirect(request, f"/rooms/{room_id}#plan", "Removed.")


@router.post("/rooms/{room_id}/questions/{question_id}", dependencies=[require(Permission.SHARE)])
def mark_question(request: Request, work: WorkDep, room_id: int, question_id: int, answered: FormText = "1") -> Response:
    """A question is dealt with, or not after all."""
    asking.mark_answered(work, room_id, question_id, answered=answered == "1")
    return redirect(request, f"/rooms/{room_id}#questions")


@router.post("/rooms/{room_id}/items/{item_id}/tell", dependencies=[require(Permission.SHARE)])
def tell(request: Request, work: WorkDep, room_id: int, item_id: int, changed: FormText = "") -> Response:
    """Mail the guests that an item was replaced by a newer version, and what changed."""
    try:
        if not can_mail(request):
            raise Refused("This portal sends no mails. Tell them yourself; the room shows the newest version.")
        count = tell_newer(work, room_id, item_id, changed)
    except REFUSALS as problem:
        return shown_again(request, work, room_id, problem, "items")
    return redirect(request, f"/rooms/{room_id}#items", f"Mailed to {plural(count, 'person', 'people')}.")


@router.post("/rooms/{room_id}/guests/{guest_id}", dependencies=[require(Permission.SHARE)])
def describe(  # noqa: PLR0913, PLR0917 - the fields of the form
    request: Request,
    work: WorkDep,
    room_id: int,
    guest_id: int,
    name: FormText = "",
    stakeholder: FormText = "",
    revision: FormText = "",
) -> Response:
    """Who somebody is who came, and which part they play."""
    try:
        describe_guest(work, room_id, guest_id, name, whole_number(stakeholder), whole_number(revision))
    except REFUSALS as problem:
        kept = Kept(f"guest-{guest_id}", {"name": name, "stakeholder": stakeholder})
        return shown_again(request, work, room_id, problem, "visits", kept)
    return redirect(request, f"/rooms/{room_id}#visits", "Saved.")


@page("sharing/shared.html")
@dataclass(frozen=True)
class SharedPage:
    """What a guest filled in and shows to the sender: a business case, or what was typed into a template, by its labels."""

    room: Room
    case: Case | None
    typed: tuple[tuple[str, str], ...]
    changed_at: datetime


@router.get("/rooms/{room_id}/shared/{tailored_id}", dependencies=[require(Permission.SHARE)])
def show_shared(request: Request, work: ReadDep, room_id: int, tailored_id: int) -> Response:
    """A business case of a guest, as long as they share it."""
    room = get_room(work, room_id)
    kept = next((row for row in list_shared(work, list_link_ids(work, room)) if row.id == tailored_id), None)
    if kept is None:
        raise NotFound(NOT_SHARED)
    version = get_version(work, kept.version_id)
    model = read_model(work.blobs, version.blob_sha256) if version.format == "value" else None
    if model is None:
        labels = {one.name: one.label for one in list_fields(work, kept.asset_id, kept.version_id)}
        typed = tuple((labels[key], text) for key, text in kept.figures.items() if key in labels and isinstance(text, str) and text)
        return render(request, SharedPage(room, None, typed, kept.changed_at))
    case = build_case(model, filled_of(model, kept.figures, kept.company, kept.logo), CasePlaces("", ""))
    return render(request, SharedPage(room, case, (), kept.changed_at))
