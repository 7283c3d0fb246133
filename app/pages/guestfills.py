"""Templates under a link: filled in by a champion, taken away as the filled file, kept at a private address only when they ask."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import AppError, NotFound, Refused
from app.core.office.convert import convert
from app.core.office.merge import fill_template
from app.core.office.merge.values import Value
from app.core.work import Work
from app.library.rules.filling import check_figures
from app.sharing.models import Happened
from app.sharing.queries import NOT_IN_ROOM
from app.web.assetform import text_fields, whole_number
from app.web.deps import public, read_work, write_work
from app.web.files import bytes_response, in_turn, made_name
from app.web.fillform import FORM_BYTES, posted_form, read_figures
from app.web.guestdraft import Place, get_private
from app.web.guestfiles import marked
from app.web.guestfill import FILE, PDF, OpenFill, fill_page, keep_filled, offered_kinds, open_fill
from app.web.guests import ReadDoor, at_door, go, note_visit
from app.web.render import render_bare
from app.web.services import services_of

router = APIRouter()
NO_FILE = "No file was made: some fields need another look. What you typed is here."


@router.get("/r/{secret}/i/{item_id}/fill", dependencies=[public()])
def show_fill(request: Request, door: ReadDoor, item_id: int) -> Response:
    """The fields of a template."""
    opened = open_fill(door, item_id)
    note_visit(request, door, Happened.OPENED, item_id)
    return render_bare(fill_page(request, opened, {}))


@router.post("/r/{secret}/i/{item_id}/fill", dependencies=[public()], max_body_size=FORM_BYTES)
async def fill_item(request: Request, secret: str, item_id: int) -> Response:
    """The filled file, or what was typed kept at a new private address."""
    return await fill(request, Place(secret, item_id))


async def fill(request: Request, place: Place) -> Response:
    """The filled file, or what was typed kept at the private address or at a new one."""
    async with posted_form(request) as form:
        fields = text_fields(form)
        async with read_work(request) as work:
            opened = await run_in_threadpool(_open, request, work, place)
        typed = await read_figures(form, opened.fields, opened.figures)
    wanted, _, added = fields.get("do", FILE).partition(".")
    if typed.errors:
        return await _again(request, place, typed.figures, typed.errors)
    if wanted == "rows":
        return await _again(request, place, typed.figures, {}, added=added)
    if wanted == "save":
        return await _keep(request, place, typed.figures, whole_number(fields.get("revision", "")))
    checked = check_figures(opened.fields, typed.figures, opened.language)
    if checked.errors:
        return await _again(request, place, typed.figures, {"": NO_FILE, **checked.errors})
    return await _file(request, place, checked.values, wanted)


async def _file(request: Request, place: Place, values: Mapping[str, Value], wanted: str) -> Response:
    async with read_work(request) as work:
        opened = await run_in_threadpool(_open, request, work, place)
        if wanted not in {one.value for one in offered_kinds(opened.door.opened.link.handout, opened.version)}:
            raise NotFound(NOT_IN_ROOM)
        note_visit(request, opened.door, Happened.DOWNLOADED, opened.item_id, is_human=True)
    version, blobs = opened.version, services_of(request).blobs

    def made() -> bytes:
        data = fill_template(blobs.checked_path(version.blob_sha256), version.format, values)
        return marked(convert(data, version.format, PDF), PDF, opened.door.opened) if wanted == PDF else data

    content = await in_turn(request, made)
    key = PDF if wanted == PDF else version.format
    return bytes_response(content, made_name(opened.title, opened.door.opened.room.company, key), key)


async def _keep(request: Request, place: Place, figures: Mapping[str, Any], revision: int | None) -> Response:
    try:
        async with write_work(request) as work:
            kept_at = await run_in_threadpool(_write, request, work, place, figures, revision)
    except AppError as problem:
        if problem.status not in (412, 422, 428):
            raise
        return await _again(request, place, figures, {"": problem.message}, status=problem.status)
    return go(place.secret, f"/d/{kept_at}", "kept")


def _write(request: Request, work: Work, place: Place, figures: Mapping[str, Any], revision: int | None) -> str:
    opened = _open(request, work, place)
    kept_at = keep_filled(opened, figures, revision)
    note_visit(request, opened.door, Happened.TAILORED, opened.item_id, is_human=True)
    return kept_at


async def _again(
    request: Request,
    place: Place,
    figures: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    added: str = "",
    status: int = Refused.status,
) -> Response:
    async with read_work(request) as work:
        opened = await run_in_threadpool(_open, request, work, place)
        data = await run_in_threadpool(lambda: fill_page(request, opened, figures, errors=errors, added=added))
        return await run_in_threadpool(render_bare, data, status if errors else 200)


def _open(request: Request, work: Work, place: Place) -> OpenFill:
    door = at_door(request, work, place.secret)
    if not place.draft:
        return open_fill(door, place.item_id)
    kept = get_private(door, place.draft)
    return open_fill(door, kept.item_id or 0, kept, place.draft)
