"""What goes on between a room's two sides, for its owner: the plan, questions that came, the people who came."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.core.errors import Conflict, Refused, Stale
from app.identity.rules import Permission
from app.pages.rooms import own_room_page
from app.sharing.actions import asking, plans
from app.sharing.actions.guests import describe_guest
from app.sharing.actions.plans import StepChanged
from app.sharing.queries.rooms import get_room
from app.web.assetform import whole_number
from app.web.deps import WorkDep, require
from app.web.guestroom import StepTyped, read_step
from app.web.render import redirect, render

router = APIRouter()
FormText = Annotated[str, Form()]


@router.post("/rooms/{room_id}/plan", dependencies=[require(Permission.SHARE)])
def add_step(request: Request, work: WorkDep, room_id: int, text: FormText = "", due_on: FormText = "", side: FormText = "") -> Response:
    """A step more."""
    try:
        plans.add_step(work, room_id, read_step(text, due_on, side))
    except (Conflict, Refused) as problem:
        return render(request, own_room_page(work, get_room(work, room_id), errors={"plan": problem.message}), problem.status)
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
    room = get_room(work, room_id)
    try:
        plans.change_step(work, room_id, step_id, read_step(text, due_on, side), whole_number(revision))
    except StepChanged as problem:
        clash = (step_id, StepTyped(text, due_on, side))
        return render(request, own_room_page(work, room, errors={"plan": problem.message}, clash=clash), problem.status)
    except (Refused, Stale) as problem:
        return render(request, own_room_page(work, room, errors={"plan": problem.message}), problem.status)
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
    except Stale as problem:
        return render(request, own_room_page(work, get_room(work, room_id), errors={"plan": problem.message}), problem.status)
    return redirect(request, f"/rooms/{room_id}#plan", "Removed.")


@router.post("/rooms/{room_id}/questions/{question_id}", dependencies=[require(Permission.SHARE)])
def mark_question(request: Request, work: WorkDep, room_id: int, question_id: int, answered: FormText = "1") -> Response:
    """A question is dealt with, or not after all."""
    asking.mark_answered(work, room_id, question_id, answered=answered == "1")
    return redirect(request, f"/rooms/{room_id}#questions")


@router.post("/rooms/{room_id}/guests/{guest_id}", dependencies=[require(Permission.SHARE)])
def describe(request: Request, work: WorkDep, room_id: int, guest_id: int, name: FormText = "", stakeholder: FormText = "") -> Response:
    """Who somebody is who came, and which part they play."""
    describe_guest(work, room_id, guest_id, name, whole_number(stakeholder))
    return redirect(request, f"/rooms/{room_id}#visits", "Saved.")
