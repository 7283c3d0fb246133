"""What a room shows its guests, made from an open link; the sender's preview is made by the same functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from app.core.errors import Refused
from app.core.work import Work
from app.library.models import PassageView, Version
from app.library.queries import list_passages, view_passage
from app.library.queries.templates import find_scan
from app.sharing import rules
from app.sharing.actions.plans import StepInput
from app.sharing.models import PlanStep, Side
from app.sharing.queries import ClosedLink, OpenLink, RoomEntry, Sender
from app.sharing.queries.rooms import list_steps
from app.sharing.rules import Step
from app.web.files import media_kind
from app.web.headers import GUEST_PATHS
from app.web.render import page


@dataclass(frozen=True)
class Section:
    """Items that stand together; without a name when the sender gave none."""

    name: str
    entries: tuple[RoomEntry, ...]


@dataclass(frozen=True)
class StepView:
    """A step of the plan. `clash` is what somebody typed while another was faster, to be saved again or not."""

    id: int
    text: str
    due_on: date | None
    is_ours: bool
    is_done: bool
    is_from_guest: bool
    is_late: bool
    revision: int
    clash: "StepTyped | None" = None


@dataclass(frozen=True)
class StepTyped:
    """A step as somebody typed it."""

    text: str
    due_on: str
    side: str


@dataclass(frozen=True)
class Typed:
    """What was typed into a form that was refused: the form's name, its fields, the sentence that says why."""

    form: str = ""
    text: str = ""
    email: str = ""
    due_on: str = ""
    side: str = ""
    error: str = ""


@page("public/door.html")
@dataclass(frozen=True)
class DoorPage:
    """What has to be given first. Forms, all under `root`: POST /password (password), /code (email), /code/check (email, code), /open.

    `email` is where a code was sent, or would have been; `left` how many views are left.
    """

    root: str
    step: str
    email: str
    left: int
    sender: Sender | None
    error: str


@dataclass(frozen=True)
class GuestFrame:
    """What stands around every page of a room: where it is, whose it is, and what its guest is to know of the link."""

    root: str
    title: str
    company: str
    sender: Sender
    open_until: datetime | None
    known_as: str


@page("public/room.html")
@dataclass(frozen=True)
class RoomPage(GuestFrame):
    """A room. Forms, all under `root`: POST /plan and /plan/{step} (text, due_on, side, revision), /plan/{step}/tick (done),
    /questions (text, email). `watched` says whether the page tells how long it is looked at; `said` is the word for what was just done.
    """

    welcome: str
    sections: tuple[Section, ...]
    steps: tuple[StepView, ...]
    typed: Typed
    said: str
    watched: bool
    is_preview: bool


@page("public/item.html")
@dataclass(frozen=True)
class ItemPage(GuestFrame):
    """One item of a room: its text, picture or recording, and what the terms let one take away. `before` and `after` are its neighbours.
    `pdf_is_text` says that the PDF will not look like the file.
    """

    entry: RoomEntry
    version: Version
    passages: tuple[PassageView, ...]
    media: str
    original: bool
    as_pdf: bool
    fills: bool
    before: RoomEntry | None
    after: RoomEntry | None
    watched: bool
    is_preview: bool
    pdf_is_text: bool = False


def door_page(secret: str, closed: ClosedLink, *, email: str = "", error: str = "") -> DoorPage:
    """The page before a locked room; nothing of the room is on it but who sent it."""
    step = closed.step or Step.OPEN
    return DoorPage(f"{GUEST_PATHS}{secret}", step.value, email, closed.left, closed.sender, error)


def frame_of(opened: OpenLink, root: str) -> dict[str, Any]:
    """The fields of GuestFrame, for a page of this room."""
    room, link, guest = opened.room, opened.link, opened.guest
    return vars(GuestFrame(root, room.title, room.company, opened.sender, link.expires_at, guest.email if guest is not None else ""))


def room_page(  # noqa: PLR0913 - the parts of the page that differ
    work: Work,
    opened: OpenLink,
    root: str,
    *,
    typed: Typed | None = None,
    clash: tuple[int, StepTyped] | None = None,
    said: str = "",
    watched: bool = False,
    is_preview: bool = False,
) -> RoomPage:
    """The whole room."""
    room = opened.room
    return RoomPage(
        **frame_of(opened, root),
        welcome=room.welcome,
        sections=tuple(Section(name, tuple(entries)) for name, entries in groupby(opened.entries, key=lambda entry: entry.section)),
        steps=step_views(list_steps(work, room.id or 0), work.today, clash),
        typed=typed or Typed(),
        said=said,
        watched=watched,
        is_preview=is_preview,
    )


def item_page(work: Work, opened: OpenLink, item_id: int, root: str, *, watched: bool = False, is_preview: bool = False) -> ItemPage:
    """One item; speaker notes stay at home."""
    entry = opened.entry(item_id)
    version = shown_version(entry)
    there = [one for one in opened.entries if one.version is not None]
    place = there.index(entry)
    return ItemPage(
        **frame_of(opened, root),
        entry=entry,
        version=version,
        passages=guest_passages(work, version),
        media=media_kind(version.format),
        original=not entry.is_case and rules.may_download(opened.link.handout, is_pdf=entry.family == "pdf", original=True),
        as_pdf=hands_out_pdf(opened, entry),
        fills=is_fillable(work, version),
        before=there[place - 1] if place else None,
        after=there[place + 1] if place + 1 < len(there) else None,
        watched=watched,
        is_preview=is_preview,
    )


def shown_version(entry: RoomEntry) -> Version:
    """The version of an item that OpenLink.entry gave, and that is there for that reason."""
    if entry.version is None:
        raise AssertionError("an item that may be shown has a version")
    return entry.version


def is_fillable(work: Work, version: Version) -> bool:
    """Whether a version is a template that can be filled in as it is."""
    scan = find_scan(work, version.id or 0)
    return scan is not None and bool(scan.fields) and not scan.faults and not scan.losses


def guest_passages(work: Work, version: Version) -> tuple[PassageView, ...]:
    """The text of a version without its speaker notes."""
    return tuple(view_passage(passage) for passage in list_passages(work, version.id or 0) if not passage.is_notes)


def hands_out_pdf(opened: OpenLink, entry: RoomEntry) -> bool:
    """Whether there is a PDF to take away beside the original: made of the text of anything that has pages or slides."""
    is_written = not entry.is_case and entry.family in ("document", "deck", "sheet", "page", "text")
    return is_written and rules.may_download(opened.link.handout, is_pdf=False, original=False)


def step_views(steps: Sequence[PlanStep], today: date, clash: tuple[int, StepTyped] | None = None) -> tuple[StepView, ...]:
    """The plan as both sides see it."""
    return tuple(
        StepView(
            id=step.id or 0,
            text=step.text,
            due_on=step.due_on,
            is_ours=step.side is Side.US,
            is_done=step.done_at is not None,
            is_from_guest=step.is_from_guest,
            is_late=step.due_on is not None and step.due_on < today and step.done_at is None,
            revision=step.revision,
            clash=clash[1] if clash is not None and clash[0] == step.id else None,
        )
        for step in steps
    )


def read_step(text: str, due_on: str, side: str) -> StepInput:
    """A step out of a form; Refused when the day is none."""
    try:
        day = date.fromisoformat(due_on) if due_on else None
    except ValueError:
        raise Refused("Choose the day from the calendar, or leave it empty.") from None
    return StepInput(text, day, Side.US if side == Side.US.value else Side.CUSTOMER)
