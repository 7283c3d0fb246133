"""One asset: its page, its file, its versions, and the verbs marketing has."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from app.activity.models import LONGEST_QUESTION, Happening, Verb
from app.core.errors import Conflict, Refused, Stale
from app.core.templating import ago
from app.core.work import Work
from app.identity.rules import Permission, may
from app.library import actions, queries, rules
from app.library.models import Asset, AssetInput, AssetView, Status, VersionView
from app.library.queries.templates import find_scan
from app.review.queries.policies import list_usual_intervals, with_usual_interval
from app.web.assetform import (
    AssetChoices,
    AssetForm,
    form_of,
    list_choices,
    read_form,
    read_posted,
    text_fields,
    to_input,
    whole_number,
    words_of,
)
from app.web.both import Both, differing
from app.web.deps import COUNTS_ITS_OWN_BYTES, ReadDep, WorkDep, read_work, require, write_work
from app.web.files import download_response, media_kind, media_response
from app.web.heldin import HeldIn, held_in
from app.web.notes import note_used, note_viewed
from app.web.render import page, redirect, render
from app.web.uploads import receive

router = APIRouter()
FormNumber = Annotated[int | None, Form()]


@dataclass(frozen=True)
class Download:
    """One file to take away."""

    format_label: str
    family: str
    path: str
    size: int
    note: str


@dataclass(frozen=True)
class TemplateBrief:
    """What an asset's page says of it as a template: its fields, why it cannot be filled in, and what looks like half a field."""

    count: int
    can_fill: bool
    can_describe: bool
    fault: str


@page("library/asset.html")
@dataclass(frozen=True)
class AssetPage:
    """An asset with what this reader may do with it; `missing` is what it needs before release, `at` the anchor to open, `asked` the
    question whose answer it is.
    `go_back_to` is the version that a file sent again is, unless readers get it."""

    asset: AssetView
    released_number: int
    downloads: tuple[Download, ...]
    media: str
    draft: VersionView | None
    missing: tuple[str, ...]
    can_edit: bool
    can_upload: bool
    can_release: bool
    can_retire: bool
    can_trash: bool
    can_confirm: bool
    can_kit: bool
    held: HeldIn
    template: TemplateBrief | None
    error: str
    go_back_to: int
    at: str
    asked: str


@page("library/edit.html")
@dataclass(frozen=True)
class EditPage:
    """The form that says what an asset is; `errors` maps a field's name ("" for the whole form) to its sentence.

    When it was `changed_by_other` meanwhile, `both` says in which fields that differs from what was typed.
    """

    asset_id: int
    title: str
    form: AssetForm
    choices: AssetChoices
    errors: dict[str, str]
    is_pdf: bool
    family: str
    revision: int
    changed_by_other: bool
    both: tuple[Both, ...] = ()


@router.get("/assets/{asset_id}", dependencies=[require(Permission.VIEW)])
def show_asset(request: Request, asset_id: int, work: ReadDep, v: int | None = None, at: str = "", q: str = "") -> Response:
    """The asset as this reader gets it; `q` is the question whose answer they opened."""
    view = queries.get_view(work, asset_id, v, with_trashed=True)
    note_viewed(request, work, asset_id, view.card.version.id)
    return render(request, _asset_page(work, view, at=at, asked=" ".join(q.split())[:LONGEST_QUESTION]))


@dataclass(frozen=True)
class CurrentOut:
    """The version readers get (0 for none), and since when in words."""

    number: int
    words: str


@router.get("/assets/{asset_id}/current", dependencies=[require(Permission.VIEW)])
def tell_current(response: Response, asset_id: int, work: ReadDep) -> CurrentOut:
    """What an open page of this asset is compared with; looking does not count as use."""
    response.headers["Cache-Control"] = "no-store"
    shown = queries.get_shown(work, asset_id)
    version = shown.version
    if version.id != shown.asset.released_version_id or version.released_at is None:
        return CurrentOut(0, "Readers do not get it any more.")
    return CurrentOut(version.number, f"v{version.number} was released {ago(version.released_at)}.")


@router.get("/assets/{asset_id}/file", dependencies=[require(Permission.DOWNLOAD)])
async def download(request: Request, asset_id: int, v: int | None = None) -> Response:
    """The editable original of the version this reader gets."""
    return await download_response(request, asset_id, v)


@router.get("/assets/{asset_id}/media", dependencies=[require(Permission.VIEW)])
async def play(request: Request, asset_id: int, v: int | None = None) -> Response:
    """A picture or recording, shown in its page."""
    return await media_response(request, asset_id, v)


@router.get("/assets/{asset_id}/edit", dependencies=[require(Permission.EDIT)])
def show_form(request: Request, asset_id: int, work: ReadDep) -> Response:
    """What marketing says of the asset, to change."""
    view = queries.get_view(work, asset_id)
    return render(request, _edit_page(work, view, form_of(view, list_usual_intervals(work)), {}, view.revision))


