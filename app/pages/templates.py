"""Filling a template: the form that asks only what is missing, and the filled file to take away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from app.activity.models import Happening, Verb
from app.core.clock import utc_now
from app.core.errors import AppError, Conflict, NotFound, Refused, Stale
from app.core.office.convert import can_convert, convert
from app.core.office.merge import fill_template
from app.core.work import Work
from app.deals.models import OpportunityView
from app.deals.queries import get_opportunity_view
from app.framework.models import CALL_FACETS, Facet
from app.framework.queries import list_values
from app.identity.rules import Permission
from app.library import queries
from app.library.models import FieldView
from app.library.queries import Shown
from app.library.queries.templates import find_scan, list_fields
from app.library.rules import FORMATS, care_of, is_expired
from app.library.rules.filling import check_figures
from app.sharing.actions.tailored import save_tailored, start_own
from app.sharing.models import Tailored, TailoredInput, TailoredPlace
from app.sharing.queries.tailored import NOT_THERE, find_own, get_own
from app.web.assetform import Choice, text_fields, whole_number
from app.web.context import read_context
from app.web.dealchoice import deal_choices
from app.web.deps import ReadDep, current_actor, read_work, require, write_work
from app.web.files import bytes_response, in_turn, made_name
from app.web.fillform import FORM_BYTES, FillField, fill_fields, posted_form, read_figures
from app.web.notes import note_used
from app.web.render import page, redirect, render
from app.web.services import services_of

router = APIRouter()
# Other names that fields have for what is known.
ALIASES = {
    "today": "date",
    "sender_name": "sender",
    "stakeholder": "role",
    **dict.fromkeys(("company", "customer", "customer_name", "account_name"), "account"),
}
_FILE, _PDF = "file", "pdf"
KEPT = "What you typed is kept, but no file was made: some fields need another look"
NO_FIELDS = "“{0}” has no fields to fill in. Download it instead."
CANNOT = "“{0}” cannot be filled in as it is: {1} Tell its owner; download works."
EXPIRED = "“{0}” has expired, so it is not filled in any more. Ask its owner for the one that replaces it."


@page("library/fill.html")
@dataclass(frozen=True)
class FillPage:
    """A template with its fields: `missing` still to be asked or faulty, `known` said already; `set_for_all` are
    locked, `added` is the list that got more rows, `ready` leads to the filled file."""

    asset_id: int
    title: str
    format_label: str
    missing: tuple[FillField, ...]
    known: tuple[FillField, ...]
    set_for_all: tuple[FieldView, ...]
    deals: tuple[Choice, ...]
    opportunity_id: str
    revision: int
    errors: Mapping[str, str]
    changed_by_other: bool
    makes_pdf: bool
    added: str = ""
    ready: str = ""


@dataclass(frozen=True)
class Filling:
    """A template that can be filled, for whom, and what is kept of it."""

    shown: Shown
    fields: tuple[FieldView, ...]
    opportunity_id: int | None
    known: Mapping[str, str]
    kept: Tailored | None

    @property
    def figures(self) -> Mapping[str, Any]:
        """What is kept."""
        return self.kept.figures if self.kept is not None else {}


@dataclass(frozen=True)
class Sent:
    """What a form holds: the figures, the names of the fields that stood open in it, and the list that more rows were asked for."""

    figures: Mapping[str, Any]
    asked: frozenset[str] = frozenset()
    added: str = ""


@router.get("/assets/{asset_id}/fill", dependencies=[require(Permission.FILL_TEMPLATES)])
def show_fill(request: Request, asset_id: int, work: ReadDep, opportunity: str = "", ready: str = "") -> Response:
    """Ask for what is missing; `opportunity` says for which deal. With `ready` the file or a PDF of what is kept comes at once."""
    filling = _open(request, work, asset_id, opportunity)
    shown = _fill_page(work, filling, Sent(filling.figures), {})
    if filling.kept is None or ready not in (_FILE, _PDF):
        return render(request, shown)
    address = f"/assets/{asset_id}/filled/{filling.kept.id}{'?to=pdf' if ready == _PDF else ''}"
    return render(request, replace(shown, ready=address), headers={"Refresh": f"0; url={address}"})


@router.post("/assets/{asset_id}/fill", dependencies=[require(Permission.FILL_TEMPLATES)], max_body_size=FORM_BYTES)
async def fill(request: Request, asset_id: int) -> Response:
    """Keep what was typed, and lead to the filled file when that was asked for and nothing is wrong."""
    async with posted_form(request) as form:
        fields = text_fields(form)
        async with read_work(request) as work:
            filling = await run_in_threadpool(_open, request, work, asset_id, fields.get("opportunity", ""))
        typed = await read_figures(form, filling.fields, filling.figures)
    wanted, _, added = fields.get("do", "save").partition(".")
    figures = typed.figures
    sent = Sent(figures, frozenset(fields.get("asked", "").split()), added)
    if typed.errors:
        return await _again(request, filling, sent, typed.errors, Refused.status)
    if wanted == "rows":
        return await _again(request, filling, sent, {}, 200)
    try:
        async with write_work(request) as work:
            await run_in_threadpool(_keep, work, filling, figures, whole_number(fields.get("revision", "")))
    except AppError as problem:
        return await _again(request, filling, sent, {"": problem.message}, problem.status)
    checked = check_figures(filling.fields, figures, filling.shown.asset.language)
    if wanted not in (_FILE, _PDF):
        return redirect(request, _address(filling), "Kept. You find it here again.")
    if checked.errors:
        return await _again(request, filling, sent, {"": KEPT, **checked.errors}, Refused.status)
    return redirect(request, _address(filling, ready=wanted))  # back to the form, which then knows what is kept


@router.get("/assets/{asset_id}/filled/{tailored_id}", dependencies=[require(Permission.FILL_TEMPLATES)])
async def take_filled(request: Request, asset_id: int, tailored_id: int, to: str = "") -> Response:
    """The filled file; its values are those kept last."""
    async with read_work(request) as work:
        filling, kept = await run_in_threadpool(_open_kept, request, work, asset_id, tailored_id)
    checked = check_figures(filling.fields, kept.figures, filling.shown.asset.language)
    if checked.errors:
        raise Conflict("Something is still missing, so no file was made. What you typed is kept. Go back to the form and complete it.")
    version = filling.shown.version
    blobs = services_of(request).blobs

    def made() -> bytes:
        data = fill_template(blobs.checked_path(version.blob_sha256), version.format, checked.values)
        return convert(data, version.format, "pdf") if to == "pdf" else data

    content = await in_turn(request, made)
    actor = await current_actor(request)
    note_used(request, Happening(utc_now(), actor.id, Verb.DOWNLOADED, asset_id, version.id))
    key = "pdf" if to == "pdf" else version.format
    company = kept.company or filling.known.get("account", "")
    return bytes_response(content, made_name(filling.shown.asset.title, company, key), key)


def _address(filling: Filling, **more: str) -> str:
    deal = {"opportunity": str(filling.opportunity_id)} if filling.opportunity_id else {}
    query = urlencode(deal | more)
    return f"/assets/{filling.shown.asset.id}/fill" + (f"?{query}" if query else "")


def _open(request: Request, work: Work, asset_id: int, opportunity: str) -> Filling:
    """The template for whoever asks; Conflict when it is none, expired, or not to be filled as it is."""
    shown = queries.get_shown(work, asset_id)
    title = shown.asset.title
    scan = find_scan(work, shown.version.id or 0)
    if scan is None or not scan.fields:
        raise Conflict(NO_FIELDS.format(title))
    if is_expired(care_of(shown.asset), work.today):
        raise Conflict(EXPIRED.format(title))
    if scan.faults or scan.losses:
        raise Conflict(CANNOT.format(title, [*scan.losses, *scan.faults][0]))
    opportunity_id = whole_number(opportunity)
    deal = get_opportunity_view(work, opportunity_id) if opportunity_id else None
    fields = list_fields(work, asset_id, shown.version.id or 0)
    kept = find_own(work, asset_id, opportunity_id or None)
    return Filling(shown, fields, opportunity_id or None, _known(request, work, deal), kept)


def _open_kept(request: Request, work: Work, asset_id: int, tailored_id: int) -> tuple[Filling, Tailored]:
    kept = get_own(work, tailored_id)
    if kept.asset_id != asset_id:
        raise NotFound(NOT_THERE)
    return _open(request, work, asset_id, str(kept.opportunity_id or "")), kept


def _known(request: Request, work: Work, deal: OpportunityView | None) -> dict[str, str]:
    """What needs no asking, by the names such fields usually have: from the deal, the call that is set, and who asks."""
    values, context = list_values(work), read_context(request)
    called = {facet: found.name for facet in CALL_FACETS if (found := values.find(facet, context.get(facet, ""))) is not None}
    known = {
        "date": work.today.isoformat(),
        "sender": work.actor.name,
        "role": called.get(Facet.STAKEHOLDER, ""),
        "stage": called.get(Facet.STAGE, ""),
        "solution": called.get(Facet.SOLUTION, ""),
        "vertical": called.get(Facet.VERTICAL, ""),
    }
    if deal is not None:
        known |= {"account": deal.account, "opportunity": deal.name}
        known |= {str(value.facet): value.name for value in deal.facets}
        known |= {"amount": f"{deal.amount:f}"} if deal.amount is not None else {}
    known |= {other: known[name] for other, name in ALIASES.items() if name in known}
    return {name: value for name, value in known.items() if value}


def _keep(work: Work, filling: Filling, figures: Mapping[str, Any], revision: int | None) -> None:
    data = TailoredInput(company=str(figures.get("account", ""))[:160], figures=dict(figures))
    version_id = filling.shown.version.id or 0
    if filling.kept is None:
        place = TailoredPlace(filling.shown.asset.id or 0, version_id, opportunity_id=filling.opportunity_id)
        start_own(work, place, data)
    else:
        save_tailored(work, get_own(work, filling.kept.id or 0), data, revision, version_id)


async def _again(request: Request, filling: Filling, sent: Sent, errors: Mapping[str, str], status: int) -> Response:
    """What was typed, once more, with what was asked before still open. After somebody was faster, the next save is made knowing that."""
    asset_id, opportunity = filling.shown.asset.id or 0, str(filling.opportunity_id or "")
    async with read_work(request) as work:
        now = await run_in_threadpool(_open, request, work, asset_id, opportunity)
        again = await run_in_threadpool(_fill_page, work, now, sent, errors)
        again = replace(again, changed_by_other=status == Stale.status)
        return await run_in_threadpool(render, request, again, status)


def _fill_page(work: Work, filling: Filling, sent: Sent, errors: Mapping[str, str]) -> FillPage:
    asset = filling.shown.asset
    asked = fill_fields(filling.fields, sent.figures, filling.known, sent.added)
    errors = {**errors, **{key: fault for key, fault in _faults(filling, asked, sent).items() if key not in errors}}
    stay = sent.asked | {key.partition(".")[0] for key in errors}
    open_ones = [one for one in asked if not one.is_known or one.field.name in stay]
    return FillPage(
        asset_id=asset.id or 0,
        title=asset.title,
        format_label=FORMATS[filling.shown.version.format].label,
        missing=tuple(open_ones),
        known=tuple(one for one in asked if one not in open_ones),
        set_for_all=tuple(field for field in filling.fields if field.is_locked and "." not in field.name),
        deals=deal_choices(work, filling.opportunity_id),
        opportunity_id=str(filling.opportunity_id or ""),
        revision=filling.kept.revision if filling.kept is not None else 0,
        errors=errors,
        changed_by_other=False,
        makes_pdf=can_convert(),
        added=sent.added,
    )


def _faults(filling: Filling, asked: Sequence[FillField], sent: Sent) -> dict[str, str]:
    """What is wrong with what stands in the form. What is still to be typed is no fault, nor is a list that is being typed."""
    shown = {one.field.name: one.cell.value for one in asked if one.field.kind != "list"}
    faults = check_figures(filling.fields, {**sent.figures, **shown}, filling.shown.asset.language).errors
    unsaid = {one.field.name for one in asked if one.is_blank or one.field.name == sent.added}
    return {key: fault for key, fault in faults.items() if key.partition(".")[0] not in unsaid}
