"""Links: the register of all, one with its terms, making, changing, a new address, revoking; and sharing one item in one step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import Conflict, NotFound, PreconditionMissing, Refused, Stale
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity.rules import Permission, may
from app.library.queries import get_asset
from app.sharing import actions
from app.sharing.actions import RoomInput
from app.sharing.actions.links import MadeLink, change_link, make_link, renew_address, revoke_links
from app.sharing.models import Room
from app.sharing.queries.links import LinkRow, get_link, get_row, list_register
from app.sharing.queries.rooms import get_room, list_open_rooms, rooms_holding
from app.sharing.rules import entry_fault
from app.web.assetform import whole_number
from app.web.deps import ReadDep, WorkDep, read_work, require, write_work
from app.web.headers import SHOWN_ONCE
from app.web.linkforms import (
    LinkChoices,
    LinkForm,
    can_mail,
    choices_of,
    faults_of,
    form_of_link,
    form_of_preset,
    link_address,
    read_link_form,
    terms_from,
)
from app.web.render import page, redirect, render

router = APIRouter()
FormText = Annotated[str, Form()]
PAGE_SIZE = 25
LONGEST_WORDS = 80


@page("sharing/links.html")
@dataclass(frozen=True)
class LinksPage:
    """The register. Form: POST /links/revoke with `link` for each that is ticked. `sees_all` adds whose they are."""

    links: Page[LinkRow]
    words: str
    with_dead: bool
    sees_all: bool
    query: str


@page("sharing/link_edit.html")
@dataclass(frozen=True)
class LinkPage:
    """The terms of a new link (POST /rooms/{room}/links) or of one there is (POST /links/{id} with revision; .../address, .../revoke)."""

    room: Room
    row: LinkRow | None
    form: LinkForm
    choices: LinkChoices
    preset: str
    errors: Mapping[str, str]
    revision: int


@page("sharing/made.html")
@dataclass(frozen=True)
class MadePage:
    """The address of a link, shown this once."""

    room: Room
    link_id: int
    address: str
    recipient: str
    is_new: bool


@page("sharing/share.html")
@dataclass(frozen=True)
class SharePage:
    """One item to share. Forms: POST /share (asset_id and the terms) for a room of its own with a link; POST /rooms/{id}/items to add it
    to a room that is there. `fault` says why it may not go out."""

    asset_id: int
    title: str
    fault: str
    rooms: tuple[Room, ...]
    holding: tuple[Room, ...]
    form: LinkForm
    choices: LinkChoices
    preset: str
    errors: Mapping[str, str]


@router.get("/links", dependencies=[require(Permission.SHARE)])
def show_links(request: Request, work: ReadDep, q: str = "", page: int = 1, all: str = "") -> Response:
    """Every link this person may see."""
    words, dead = q.strip()[:LONGEST_WORDS], all == "1"
    found = list_register(work, PageRequest(max(1, page), PAGE_SIZE), words, with_dead=dead)
    query = urlencode({**({"q": words} if words else {}), **({"all": "1"} if dead else {})})
    return render(request, LinksPage(found, words, dead, may(work.actor, Permission.SEE_ALL_LINKS), query))


@router.post("/links/revoke", dependencies=[require(Permission.SHARE)])
async def revoke_many(request: Request) -> Response:
    """Shut every link that is ticked."""
    posted = await request.form()
    ids = [number for value in posted.getlist("link") if isinstance(value, str) and (number := whole_number(value)) is not None]
    async with write_work(request) as work:
        count = await run_in_threadpool(revoke_links, work, ids)
    return redirect(request, "/links", f"{count} revoked." if count else "Nothing was revoked: tick the links first.")


@router.get("/rooms/{room_id}/links/new", dependencies=[require(Permission.SHARE)])
def show_new(request: Request, work: ReadDep, room_id: int, preset: str = "open", recipient: str = "") -> Response:
    """The terms of a new link, as a preset has them."""
    return render(request, _new_page(request, work, room_id, form_of_preset(preset, recipient[:160]), preset, {}))


@router.post("/rooms/{room_id}/links", dependencies=[require(Permission.SHARE)])
async def add_link(request: Request, room_id: int) -> Response:
    """A new link; its address is shown this once."""
    form = read_link_form(await request.form())
    try:
        async with write_work(request) as work:
            made = await run_in_threadpool(_make, request, work, room_id, form)
            shown = await run_in_threadpool(_made_page, request, work, made, is_new=True)
    except Refused as problem:
        async with read_work(request) as work:
            data = await run_in_threadpool(_new_page, request, work, room_id, form, "", faults_of(problem))
        return await run_in_threadpool(render, request, data, problem.status)
    return await run_in_threadpool(render, request, shown, 200, SHOWN_ONCE)


@router.get("/links/{link_id}", dependencies=[require(Permission.SHARE)])
def show_link(request: Request, work: ReadDep, link_id: int) -> Response:
    """One link: terms, use, and what can be done with it."""
    return render(request, _link_page(request, work, link_id, None, {}))


@router.post("/links/{link_id}", dependencies=[require(Permission.SHARE)])
async def save_link(request: Request, link_id: int) -> Response:
    """Other terms from now on."""
    posted = await request.form()
    form, revision = read_link_form(posted), whole_number(str(posted.get("revision", "")))
    try:
        async with write_work(request) as work:
            room_id = await run_in_threadpool(_change, request, work, link_id, form, revision)
    except (Refused, Stale, PreconditionMissing) as problem:
        async with read_work(request) as work:
            data = await run_in_threadpool(_link_page, request, work, link_id, form, faults_of(problem))
        return await run_in_threadpool(render, request, data, problem.status)
    return redirect(request, f"/rooms/{room_id}", "Saved. The link works on these terms from now on.")


@router.post("/links/{link_id}/address", dependencies=[require(Permission.SHARE)])
def renew(request: Request, work: WorkDep, link_id: int) -> Response:
    """A new address, shown this once; the old one has stopped working."""
    made = renew_address(work, link_id)
    return render(request, _made_page(request, work, made, is_new=False), headers=SHOWN_ONCE)


@router.post("/links/{link_id}/revoke", dependencies=[require(Permission.SHARE)])
def revoke(request: Request, work: WorkDep, link_id: int) -> Response:
    """Shut one link."""
    link = get_link(work, link_id)
    revoke_links(work, [link_id])
    return redirect(request, f"/rooms/{link.room_id}", "Revoked. Nobody gets in by this link any more.")


@router.get("/share", dependencies=[require(Permission.SHARE)])
def show_share(request: Request, work: ReadDep, asset: int, preset: str = "open") -> Response:
    """Where one item can go."""
    return render(request, _share_page(request, work, asset, form_of_preset(preset), preset, {}))


@router.post("/share", dependencies=[require(Permission.SHARE)])
async def share(request: Request) -> Response:
    """A room with this one item and a link into it, in one step; the address is shown this once."""
    posted = await request.form()
    form, asset_id = read_link_form(posted), whole_number(str(posted.get("asset_id", "")))
    if asset_id is None:
        raise NotFound("There is no such item. Search for it, then share it from its page.")
    try:
        async with write_work(request) as work:
            made = await run_in_threadpool(_share, request, work, asset_id, form)
            shown = await run_in_threadpool(_made_page, request, work, made, is_new=True)
    except (Conflict, Refused) as problem:
        async with read_work(request) as work:
            data = await run_in_threadpool(_share_page, request, work, asset_id, form, "", faults_of(problem))
        return await run_in_threadpool(render, request, data, problem.status)
    return await run_in_threadpool(render, request, shown, 200, SHOWN_ONCE)


def _make(request: Request, work: Work, room_id: int, form: LinkForm) -> MadeLink:
    return make_link(work, room_id, form.recipient, terms_from(form, work.now), can_mail=can_mail(request))


def _change(request: Request, work: Work, link_id: int, form: LinkForm, revision: int | None) -> int:
    terms = terms_from(form, work.now, get_link(work, link_id))
    return change_link(work, link_id, form.recipient, terms, revision, can_mail=can_mail(request)).room_id


def _share(request: Request, work: Work, asset_id: int, form: LinkForm) -> MadeLink:
    title = get_asset(work, asset_id).title
    room = actions.make_room(work, RoomInput(title=title, company=""), [asset_id])
    return _make(request, work, room.id or 0, form)


def _made_page(request: Request, work: Work, made: MadeLink, *, is_new: bool) -> MadePage:
    link = made.link
    return MadePage(get_room(work, link.room_id), link.id or 0, link_address(request, made.secret), link.recipient, is_new)


def _new_page(request: Request, work: Work, room_id: int, form: LinkForm, preset: str, errors: Mapping[str, str]) -> LinkPage:
    return LinkPage(get_room(work, room_id), None, form, choices_of(request, work), preset, errors, 0)


def _link_page(request: Request, work: Work, link_id: int, form: LinkForm | None, errors: Mapping[str, str]) -> LinkPage:
    link = get_link(work, link_id)
    shown = form if form is not None else form_of_link(link)
    return LinkPage(get_room(work, link.room_id), get_row(work, link), shown, choices_of(request, work, link), "", errors, link.revision)


def _share_page(request: Request, work: Work, asset_id: int, form: LinkForm, preset: str, errors: Mapping[str, str]) -> SharePage:
    asset = get_asset(work, asset_id)
    return SharePage(
        asset_id=asset_id,
        title=asset.title,
        fault=entry_fault(asset, work.today),
        rooms=tuple(list_open_rooms(work)),
        holding=tuple(rooms_holding(work, asset_id)),
        form=form,
        choices=choices_of(request, work),
        preset=preset,
        errors=errors,
    )