@router.post("/assets/{asset_id}/edit", dependencies=[require(Permission.EDIT)])
async def save(request: Request, asset_id: int) -> Response:
    """Save the form; what was typed is shown again when something is wrong or somebody else was faster."""
    posted = await read_posted(request)
    form, revision = read_form(posted), whole_number(text_fields(posted).get("revision", ""))
    data, errors = to_input(form)
    status = 422
    if data is not None:
        try:
            async with write_work(request) as work:
                await run_in_threadpool(_edit, work, asset_id, data, revision)
            return redirect(request, f"/assets/{asset_id}", "Saved.")
        except (Stale, Refused) as problem:
            errors, status = {"": problem.message}, problem.status
    async with read_work(request) as work:
        again = await run_in_threadpool(_edit_again, work, asset_id, form, errors, None if status == Stale.status else revision)
        return await run_in_threadpool(render, request, again, status)


def _edit(work: Work, asset_id: int, data: AssetInput, revision: int | None) -> None:
    actions.edit_asset(work, asset_id, with_usual_interval(work, data), revision)


def _edit_again(work: Work, asset_id: int, form: AssetForm, errors: dict[str, str], revision: int | None) -> EditPage:
    """What was typed, once more; without a revision somebody else was faster, and the next save is made knowing that."""
    view = queries.get_view(work, asset_id)
    if revision is not None:
        return _edit_page(work, view, form, errors, revision)
    again = _edit_page(work, view, form, errors, view.revision)
    theirs = words_of(form_of(view, list_usual_intervals(work)), again.choices)
    return replace(again, changed_by_other=True, both=differing(theirs, words_of(form, again.choices)))


@router.post("/assets/{asset_id}/versions", dependencies=[require(Permission.UPLOAD)], max_body_size=COUNTS_ITS_OWN_BYTES)
async def upload_version(request: Request, asset_id: int) -> Response:
    """A newer file; readers keep what they have until it is released."""
    received = await receive(request)
    file = received.files[0] if received.files else None
    if file is None or file.file is None:
        raise (file.problem if file and file.problem else Refused("Choose a file first. Nothing was changed."))
    data = file.file.model_copy(update={"note": received.fields.get("note", "").strip()[:500]})
    try:
        async with write_work(request) as work:
            version = await run_in_threadpool(actions.upload_version, work, asset_id, data)
            number = version.number
    except actions.SameBytes as problem:
        async with read_work(request) as work:
            return await run_in_threadpool(_show_known, request, work, asset_id, problem)
    return redirect(request, f"/assets/{asset_id}?v={number}", f"v{number} is kept as a draft. Release it when it is right.")


@router.post("/assets/{asset_id}/release", dependencies=[require(Permission.RELEASE)])
def release(request: Request, asset_id: int, work: WorkDep, revision: FormNumber = None, version: FormNumber = None) -> Response:
    """Readers get this version from now on."""
    return _do(request, work, asset_id, revision, "Released. Readers get it now.", lambda: actions.release(work, asset_id, version))


