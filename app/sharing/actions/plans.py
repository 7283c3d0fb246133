"""The mutual action plan: both sides add, change and tick steps; a step knows its revision, so that nobody overwrites unseen words.

What happens in the plan does not count as a change of the room's own words and items: a form of its owner stays good meanwhile.
"""

from dataclasses import dataclass
from datetime import date

from app.core.errors import Conflict, NotFound, Refused, Stale
from app.core.work import Work
from app.sharing.actions import check_revision
from app.sharing.models import PlanStep, Room, Side
from app.sharing.queries import OpenLink
from app.sharing.queries.rooms import find_step, get_room, list_steps

MOST_STEPS = 100  # of each side, so that neither fills the other's
LONGEST_TEXT = 300
CHANGED = "This step was changed meanwhile. Both texts are below; save again what should count."


@dataclass(frozen=True)
class StepInput:
    """What a step says; `done` None leaves the tick as it is."""

    text: str
    due_on: date | None
    side: Side
    done: bool | None = None


def add_step(work: Work, room_id: int, data: StepInput) -> PlanStep:
    """A step at the end, by the sender."""
    return _add(work, get_room(work, room_id), data, is_from_guest=False)


def add_guest_step(work: Work, opened: OpenLink, data: StepInput) -> PlanStep:
    """A step at the end, by a guest of the room."""
    return _add(work, opened.room, data, is_from_guest=True)


def change_step(work: Work, room_id: int, step_id: int, data: StepInput, revision: int | None) -> PlanStep:
    """Other words, day or side, by the sender."""
    return _change(work, get_room(work, room_id), step_id, data, revision)


def change_guest_step(work: Work, opened: OpenLink, step_id: int, data: StepInput, revision: int | None) -> PlanStep:
    """The same by a guest of the room."""
    return _change(work, opened.room, step_id, data, revision)


def tick_step(work: Work, room_id: int, step_id: int, *, done: bool) -> PlanStep:
    """Done, or not after all, by the sender."""
    return _tick(work, get_room(work, room_id), step_id, done=done)


def tick_guest_step(work: Work, opened: OpenLink, step_id: int, *, done: bool) -> PlanStep:
    """The same by a guest; ticking what is ticked changes nothing."""
    return _tick(work, opened.room, step_id, done=done)


def remove_step(work: Work, room_id: int, step_id: int, revision: int | None) -> None:
    """Take a step out; only the sender does."""
    room = get_room(work, room_id)
    step = _get(work, room, step_id)
    check_revision(step.revision, revision, "The step")
    work.session.delete(step)
    room.changed_at = work.now


def _add(work: Work, room: Room, data: StepInput, *, is_from_guest: bool) -> PlanStep:
    steps = list_steps(work, room.id or 0)
    if sum(step.is_from_guest == is_from_guest for step in steps) >= MOST_STEPS:
        raise Conflict(f"A plan holds at most {MOST_STEPS} steps of each side, so this one was not added. Change one that is there.")
    step = PlanStep(
        room_id=room.id or 0,
        position=max((step.position for step in steps), default=-1) + 1,
        text=_text(data),
        due_on=data.due_on,
        side=data.side,
        is_from_guest=is_from_guest,
    )
    work.session.add(step)
    room.changed_at = work.now
    work.session.flush()
    return step


def _change(work: Work, room: Room, step_id: int, data: StepInput, revision: int | None) -> PlanStep:
    step = _get(work, room, step_id)
    if revision is not None and revision != step.revision:
        raise Stale(CHANGED)
    check_revision(step.revision, revision, "The step")
    step.text, step.due_on, step.side = _text(data), data.due_on, data.side
    if data.done is not None:
        step.done_at = (step.done_at or work.now) if data.done else None
    step.revision += 1
    room.changed_at = work.now
    return step


def _tick(work: Work, room: Room, step_id: int, *, done: bool) -> PlanStep:
    step = _get(work, room, step_id)
    if done != (step.done_at is not None):
        step.done_at = work.now if done else None
        step.revision += 1
        room.changed_at = work.now
    return step


def _get(work: Work, room: Room, step_id: int) -> PlanStep:
    step = find_step(work, room.id or 0, step_id)
    if step is None:
        raise NotFound("This step is not in the plan any more. Look at the plan again.")
    return step


def _text(data: StepInput) -> str:
    text = " ".join(data.text.split())
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise Refused(f"Say what is to be done, in 1 to {LONGEST_TEXT} characters.")
    return text
