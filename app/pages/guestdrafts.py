"""Private addresses under a link: what a champion kept is filled in further, shown to the sender, deleted, whatever became of its item."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import Conflict, NotFound
from app.core.work import Work
from app.pages import guestcases, guestfills
from app.sharing.actions.tailored import delete_tailored, share_tailored
from app.sharing.models import Happened
from app.web.deps import public, read_work
from app.web.files import bytes_response
from app.web.fillform import FORM_BYTES
from app.web.guestcase import case_page, open_case
from app.web.guestdraft import NOT_WORKED_OUT, Place, get_private, kept_page, words_of
from app.web.guestfill import fill_page, open_fill
from app.web.guests import ReadDoor, WriteDoor, at_door, go, note_visit
from app.web.render import render_bare
from app.web.valuecase import FORM_BYTES as CASE_BYTES
from app.web.valuecase import LOGO_FORM_BYTES

router = APIRouter()
FormText = Annotated[str, Form()]
SAID = frozenset({"kept", "shared", "hidden"})
CASE, TEMPLATE, AWAY = "case", "template", "away"


@router.get("/r/{secret}/d/{draft}", dependencies=[public()])
def show_draft(request: Request, door: ReadDoor, draft: str, said: str = "") -> Response:
    """What was kept at this private address: in its form, or as words alone when its item is away."""
    kept, told = get_private(door, draft), said if said in SAID else ""
    note_visit(request, door, Happened.OPENED, kept.item_id)
    try:
        if door.opened.entry(kept.item_id or 0).is_case:
            case = open_case(door, kept.item_id or 0, kept, draft)
            return render_bare(case_page(request, case, case.filled, said=told))
        filling = open_fill(door, kept.item_id or 0, kept, draft)
        return render_bare(fill_page(request, filling, filling.figures, said=told))
    except NotFound:
        return render_bare(kept_page(request, door, kept, draft, said=told))


@router.get("/r/{secret}/d/{draft}/words", dependencies=[public()])
def take_words(door: ReadDoor, draft: str) -> Response:
    """What was typed, as text."""
    return bytes_response(words_of(door.work, get_private(door, draft)), "what-you-typed.txt", "txt")


@router.post("/r/{secret}/d/{draft}", dependencies=[public()], max_body_size=FORM_BYTES)
async def fill_draft(request: Request, secret: str, draft: str) -> Response:
    """Fill it in further: a business case or a template."""
    place = Place(secret, draft=draft)
    async with read_work(request) as work:
        kind = await run_in_threadpool(_kind, request, work, place)
    if kind == CASE:
        return await guestcases.fill(request, place)
    if kind == TEMPLATE:
        return await guestfills.fill(request, place)
    async with read_work(request) as work:
        return await run_in_threadpool(_away, request, work, place)


@router.post("/r/{secret}/d/{draft}/share", dependencies=[public()])
def share_draft(door: WriteDoor, draft: str, shared: FormText = "") -> Response:
    """Show what was typed to the sender, or take that back."""
    share_tailored(door.work, get_private(door, draft), is_shared=shared == "1")
    return go(door.secret, f"/d/{draft}", "shared" if shared == "1" else "hidden")


@router.post("/r/{secret}/d/{draft}/delete", dependencies=[public()])
def delete_draft(door: WriteDoor, draft: str) -> Response:
    """Forget what was kept here, for good."""
    delete_tailored(door.work, get_private(door, draft))
    return go(door.secret, "", "deleted")


@router.post("/r/{secret}/d/{draft}/logo", dependencies=[public()], max_body_size=LOGO_FORM_BYTES)
async def keep_draft_logo(request: Request, secret: str, draft: str) -> Response:
    """Keep a business case here with another logo, or with none."""
    return await guestcases.keep_with_logo(request, Place(secret, draft=draft))


@router.post("/r/{secret}/d/{draft}/{format_key}", dependencies=[public()], max_body_size=CASE_BYTES)
async def download_draft(request: Request, secret: str, draft: str, format_key: str) -> Response:
    """A business case as a file."""
    return await guestcases.download(request, Place(secret, draft=draft), format_key)


def _kind(request: Request, work: Work, place: Place) -> str:
    door = at_door(request, work, place.secret)
    kept = get_private(door, place.draft)
    entry = next((one for one in door.opened.entries if one.item_id == kept.item_id and one.version is not None), None)
    return AWAY if entry is None else CASE if entry.is_case else TEMPLATE


def _away(request: Request, work: Work, place: Place) -> Response:
    door = at_door(request, work, place.secret)
    kept = get_private(door, place.draft)
    return render_bare(kept_page(request, door, kept, place.draft, error=NOT_WORKED_OUT), Conflict.status)
