"""Business cases under a link: filled in, kept at a private address when the champion asks, taken away as files."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from app.core.errors import AppError, NotFound, PreconditionMissing, Refused, Stale
from app.core.work import Work
from app.sharing.models import Happened
from app.sharing.queries import NOT_IN_ROOM
from app.web.deps import public, read_work, write_work
from app.web.files import bytes_response, in_turn
from app.web.guestcase import NOT_UNDERSTOOD, OpenCase, built, case_page, keep_case, open_case
from app.web.guestdraft import Place, get_private
from app.web.guestfiles import marked
from app.web.guests import ReadDoor, at_door, go, note_visit
from app.web.render import render_bare
from app.web.valuecase import FORM_BYTES, LOGO_FORM_BYTES, LiveCase, PostedLogo, changes_scenario, make_file, read_logo

router = APIRouter()


@router.get("/r/{secret}/i/{item_id}/case", dependencies=[public()])
def show_case(request: Request, door: ReadDoor, item_id: int) -> Response:
    """The fields with what was set in advance, and the document."""
    opened = open_case(door, item_id)
    note_visit(request, door, Happened.OPENED, item_id)
    return render_bare(case_page(request, opened, opened.filled))


@router.post("/r/{secret}/i/{item_id}/case", dependencies=[public()], max_body_size=FORM_BYTES)
async def fill_case(request: Request, secret: str, item_id: int) -> Response:
    """Work it out; with the step "keep", keep it at a new private address."""
    return await fill(request, Place(secret, item_id))


@router.post("/r/{secret}/i/{item_id}/case/logo", dependencies=[public()], max_body_size=LOGO_FORM_BYTES)
async def keep_logo(request: Request, secret: str, item_id: int) -> Response:
    """Keep it at a new private address, with a logo."""
    return await keep_with_logo(request, Place(secret, item_id))


@router.post("/r/{secret}/i/{item_id}/case/{format_key}", dependencies=[public()], max_body_size=FORM_BYTES)
async def download_case(request: Request, secret: str, item_id: int, format_key: str) -> Response:
    """The business case as a file."""
    return await download(request, Place(secret, item_id), format_key)


async def fill(request: Request, place: Place) -> Response:
    """Work out what is posted; with the step "keep", keep it at the private address or at a new one."""
    posted = await request.form()
    if posted.get("step") == "keep":
        return await _keep(request, place, posted)
    async with read_work(request) as work:
        return await run_in_threadpool(_worked_out, request, work, place, posted)


def _open(request: Request, work: Work, place: Place) -> OpenCase:
    door = at_door(request, work, place.secret)
    if not place.draft:
        return open_case(door, place.item_id)
    kept = get_private(door, place.draft)
    return open_case(door, kept.item_id or 0, kept, place.draft)


def _worked_out(request: Request, work: Work, place: Place, posted: FormData) -> Response:
    opened = _open(request, work, place)
    filled = opened.read(posted)
    note_visit(request, opened.door, Happened.OPENED, opened.item_id, is_human=True)
    if request.headers.get("hx-request") == "true":
        return render_bare(LiveCase(built(opened, filled), changes_scenario(posted)))
    shown = case_page(request, opened, filled)
    return render_bare(shown, Refused.status if shown.case.form.has_errors else 200)


async def keep_with_logo(request: Request, place: Place) -> Response:
    """Keep what is posted, with the logo that is sent or with none."""
    sent = await read_logo(request)
    async with read_work(request) as work:
        await run_in_threadpool(_open, request, work, place)  # no picture is looked at for somebody who is not let in
    return await _keep(request, place, sent.form, sent)


async def _keep(request: Request, place: Place, posted: FormData, sent: PostedLogo | None = None) -> Response:
    try:
        logo = await in_turn(request, sent.shrink) if sent is not None else None  # strangers may send pictures
        async with write_work(request) as work:
            kept_at = await run_in_threadpool(_write, request, work, place, posted, logo)
    except (Refused, Stale, PreconditionMissing) as problem:
        async with read_work(request) as work:
            return await run_in_threadpool(_again, request, work, place, posted, problem)
    return go(place.secret, f"/d/{kept_at}", "kept")


def _write(request: Request, work: Work, place: Place, posted: FormData, logo: str | None) -> str:
    opened = _open(request, work, place)
    kept_at = keep_case(opened, posted, logo)
    note_visit(request, opened.door, Happened.TAILORED, opened.item_id, is_human=True)
    return kept_at


def _again(request: Request, work: Work, place: Place, posted: FormData, problem: AppError) -> Response:
    opened = _open(request, work, place)
    return render_bare(case_page(request, opened, opened.read(posted), error=problem.message), problem.status)


async def download(request: Request, place: Place, format_key: str) -> Response:
    """What is posted as a file, if the terms hand it out."""
    posted = await request.form()
    async with read_work(request) as work:
        opened = await run_in_threadpool(_open, request, work, place)
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
