"""The champion's room: every page under /r/{secret}. The resolver is asked first by whatever answers here; see app/web/guests.py."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import Conflict, NotFound, PreconditionMissing, Refused, Stale, TooMany
from app.library.models import Version
from app.sharing.actions import asking, plans
from app.sharing.models import Happened
from app.sharing.queries import NOT_IN_ROOM
from app.web.deps import public, read_work
from app.web.files import attachment, bytes_response, file_response, in_turn, media_kind
from app.web.guestfiles import PrintedFile, is_text_only, make_pdf, mark_of, pdf_of, stamped_response
from app.web.guestroom import StepTyped, Typed, item_page, read_step, room_page, shown_version
from app.web.guests import AtDoor, ReadDoor, WriteDoor, at_door, go, note_visit, wants_privacy
from app.web.render import render_bare
from app.web.services import services_of

router = APIRouter()
FormText = Annotated[str, Form()]
SAID = frozenset({"asked", "plan", "deleted"})
LONGEST_STEP = 15  # seconds between two messages of an open page, at most


@router.get("/r/{secret}", dependencies=[public()])
def show_room(request: Request, door: ReadDoor, said: str = "") -> Response:
    """The room."""
    note_visit(request, door, Happened.OPENED)
    watched = not wants_privacy(request)
    return render_bare(room_page(door.work, door.opened, door.root, said=said if said in SAID else "", watched=watched))


@router.get("/r/{secret}/i/{item_id}", dependencies=[public()])
def show_item(request: Request, door: ReadDoor, item_id: int) -> Response:
    """One item of the room."""
    if door.opened.entry(item_id).is_case:
        return go(door.secret, f"/i/{item_id}/case")
    data = item_page(door.work, door.opened, item_id, door.root, watched=not wants_privacy(request))
    data = replace(data, pdf_is_text=is_text_only(services_of(request).blobs, data))
    note_visit(request, door, Happened.OPENED, item_id)
    return render_bare(data)


@router.get("/r/{secret}/i/{item_id}/file", dependencies=[public()])
async def download(request: Request, secret: str, item_id: int) -> Response:
    """The original, if the terms hand it out; a PDF with the reader's address on it where they say so."""
    door, version = await _file_of(request, secret, item_id, original=True)
    mark = mark_of(door.opened)
    if mark and version.format == "pdf":
        return await stamped_response(request, version, mark)
    return await run_in_threadpool(file_response, request, version, attachment(version.file_name))


@router.get("/r/{secret}/i/{item_id}/pdf", dependencies=[public()])
async def download_pdf(request: Request, secret: str, item_id: int) -> Response:
    """An item as a PDF, if the terms hand one out."""
    async with read_work(request) as work:
        door = await run_in_threadpool(at_door, request, work, secret)
        printed = await run_in_threadpool(_printed, door, item_id)
        note_visit(request, door, Happened.DOWNLOADED, item_id)
    blobs = services_of(request).blobs
    made = await in_turn(request, lambda: make_pdf(blobs, printed)) if request.method == "GET" else b""
    return bytes_response(made, printed.file_name, "pdf")


@router.get("/r/{secret}/i/{item_id}/media", dependencies=[public()])
async def play(request: Request, secret: str, item_id: int) -> Response:
    """A picture or recording, shown in its page."""
    async with read_work(request) as work:
        door = await run_in_threadpool(at_door, request, work, secret)
        version = shown_version(door.opened.entry(item_id))
    if not media_kind(version.format):
        raise NotFound(NOT_IN_ROOM)
    return await run_in_threadpool(file_response, request, version, "inline")


@router.post("/r/{secret}/seen", dependencies=[public()], status_code=204)
def note_seconds(request: Request, door: ReadDoor, item: FormText = "", seconds: FormText = "0") -> None:
    """An open page tells that somebody moved, typed or scrolled, and for how long it was in front of them since it last told."""
    item_id = int(item) if item.isdecimal() and len(item) < 10 else None
    if item_id is not None:
        door.opened.entry(item_id)
    passed = min(int(seconds), LONGEST_STEP) if seconds.isdecimal() and len(seconds) < 5 else 0
    note_visit(request, door, Happened.OPENED, item_id, is_human=True, seconds=passed)


@router.post("/r/{secret}/plan", dependencies=[public()])
def add_step(request: Request, door: WriteDoor, text: FormText = "", due_on: FormText = "", side: FormText = "") -> Response:
    """A step more."""
    try:
        plans.add_guest_step(door.work, door.opened, read_step(text, due_on, side))
    except (Conflict, Refused) as problem:
        typed = Typed("plan", text=text, due_on=due_on, side=side, error=problem.message)
        return render_bare(room_page(door.work, door.opened, door.root, typed=typed), problem.status)
    note_visit(request, door, Happened.TICKED, is_human=True)
    return go(door.secret, "", "plan")


@router.post("/r/{secret}/plan/{step_id}", dependencies=[public()])
def change_step(  # noqa: PLR0913, PLR0917 - the fields of the form
    request: Request,
    door: WriteDoor,
    step_id: int,
    text: FormText = "",
    due_on: FormText = "",
    side: FormText = "",
    revision: Annotated[int | None, Form()] = None,
) -> Response:
    """Other words, day or side; when the sender was faster both texts are shown."""
    try:
        plans.change_guest_step(door.work, door.opened, step_id, read_step(text, due_on, side), revision)
    except (Refused, Stale, PreconditionMissing) as problem:
        clash, typed = (step_id, StepTyped(text, due_on, side)), Typed("step", error=problem.message)
        return render_bare(room_page(door.work, door.opened, door.root, typed=typed, clash=clash), problem.status)
    note_visit(request, door, Happened.TICKED, is_human=True)
    return go(door.secret, "", "plan")


@router.post("/r/{secret}/plan/{step_id}/tick", dependencies=[public()])
def tick_step(request: Request, door: WriteDoor, step_id: int, done: FormText = "") -> Response:
    """Done, or not after all."""
    plans.tick_guest_step(door.work, door.opened, step_id, done=done == "1")
    note_visit(request, door, Happened.TICKED, is_human=True)
    return go(door.secret, "", "plan")


@router.post("/r/{secret}/questions", dependencies=[public()])
def ask(request: Request, door: WriteDoor, text: FormText = "", email: FormText = "") -> Response:
    """A question to the sender."""
    try:
        asking.ask_in_room(door.work, door.opened, text, email)
    except (Refused, TooMany) as problem:
        typed = Typed("question", text=text, email=email, error=problem.message)
        return render_bare(room_page(door.work, door.opened, door.root, typed=typed), problem.status)
    note_visit(request, door, Happened.ASKED, is_human=True)
    return go(door.secret, "", "asked")


async def _file_of(request: Request, secret: str, item_id: int, *, original: bool) -> tuple[AtDoor, Version]:
    """The file of an item, and the door it goes out by; the transaction ends before its bytes are read."""
    async with read_work(request) as work:
        door = await run_in_threadpool(at_door, request, work, secret)
        entry = door.opened.entry(item_id)
        version = shown_version(entry)
        if not item_page(door.work, door.opened, item_id, door.root).original:
            raise NotFound(NOT_IN_ROOM)
        if "range" not in request.headers:
            note_visit(request, door, Happened.DOWNLOADED, item_id)
    return door, version


def _printed(door: AtDoor, item_id: int) -> PrintedFile:
    data = item_page(door.work, door.opened, item_id, door.root)
    if not data.as_pdf:
        raise NotFound(NOT_IN_ROOM)
    return pdf_of(data, mark_of(door.opened))
