"""Uploading: many files at a time, each a draft row that says what it still needs, released when ready."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from app.core.errors import Refused, Stale
from app.core.office.formats import FORMATS
from app.core.paging import PageRequest
from app.core.work import Work
from app.framework.models import Facet, ValueView
from app.framework.queries import list_values
from app.identity.rules import Permission
from app.library import actions, queries, rules
from app.library.models import Asset, AssetInput, AssetView, FileInput, PassageView, Reading, Status, Version
from app.web.assetform import AssetChoices, AssetForm, form_of, list_choices, read_form, text_fields, to_input, whole_number
from app.web.deps import COUNTS_ITS_OWN_BYTES, ReadDep, WorkDep, read_work, require, write_work
from app.web.render import page, redirect, render
from app.web.services import services_of
from app.web.uploads import ReceivedFile, receive

router = APIRouter()
ROWS = 50
HELD = "A PDF alone is a dead end for reps. Add the document it was made from, or say why there is none."


@dataclass(frozen=True)
class DuplicateOf:
    """The item that already holds the same bytes."""

    asset_id: int
    title: str
    number: int
    is_current: bool


@dataclass(frozen=True)
class UploadRow:
    """One file not released yet.

    `state` is reading, ready, missing, held (a PDF without its original), duplicate or unreadable; `message` says more.
    """

    key: str
    asset_id: int
    title: str
    file_name: str
    format_label: str
    family: str
    size: int
    unit_count: int
    unit_word: str
    state: str
    message: str
    facets: tuple[ValueView, ...]
    missing: tuple[str, ...]
    duplicate: DuplicateOf | None
    preview: tuple[PassageView, ...]
    form: AssetForm
    errors: Mapping[str, str]
    revision: int


@page("library/upload.html")
@dataclass(frozen=True)
class UploadPage:
    """Files waiting for release, newest first, and what new ones start with."""

    rows: tuple[UploadRow, ...]
    choices: AssetChoices
    defaults: AssetForm
    ready_count: int
    accept: str
    max_bytes: int
    errors: Mapping[str, str]
    error: str


@page("library/_file_row.html")
@dataclass(frozen=True)
class FileRow:
    """One row by itself, after it was sent or saved."""

    row: UploadRow
    choices: AssetChoices
    is_open: bool


@router.get("/upload", dependencies=[require(Permission.UPLOAD)])
def show_upload(request: Request, work: ReadDep) -> Response:
    """The drop area and the rows."""
    return render(request, _upload_page(request, work, {}, ""))


@router.post("/upload/files", dependencies=[require(Permission.UPLOAD)], max_body_size=COUNTS_ITS_OWN_BYTES)
async def upload_files(request: Request) -> Response:
    """Take files; each becomes a draft. Answered only when every file and its row are durable."""
    received = await receive(request)
    if not received.files:
        raise Refused("Choose at least one file first.")
    kept = [file.file for file in received.files if file.file is not None]
    async with write_work(request) as work:
        keys = await run_in_threadpool(_create_drafts, work, kept)
    problems = [file for file in received.files if file.problem is not None]
    if "application/json" in request.headers.get("accept", ""):
        return _told_as_json(keys, problems)
    if not problems:
        return redirect(request, "/upload", _told_as_sentence(len(keys), problems))
    async with read_work(request) as work:
        return await run_in_threadpool(_told_on_page, request, work, len(keys), problems)


@router.get("/upload/status", dependencies=[require(Permission.UPLOAD)])
def show_states(work: ReadDep, ids: str = "") -> JSONResponse:
    """How far the reading of these files has come."""
    keys = [number for part in ids.split(",")[:ROWS] if (number := whole_number(part)) is not None]
    return JSONResponse({"files": [{"key": row.key, "state": row.state} for row in _rows(work, keys)]})


@router.get("/upload/files/{key}", dependencies=[require(Permission.UPLOAD)])
def show_row(request: Request, key: int, work: ReadDep) -> Response:
    """One row by itself."""
    return render(request, _row_page(work, key))


@router.post("/upload/files/{key}", dependencies=[require(Permission.EDIT)])
async def save_row(request: Request, key: int) -> Response:
    """Save what is said of a file."""
    posted = await request.form()
    form, revision = read_form(posted), whole_number(text_fields(posted).get("revision", "")) or 0
    data, errors = to_input(form)
    status = 200 if data is not None else 422
    if data is not None:
        try:
            async with write_work(request) as work:
                await run_in_threadpool(_edit_draft, work, key, data, revision)
        except (Stale, Refused) as problem:
            errors, status = {"": problem.message}, problem.status
    async with read_work(request) as work:
        row = await run_in_threadpool(_get_row, work, key)
        if errors:
            again = FileRow(replace(row, form=form, errors=errors), await run_in_threadpool(list_choices, work), True)
            return await run_in_threadpool(render, request, again, status)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"key": row.key, "state": row.state})
    return redirect(request, f"/upload#f-{key}", "Saved.")


@router.post("/upload/files/{key}/version", dependencies=[require(Permission.UPLOAD)])
def make_version(request: Request, key: int, work: WorkDep) -> Response:
    """The same bytes become a version of the item that has them."""
    duplicate = _get_row(work, key).duplicate
    if duplicate is None:
        raise Refused("No other item has these bytes any more, so there is nothing to add it to. The file is kept as it is.")
    version = actions.make_version_of(work, key, duplicate.asset_id)
    return redirect(request, "/upload", f"Added to “{duplicate.title}” as v{version.number}, a draft.")


@router.post("/upload/files/{key}/separate", dependencies=[require(Permission.EDIT)])
def keep_separate(request: Request, key: int, work: WorkDep) -> Response:
    """The same bytes twice are meant."""
    actions.keep_separate(work, key)
    return redirect(request, f"/upload#f-{key}", "Kept as an item of its own.")


@router.post("/upload/files/{key}/skip", dependencies=[require(Permission.RETIRE)])
@router.post("/upload/files/{key}/discard", dependencies=[require(Permission.RETIRE)])
def discard(request: Request, key: int, work: WorkDep) -> Response:
    """Take a draft off the list."""
    _get_row(work, key)
    actions.trash(work, key)
    return redirect(request, "/upload", "Moved to the trash.")


@router.post("/upload/files/{key}/original", dependencies=[require(Permission.UPLOAD)], max_body_size=COUNTS_ITS_OWN_BYTES)
async def add_original(request: Request, key: int) -> Response:
    """The editable document a PDF was made from takes its place; the PDF stays as the version before."""
    received = await receive(request)
    file = received.files[0] if received.files else None
    if file is None or file.file is None:
        raise (file.problem if file and file.problem else Refused("Choose the document the PDF was made from."))
    async with write_work(request) as work:
        await run_in_threadpool(actions.upload_version, work, key, file.file)
    return redirect(request, f"/upload#f-{key}", "The original is kept; the PDF is the version before it.")


@router.post("/upload/all", dependencies=[require(Permission.EDIT)])
async def apply_to_all(request: Request) -> Response:
    """Owner, review cycle, audience and expiry for every file on the list."""
    posted = read_form(await request.form())
    async with write_work(request) as work:
        return await run_in_threadpool(_apply_to_all, request, work, posted)


@router.post("/upload/release", dependencies=[require(Permission.RELEASE)])
def release_ready(request: Request, work: WorkDep) -> Response:
    """Release the files that need nothing more; the others stay."""
    ready = [row for row in _rows(work) if row.state == "ready"]
    for row in ready:
        actions.release(work, row.asset_id)
    message = "Released 1 file." if len(ready) == 1 else f"Released {len(ready)} files."
    return redirect(request, "/upload", message if ready else "No file is ready yet. Each row says what it needs.")


def _create_drafts(work: Work, files: Sequence[FileInput]) -> list[int]:
    other = list_values(work).by_facet(Facet.KIND)[-1]
    created = []
    for file in files:
        data = AssetInput(title=rules.title_from_file(file.file_name), kind_id=other.id, owner_id=work.actor.id)
        created.append(actions.create_asset(work, data, file).id or 0)
    return created


def _told_as_json(keys: Sequence[int], problems: Sequence[ReceivedFile]) -> JSONResponse:
    if keys:
        return JSONResponse({"key": str(keys[0]), "state": "reading"}, status_code=201)
    problem = problems[0].problem
    if problem is None:
        raise AssertionError("a file is kept or has a problem")
    return JSONResponse({"detail": problem.message}, status_code=problem.status)


def _told_on_page(request: Request, work: Work, kept: int, problems: Sequence[ReceivedFile]) -> Response:
    """Reasons stay on the page; a message that goes away after some seconds is no place for them."""
    status = problems[0].problem.status if problems[0].problem else 422
    return render(request, _upload_page(request, work, {}, _told_as_sentence(kept, problems)), status=status)


def _told_as_sentence(kept: int, problems: Sequence[ReceivedFile]) -> str:
    told = [f"{kept} {'file is' if kept == 1 else 'files are'} kept."] if kept else []
    return " ".join([*told, *(f"{file.file_name}: {file.problem.message}" for file in problems if file.problem)])


def _apply_to_all(request: Request, work: Work, posted: AssetForm) -> Response:
    for row in _rows(work):
        wanted = replace(
            row.form,
            owner_id=posted.owner_id,
            review_interval_days=posted.review_interval_days,
            audience=posted.audience,
            expires_on=posted.expires_on,
        )
        data, errors = to_input(wanted)
        if data is None:
            return render(request, _upload_page(request, work, errors, ""), status=422)
        actions.edit_asset(work, row.asset_id, data, row.revision)
    return redirect(request, "/upload", "Applied to all files on the list.")


def _edit_draft(work: Work, key: int, data: AssetInput, revision: int) -> None:
    _get_row(work, key)
    actions.edit_asset(work, key, data, revision)


def _upload_page(request: Request, work: Work, errors: Mapping[str, str], error: str, faulty: UploadRow | None = None) -> UploadPage:
    rows = tuple(faulty if faulty and row.key == faulty.key else row for row in _rows(work))
    return UploadPage(
        rows=rows,
        choices=list_choices(work),
        defaults=AssetForm("", "", None, "internal", "en", "", frozenset(), work.actor.id, 180, "", ""),
        ready_count=sum(row.state == "ready" for row in rows),
        accept=",".join(f".{extension}" for form in FORMATS for extension in form.extensions),
        max_bytes=services_of(request).settings.max_upload_bytes,
        errors=errors,
        error=error,
    )


def _row_page(work: Work, key: int) -> FileRow:
    row = _get_row(work, key)
    return FileRow(row, list_choices(work), row.state == "missing")


def _get_row(work: Work, key: int) -> UploadRow:
    return _rows_of(work, [queries.get_draft(work, key)])[0]


def _rows(work: Work, keys: Collection[int] | None = None) -> tuple[UploadRow, ...]:
    drafts = queries.list_drafts(work, PageRequest(1, ROWS)).items
    return _rows_of(work, [view for view in drafts if keys is None or view.card.id in keys])


def _rows_of(work: Work, views: Sequence[AssetView]) -> tuple[UploadRow, ...]:
    copies = queries.find_duplicates(work, {view.card.version.sha256 for view in views})
    return tuple(_row(view, _duplicate_of(view, copies)) for view in views)


def _row(view: AssetView, duplicate: DuplicateOf | None) -> UploadRow:
    card, version = view.card, view.card.version
    missing = rules.missing_for_release(card.facets, view.owner_id, version.format, view.pdf_only_reason)
    state = _state(view, duplicate, missing)
    return UploadRow(
        key=str(card.id),
        asset_id=card.id,
        title=card.title,
        file_name=version.file_name,
        format_label=version.format_label,
        family=version.family,
        size=version.size,
        unit_count=version.unit_count,
        unit_word=version.unit_word,
        state=state,
        message=HELD if state == "held" else version.reading_message if version.reading == Reading.NO_TEXT else "",
        facets=card.facets,
        missing=missing,
        duplicate=duplicate,
        preview=view.passages[:2],
        form=form_of(view),
        errors={},
        revision=view.revision,
    )


def _state(view: AssetView, duplicate: DuplicateOf | None, missing: Sequence[str]) -> str:
    version = view.card.version
    if duplicate is not None:
        return "duplicate"
    if version.reading == Reading.WAITING:
        return "reading"
    if version.family == "pdf" and not view.pdf_only_reason:
        return "held"
    return "missing" if missing else "ready"


def _duplicate_of(view: AssetView, copies: Sequence[tuple[Asset, Version]]) -> DuplicateOf | None:
    card = view.card
    for asset, version in copies:
        is_other = asset.id != card.id and (asset.status != Status.DRAFT or (asset.id or 0) < card.id)
        if is_other and version.blob_sha256 == card.version.sha256 and not view.is_separate:
            return DuplicateOf(asset.id or 0, asset.title, version.number, version.id == asset.released_version_id)
    return None