@router.post("/assets/{asset_id}/versions/{number}/current", dependencies=[require(Permission.RELEASE)])
def go_back(request: Request, asset_id: int, number: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """Readers get this earlier version again."""
    return _do(request, work, asset_id, revision, f"Readers get v{number} now.", lambda: actions.release(work, asset_id, number))


@router.post("/assets/{asset_id}/retire", dependencies=[require(Permission.RETIRE)])
def retire(request: Request, asset_id: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """Out of search and from readers."""
    return _do(
        request, work, asset_id, revision, "Retired. Readers no longer find it; restore it here.", lambda: actions.retire(work, asset_id)
    )


@router.post("/assets/{asset_id}/restore", dependencies=[require(Permission.RETIRE)])
def restore(request: Request, asset_id: int, work: WorkDep) -> Response:
    """Back to what it was before it was retired or trashed."""
    asset = actions.restore(work, asset_id)
    return redirect(
        request, f"/assets/{asset_id}", "Restored. Readers find it again." if asset.status == Status.RELEASED else "Restored as a draft."
    )


@router.post("/assets/{asset_id}/trash", dependencies=[require(Permission.RETIRE)])
def trash(request: Request, asset_id: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """Into the trash."""
    actions.check_revision(queries.get_asset(work, asset_id), revision)
    actions.trash(work, asset_id)
    return redirect(request, "/upload", "Moved to the trash.", undo=f"/assets/{asset_id}/restore")


@router.post("/assets/{asset_id}/confirm", dependencies=[require(Permission.CONFIRM)])
def confirm(request: Request, asset_id: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """Still right, says its owner or marketing."""
    actions.require_confirm(work, asset_id)
    actions.check_revision(queries.get_asset(work, asset_id), revision)
    asset = actions.confirm(work, asset_id)
    return redirect(request, f"/assets/{asset_id}", f"Still right. Next review on {asset.review_on:%-d %B %Y}.")


@router.post("/activity/copied", dependencies=[require(Permission.COPY)], status_code=204)
def note_copy(
    request: Request,
    work: ReadDep,
    asset_id: Annotated[int, Form()],
    version_id: Annotated[int, Form()],
    passage_id: Annotated[str, Form()] = "",
) -> None:
    """Somebody copied a passage."""
    shown = queries.get_shown(work, asset_id)
    note_used(request, Happening(work.now, work.actor.id, Verb.COPIED, shown.asset.id, version_id, whole_number(passage_id)))


def _do(request: Request, work: Work, asset_id: int, revision: int | None, message: str, verb: Callable[[], Asset]) -> Response:
    """Run a verb of the asset page; a refusal is told on the page itself."""
    try:
        actions.check_revision(queries.get_asset(work, asset_id), revision)
        asset = verb()
    except (Conflict, Refused, Stale) as problem:
        return render(request, _asset_page(work, queries.get_view(work, asset_id), error=problem.message), status=problem.status)
    undo = f"/assets/{asset_id}/restore" if asset.status == Status.RETIRED else ""
    return redirect(request, f"/assets/{asset_id}", message, undo)


def _show_known(request: Request, work: Work, asset_id: int, problem: actions.SameBytes) -> Response:
    view = queries.get_view(work, asset_id)
    return render(request, _asset_page(work, view, error=problem.message, known=problem.number), status=problem.status)


def _asset_page(work: Work, view: AssetView, *, error: str = "", known: int = 0, at: str = "", asked: str = "") -> AssetPage:
    card, shown = view.card, view.card.version
    curator = may(work.actor, Permission.SEE_UNRELEASED)
    released = next((version.number for version in view.versions if version.is_released), 0)
    draft = next((version for version in view.versions if version.is_draft), None)
    return AssetPage(
        asset=view,
        released_number=released,
        downloads=_downloads(work, view),
        media=media_kind(shown.format),
        draft=draft if curator else None,
        missing=rules.missing_for_release(card.facets, view.owner_id, (draft or shown).format, view.pdf_only_reason) if curator else (),
        can_edit=may(work.actor, Permission.EDIT),
        can_upload=may(work.actor, Permission.UPLOAD),
        can_release=may(work.actor, Permission.RELEASE),
        can_retire=may(work.actor, Permission.RETIRE),
        can_trash=may(work.actor, Permission.RETIRE) and card.status == Status.DRAFT,
        can_confirm=_may_confirm(work, view),
        can_kit=may(work.actor, Permission.USE_KITS) and shown.is_released and card.status == Status.RELEASED,
        held=held_in(work, [card.id])[card.id] if may(work.actor, Permission.RETIRE) else HeldIn(),
        template=_template(work, view),
        error=error,
        go_back_to=known if known != released else 0,
        at=at,
        asked=asked,
    )


def _template(work: Work, view: AssetView) -> TemplateBrief | None:
    """None for what has no fields; half fields in it are told to those who can correct them."""
    scan = find_scan(work, view.card.version.id)
    if scan is None:
        return None
    describes = may(work.actor, Permission.EDIT_TEMPLATES)
    told = [*scan.losses, *scan.faults]
    usable = view.card.freshness.state != "expired" and view.card.status in (Status.DRAFT, Status.RELEASED)
    return TemplateBrief(
        count=sum("." not in field["name"] for field in scan.fields),
        can_fill=bool(scan.fields) and not told and usable and may(work.actor, Permission.FILL_TEMPLATES),
        can_describe=describes and bool(scan.fields),
        fault=" ".join(told[:3]) if describes else "",
    )


def _may_confirm(work: Work, view: AssetView) -> bool:
    """Its owner and marketing say that something is still right, as long as readers may use it."""
    mine = may(work.actor, Permission.CONFIRM) and view.owner_id == work.actor.id
    is_used = view.card.status == Status.RELEASED and view.card.freshness.state != "expired"
    return is_used and (mine or may(work.actor, Permission.EDIT))


def _downloads(work: Work, view: AssetView) -> tuple[Download, ...]:
    card = view.card
    own = card.version
    suffix = "" if own.is_released else f"?v={own.number}"
    original = Download(own.format_label, own.family, f"/assets/{card.id}/file{suffix}", own.size, "original")
    twins = queries.list_twins(work, card.id)
    others = [
        Download(twin.version.format_label, twin.version.family, f"/assets/{twin.id}/file", twin.version.size, "same text")
        for twin in twins
    ]
    return (original, *others)


def _edit_page(work: Work, view: AssetView, form: AssetForm, errors: dict[str, str], revision: int) -> EditPage:
    return EditPage(
        asset_id=view.card.id,
        title=view.card.title,
        form=form,
        choices=list_choices(work, view.owner_id),
        errors=errors,
        is_pdf="pdf" in (view.card.version.family, view.versions[0].family),  # the newest is what a release would take
        family=view.card.version.family,
        revision=revision,
        changed_by_other=False,
    )
