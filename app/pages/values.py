"""Business cases for reps: fill in a value model, look at the document, keep the figures, take it away as a file."""

from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from app.activity.models import Happening, Verb
from app.core.errors import AppError, Conflict, NotFound, PreconditionMissing, Refused, Stale
from app.core.work import Work
from app.deals.queries import get_opportunity_view
from app.identity.rules import Permission
from app.library.models import Version
from app.library.queries import get_shown
from app.messaging.models.value import ValueModel
from app.messaging.rules.case import Filled
from app.messaging.rules.value import figures_of_deal
from app.sharing.actions.tailored import save_tailored, start_own
from app.sharing.models import Tailored, TailoredInput, TailoredPlace
from app.sharing.queries.tailored import find_own
from app.web.assetform import Choice, text_fields, whole_number
from app.web.both import Both, differing
from app.web.dealchoice import deal_choices
from app.web.deps import ReadDep, read_work, require, write_work
from app.web.files import bytes_response, in_turn
from app.web.notes import note_used, note_viewed
from app.web.render import page, redirect, render
from app.web.valuecase import (
    FILES,
    FORM_BYTES,
    LOGO_FORM_BYTES,
    Case,
    CasePlaces,
    LiveCase,
    PostedLogo,
    build_case,
    changes_scenario,
    filled_of,
    kept_of,
    make_file,
    read_filled,
    read_logo,
    read_model,
    words_of,
)

router = APIRouter()
NO_MODEL = "This item is no value model, so there is nothing to fill in. Download its file instead."
NO_FILE = "No file was made, because a figure below is not understood. Your figures are kept here; correct it."
KEPT = "Kept. You find these figures here again."


@page("values/case.html")
@dataclass(frozen=True)
class CasePage:
    """A business case being filled in by somebody of the house; `deals` are the opportunities it may be for.

    `both` says where figures that were kept meanwhile differ from those that were typed.
    """

    asset_id: int
    case: Case
    deals: tuple[Choice, ...]
    opportunity_id: str
    is_released: bool
    error: str
    both: tuple[Both, ...] = ()


@dataclass(frozen=True)
class Opened:
    """A value model in the version this reader gets, what they kept of it for this opportunity, and what is known of that one."""

    asset_id: int
    version: Version
    model: ValueModel
    kept: Tailored | None
    opportunity_id: int | None
    known: Filled
    places: CasePlaces
    is_released: bool

    @property
    def revision(self) -> int:
        """That of what was kept, 0 when nothing was."""
        return self.kept.revision if self.kept else 0

    @property
    def logo(self) -> str:
        """The logo kept with it."""
        return self.kept.logo if self.kept else ""


@router.get("/assets/{asset_id}/case", dependencies=[require(Permission.VIEW)])
def show_case(request: Request, asset_id: int, work: ReadDep) -> Response:
    """The fields and the document; with the figures kept earlier, or those set in advance."""
    opened = _open(request, work, asset_id)
    note_viewed(request, work, asset_id, opened.version.id or 0)
    kept = opened.kept
    filled = filled_of(opened.model, kept.figures, kept.company, kept.logo) if kept else opened.known
    return render(request, _page(work, opened, filled))


@router.post("/assets/{asset_id}/case", dependencies=[require(Permission.VIEW)], max_body_size=FORM_BYTES)
async def fill_case(request: Request, asset_id: int) -> Response:
    """Work it out with what is in the form; with the step "keep", keep that, too."""
    posted = await request.form()
    if posted.get("step") == "keep":
        return await _keep(request, asset_id, posted)
    async with read_work(request) as work:
        return await run_in_threadpool(_fill, request, work, asset_id, posted)


@router.post("/assets/{asset_id}/case/logo", dependencies=[require(Permission.VIEW)], max_body_size=LOGO_FORM_BYTES)
async def keep_logo(request: Request, asset_id: int) -> Response:
    """Keep the figures with another logo, or with none."""
    sent = await read_logo(request)
    return await _keep(request, asset_id, sent.form, sent)


@router.post("/assets/{asset_id}/case/{format_key}", dependencies=[require(Permission.DOWNLOAD)], max_body_size=FORM_BYTES)
async def download_case(request: Request, asset_id: int, format_key: str) -> Response:
    """The business case as a file; refused as long as a figure is not understood."""
    posted = await request.form()
    if format_key not in FILES:
        raise NotFound("There is no such file of a business case. Choose one of the buttons on its page.")
    async with read_work(request) as work:
        opened = await run_in_threadpool(_open, request, work, asset_id)
        filled = read_filled(opened.model, posted, opened.logo)
        shown = _page(work, opened, filled, NO_FILE)
        if shown.case.form.has_errors:
            return await run_in_threadpool(render, request, shown, Refused.status)
        happening = Happening(work.now, work.actor.id, Verb.DOWNLOADED, asset_id, opened.version.id)
    made = await in_turn(request, lambda: make_file(opened.model, shown.case, filled, format_key))
    note_used(request, happening)
    return bytes_response(made.content, made.name, format_key)


