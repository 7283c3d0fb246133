"""What comes out of a kit on paper or as slides: the binder, the page that a sheet's code leads to, chosen slides of its decks."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import Gone, Refused
from app.core.office.parse import Unreadable
from app.core.office.slides import pick_slides
from app.core.store import BlobStore
from app.core.work import Work
from app.framework.queries import list_values
from app.identity.rules import Permission, may
from app.library.queries import list_cards
from app.pages.kit_takeaway import MAY_TAKE
from app.plays.actions.binders import order_binder
from app.plays.models import Binder, BinderState
from app.plays.queries import get_kit, get_kit_row
from app.plays.queries.binders import SheetState, get_binder, get_sheet_state
from app.web.deps import ReadDep, WorkDep, public, read_work, require
from app.web.files import ZIP, bytes_response, made_headers
from app.web.headers import SHOWN_ONCE
from app.web.render import page, redirect, render
from app.web.services import services_of

router = APIRouter()


@page("plays/binder.html")
@dataclass(frozen=True)
class BinderPage:
    """A binder on its way or done; `progress` counts to 100, `is_over` says that nothing more will come of it."""

    kit_id: int
    kit_title: str
    binder_id: int
    state: BinderState
    progress: int
    pages: int
    message: str
    requested_at: datetime
    is_over: bool


@page("plays/_binder_state.html")
@dataclass(frozen=True)
class BinderProgress:
    """The part of the page that changes while it is made."""

    kit_id: int
    binder_id: int
    state: BinderState
    progress: int
    pages: int
    message: str
    is_over: bool


@page("public/sheet.html")
@dataclass(frozen=True)
class SheetPage:
    """What a printed sheet is worth now; title and address of the item are for people who may see it."""

    sheet: SheetState
    title: str
    href: str


@dataclass(frozen=True)
class DeckPick:
    """Slides to take out of one version of a deck; `file_name` is what they are handed out as."""

    sha256: str
    file_name: str
    numbers: frozenset[int]


@router.post("/kits/{kit_id}/binders", dependencies=[require(Permission.USE_KITS)])
def order(request: Request, kit_id: int, work: WorkDep, notes: Annotated[str, Form()] = "") -> Response:
    """Have the kit printed as a binder."""
    check_at = f"{services_of(request).settings.base_url.rstrip('/')}/k/"
    binder = order_binder(work, kit_id, check_at, with_notes=bool(notes))
    return redirect(request, f"/kits/{kit_id}/binders/{binder.id}")


@router.get("/kits/{kit_id}/binders/{binder_id}", dependencies=[require(Permission.USE_KITS)])
def show(request: Request, kit_id: int, binder_id: int, work: ReadDep) -> Response:
    """How far it is; asked for as a part of the page while it is made."""
    binder = get_binder(work, kit_id, binder_id)
    if "hx-request" in request.headers:
        return render(request, _progress(kit_id, binder))
    title = get_kit_row(work, kit_id).title
    at = binder.requested_at
    progress = _progress(kit_id, binder)
    return render(request, BinderPage(kit_id, title, progress.binder_id, *_state(binder), at, progress.is_over))


@router.get("/kits/{kit_id}/binders/{binder_id}/file", dependencies=[require(Permission.USE_KITS)])
def fetch(kit_id: int, binder_id: int, work: ReadDep) -> Response:
    """The PDF."""
    binder = get_binder(work, kit_id, binder_id)
    if binder.pdf is None:
        raise Gone("This binder is not kept any more, or is not ready yet. Open the kit and print it again.")
    return bytes_response(binder.pdf, f"{get_kit_row(work, kit_id).title}.pdf", "pdf")


@router.get("/kits/{kit_id}/slides", dependencies=MAY_TAKE)
async def slides(request: Request, kit_id: int) -> Response:
    """The slides in the kit: of one deck as a deck with its master, of several as a ZIP of decks."""
    async with read_work(request) as work:
        title, decks = await run_in_threadpool(_decks, work, kit_id)
    return await run_in_threadpool(_slides, services_of(request).blobs, title, decks)


@router.get("/k/{code}", dependencies=[public()])
def check_sheet(request: Request, code: str, work: ReadDep) -> Response:
    """Whether a printed sheet is still current; whoever may see the item learns its title and where it is."""
    sheet = get_sheet_state(work, code)
    card = list_cards(work, [sheet.asset_id], list_values(work)).get(sheet.asset_id) if may(work.actor, Permission.VIEW) else None
    found = SheetPage(sheet, card.title if card is not None else "", f"/assets/{sheet.asset_id}" if card is not None else "")
    return render(request, found, headers=SHOWN_ONCE)


def _state(binder: Binder) -> tuple[BinderState, int, int, str]:
    return binder.state, binder.progress, binder.pages, binder.message


def _progress(kit_id: int, binder: Binder) -> BinderProgress:
    is_over = binder.state not in (BinderState.WAITING, BinderState.PRINTING)
    return BinderProgress(kit_id, binder.id or 0, *_state(binder), is_over)


def _decks(work: Work, kit_id: int) -> tuple[str, Sequence[DeckPick]]:
    kit = get_kit(work, kit_id)
    return kit.title, [
        DeckPick(version.sha256, f"{PurePath(version.file_name).stem} - slides.pptx", numbers) for version, numbers in kit.slides
    ]


def _slides(blobs: BlobStore, title: str, decks: Sequence[DeckPick]) -> Response:
    if not decks:
        raise Refused("There is no slide of a PowerPoint deck in this kit. Add one from a deck's page, then take the slides.")
    try:
        picked = [(deck.file_name, pick_slides(blobs.checked_path(deck.sha256), deck.numbers)) for deck in decks]
    except Unreadable as problem:
        raise Refused(f"The slides could not be taken out: {problem.message} Download the whole deck instead.") from problem
    if len(picked) == 1:
        return bytes_response(picked[0][1], picked[0][0], "pptx")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for number, (name, data) in enumerate(picked, start=1):
            archive.writestr(f"{number} {name}", data)
    return Response(packed.getvalue(), media_type=ZIP, headers=made_headers(f"{title} - slides.zip"))
