"""Business cases under a link: filled in, kept at a private address when the champion asks, taken away as files, shared or deleted."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from app.core.errors import AppError, NotFound, Refused, Stale
from app.core.work import Work
from app.sharing.actions.tailored import delete_tailored, share_tailored
from app.sharing.models import Happened
from app.sharing.queries import NOT_IN_ROOM
from app.web.deps import public, read_work, write_work
from app.web.files import bytes_response, in_turn
from app.web.guestcase import NOT_UNDERSTOOD, OpenCase, built, case_page, keep_case, open_case, open_draft
from app.web.guestfiles import marked
from app.web.guests import ReadDoor, WriteDoor, at_door, go, note_visit
from app.web.render import render_bare
from app.web.valuecase import FORM_BYTES, LOGO_FORM_BYTES, LiveCase, PostedLogo, changes_scenario, make_file, read_logo

router = APIRouter()
FormText = Annotated[str, Form()]
SAID = frozenset({"kept", "shared", "hidden"})
Place = tuple[str, int, str]  # the secret of the link, and an item or the secret of a private address


@router.get("/r/{secret}/i/{item_id}/case", dependencies=[public()])
def show_case(request: Request, door: ReadDoor, item_id: int) -> Response:
    """The fields with what was set in advance, and the document."""
    opened = open_case(door, item_id)
    note_visit(request, door, Happened.OPENED, item_id)
    return render_bare(case_page(request, opened, opened.filled))


@router.post("/r/{secret}/i/{item_id}/case", dependencies=[public()], max_body_size=FORM_BYTES)
async def fill_case(request: Request, secret: str, item_id: int) -> Response:
    """Work it out; with the step "keep", keep it at a new private address."""
    return await _fill(request, secret, item_id, "")


@router.post("/r/{secret}/i/{item_id}/case/logo", dependencies=[public()], max_body_size=LOGO_FORM_BYTES)
async def keep_logo(request: Request, secret: str, item_id: int) -> Response:
    """Keep it at a new private address, with a logo."""
    return await _keep_logo(request, (secret, item_id, ""))


@router.post("/r/{secret}/i/{item_id}/case/{format_key}", dependencies=[public()], max_body_size=FORM_BYTES)
async def download_case(request: Request, secret: str, item_id: int, format_key: str) -> Response:
    """The business case as a file."""
    return await _download(request, secret, item_id, "", format_key)


@router.get("/r/{secret}/d/{draft}", dependencies=[public()])
def show_draft(request: Request, door: ReadDoor, draft: str, said: str = "") -> Response:
    """What was kept at this private address."""
    opened = open_draft(door, draft)
    note_visit(request, door, Happened.OPENED, opened.item_id)
    return render_bare(case_page(request, opened, opened.filled, said=said if said in SAID else ""))


@router.post("/r/{secret}/d/{draft}", dependencies=[public()], max_body_size=FORM_BYTES)
async def fill_draft(request: Request, secret: str, draft: str) -> Response:
    """Work it out; with the step "keep", keep it here."""
    return await _fill(request, secret, 0, draft)


@router.post("/r/{secret}/d/{draft}/share", dependencies=[public()])
def share_draft(door: WriteDoor, draft: str, shared: FormText = "") -> Response:
    """Show the figures to the sender, or take that back."""
    opened = open_draft(door, draft)
    if opened.kept is not None:
        share_tailored(door.work, opened.kept, is_shared=shared == "1")
    return go(door.secret, f"/d/{draft}", "shared" if shared == "1" else "hidden")


@router.post("/r/{secret}/d/{draft}/delete", dependencies=[public()])
def delete_draft(door: WriteDoor, draft: str) -> Response:
    """Forget what was kept here, for good."""
    opened = open_draft(door, draft)
    if opened.kept is not None:
        delete_tailored(door.work, opened.kept)
    return go(door.secret, "", "deleted")


@router.post("/r/{secret}/d/{draft}/logo", dependencies=[public()], max_body_size=LOGO_FORM_BYTES)
async def keep_draft_logo(request: Request, secret: str, draft: str) -> Response:
    """Keep it here with another logo, or with none."""
    return await _keep_logo(request, (secret, 0, draft))


@router.post("/r/{secret}/d/{draft}/{format_key}", dependencies=[public()], max_body_size=FORM_BYTES)
async def download_draft(request: Request, secret: str, draft: str, format_key: str) -> Response:
    """The same as a file."""
    return await _download(request, secret, 0, draft, format_key)


def _open(request: Request, work: Work, secret: str, item_id: int, draft: str) -> OpenCase:
    door = at_door(request, work, secret)
    return open_draft(door, draft) if draft else open_case(door, item_id)


async def _fill(request: Request, secret: str, item_id: int, draft: str) -> Response:
    posted = await request.form()
    if posted.get("step") == "keep":
        return await _keep(request, (secret, item_id, draft), posted)
    async with read_work(request) as work:
        return await run_in_threadpool(_worked_out, request, work, (secret, item_id, draft), posted)


def _worked_out(request: Request, work: Work, place: Place, posted: FormData) -> Response:
    opened = _open(request, work, *place)
    filled = opened.read(posted)
    note_visit(request, opened.door, Happened.OPENED, opened.item_id, is_human=True)
    if request.headers.get("hx-request") == "true":
        return render_bare(LiveCase(built(opened, filled), changes_scenario(posted)))
    shown = case_page(request, opened, filled)
    return render_bare(shown, Refused.status if shown.case.form.has_errors else 200)


async def _keep_logo(request: Request, place: Place) -> Response:
    sent = await read_logo(request)
    async with read_work(request) as work:
        await run_in_threadpool(_open, request, work, *place)  # no picture is looked at for somebody who is not let in
    return await _keep(request, place, sent.form, sent)


async def _keep(request: Request, place: Place, posted: FormData, sent: PostedLogo | None = None) -> Response:
    try:
        logo = await in_turn(request, sent.shrink) if sent is not None else None  # strangers may send pictures
        async with write_work(request) as work:
            kept_at = await run_in_threadpool(_write, request, work, place, posted, logo)
    except (Refused, Stale) as problem:
        async with read_work(request) as work:
            return await run_in_threadpool(_again, request, work, place, posted, problem)
    return go(place[0], f"/d/{kept_at}", "kept")


def _write(request: Request, work: Work, place: Place, posted: FormData, logo: str | None) -> str:
    opened = _open(request, work, *place)
    kept_at = keep_case(opened, posted, logo)
    note_visit(request, opened.door, Happened.TAILORED, opened.item_id, is_human=True)
    return kept_at


def _again(request: Request, work: Work, place: Place, posted: FormData, problem: AppError) -> Response:
    opened = _open(request, work, *place)
    return render_bare(case_page(request, opened, opened.read(posted), error=problem.message), problem.status)


async def _download(request: Request, secret: str, item_id: int, draft: str, format_key: str) -> Response:
    posted = await request.form()
    async with read_work(request) as work:
        opened = await run_in_threadpool(_open, request, work, secret, item_id, draft)
        filled = opened.read(posted)
        case = built(opened, filled)
        if format_key not in {one.key for one in case.places.offered}:
            raise NotFound(NOT_IN_ROOM)
        if case.form.has_errors:
            shown = case_page(request, opened, filled, error=NOT_UNDERSTOOD)
            return await run_in_threadpool(render_bare, shown, Refused.status)
        note_visit(request, opened.door, Happened.DOWNLOADED, opened.item_id, is_human=True)
    made = await in_turn(request, lambda: make_file(opened.model, case, filled, format_key))
    content = await in_turn(request, lambda: marked(made.content, format_key, opened.door.opened))
    return bytes_response(content, made.name, format_key)