def _fill(request: Request, work: Work, asset_id: int, posted: FormData) -> Response:
    opened = _open(request, work, asset_id)
    filled = read_filled(opened.model, posted, opened.logo)
    if request.headers.get("hx-request") == "true":
        return render(request, LiveCase(_case(opened, filled), changes_scenario(posted)))
    shown = _page(work, opened, filled)
    return render(request, shown, Refused.status if shown.case.form.has_errors else 200)


async def _keep(request: Request, asset_id: int, posted: FormData, sent: PostedLogo | None = None) -> Response:
    try:
        logo = await in_turn(request, sent.shrink) if sent is not None else None
        async with write_work(request) as work:
            await run_in_threadpool(_write, request, work, asset_id, posted, logo)
        return redirect(request, f"/assets/{asset_id}/case{_query(request)}", KEPT)
    except (Stale, PreconditionMissing, Refused, Conflict) as problem:
        async with read_work(request) as work:
            return await run_in_threadpool(_show_again, request, work, asset_id, posted, problem)


def _write(request: Request, work: Work, asset_id: int, posted: FormData, logo: str | None) -> None:
    opened = _open(request, work, asset_id)
    filled = read_filled(opened.model, posted, opened.logo if logo is None else logo)
    if _case(opened, filled).form.has_errors:
        raise Refused("Nothing was kept yet, because a figure below is not understood. Correct it, then keep them again.")
    revision = whole_number(text_fields(posted).get("revision", ""))
    data = TailoredInput(company=filled.company, logo=filled.logo, figures=kept_of(filled))
    version_id = opened.version.id or 0
    if opened.kept is not None:
        save_tailored(work, opened.kept, data, revision, version_id)
        return
    start_own(work, TailoredPlace(asset_id=asset_id, version_id=version_id, opportunity_id=opened.opportunity_id), data)


def _show_again(request: Request, work: Work, asset_id: int, posted: FormData, problem: AppError) -> Response:
    opened = _open(request, work, asset_id)
    filled, kept = read_filled(opened.model, posted, opened.logo), opened.kept
    again = _page(work, opened, filled, problem.message)
    if kept is not None and isinstance(problem, Stale | PreconditionMissing):
        theirs = filled_of(opened.model, kept.figures, kept.company)
        again = replace(again, both=differing(words_of(opened.model, theirs), words_of(opened.model, filled)))
    return render(request, again, problem.status)


def _open(request: Request, work: Work, asset_id: int) -> Opened:
    shown = get_shown(work, asset_id, whole_number(request.query_params.get("v", "")))
    model = read_model(work.blobs, shown.version.blob_sha256) if shown.version.format == "value" else None
    if model is None:
        raise Conflict(NO_MODEL)
    path, query = f"/assets/{asset_id}/case", _query(request)
    places = CasePlaces(path + query, path, query, tuple(FILES.values()), logo=f"{path}/logo{query}")
    opportunity_id = whole_number(request.query_params.get("opportunity", ""))
    kept = find_own(work, asset_id, opportunity_id)
    known = _known(work, model, opportunity_id)
    is_released = shown.version.id == shown.asset.released_version_id
    return Opened(asset_id, shown.version, model, kept, opportunity_id, known, places, is_released)


def _known(work: Work, model: ValueModel, opportunity_id: int | None) -> Filled:
    """What the opportunity says already: whose case it is, and figures that take its amount."""
    if opportunity_id is None:
        return Filled()
    deal = get_opportunity_view(work, opportunity_id)
    return Filled(company=deal.account, figures=figures_of_deal(model, deal.amount, deal.currency))


def _query(request: Request) -> str:
    return f"?{request.url.query}" if request.url.query else ""


def _case(opened: Opened, filled: Filled) -> Case:
    return build_case(opened.model, filled, opened.places, opened.revision)


def _page(work: Work, opened: Opened, filled: Filled, error: str = "") -> CasePage:
    case, deals = _case(opened, filled), deal_choices(work, opened.opportunity_id)
    return CasePage(opened.asset_id, case, deals, str(opened.opportunity_id or ""), opened.is_released, error)
