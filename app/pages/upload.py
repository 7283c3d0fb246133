"""Uploading: files become drafts, each a row that says what it still needs; what one row can be told. Many at once: upload_bulk.py."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from app.core.errors import PreconditionMissing, Refused, Stale
from app.core.office.formats import find_format
from app.core.work import Work
from app.identity.rules import Permission
from app.library import actions, queries
from app.library.actions import uploads as arriving
from app.library.actions.suggestions import drop_suggestion, keep_suggestions
from app.library.actions.transcripts import write_transcript
from app.library.models import AssetInput, FileInput
from app.library.queries import uploads
from app.review.queries.policies import with_usual_interval
from app.web.assetform import list_choices, read_form, read_posted, text_fields, to_input, whole_number
from app.web.deps import COUNTS_ITS_OWN_BYTES, ReadDep, WorkDep, read_work, require, write_work
from app.web.errors import wants_json
from app.web.render import redirect, render
from app.web.uploadpage import FileRow, Note, count_words, told_as_json, told_on_page, upload_page
from app.web.uploadrows import MOST_ASKED, UploadRow, rows_of
from app.web.uploads import receive, receive_many

router = APIRouter()
FormNumber = Annotated[int | None, Form()]
NO_ORIGINAL = "A rep cannot change a file of type .{0}, so it is no original. Choose the document, deck or sheet it was made from."


@router.get("/upload", dependencies=[require(Permission.UPLOAD)])
def show_upload(request: Request, work: ReadDep, page: Annotated[int, Query(ge=1, le=10_000)] = 1, open: str = "") -> Response:
    """The drop area and the rows."""
    return render(request, upload_page(request, work, page, open))


@router.post("/upload/files", dependencies=[require(Permission.UPLOAD)], max_body_size=COUNTS_ITS_OWN_BYTES)
async def upload_files(request: Request) -> Response:
    """Take files in one form; each becomes a draft. Answered only when every file and its row are durable."""
    received = await receive_many(request)
    if not received.files:
        raise Refused("Choose at least one file first.")
    async with write_work(request) as work:
        outcomes = await run_in_threadpool(arriving.create_drafts, work, received.files)
    if wants_json(request):
        return told_as_json([arriving.told(outcome) for outcome in outcomes])
    problems = [(outcome.file_name, outcome.problem) for outcome in outcomes if outcome.problem is not None]
    kept = len(outcomes) - len(problems)
    told = f"{count_words(kept)} {'is' if kept == 1 else 'are'} kept."
    if not problems:
        return redirect(request, "/upload", told)
    note = Note(f"Not every file was kept. {told if kept else ''}".strip(), tuple(("", f"{name}: {why.message}") for name, why in problems))
    async with read_work(request) as work:
        return await run_in_threadpool(told_on_page, request, work, note, problems[0][1].status)


@router.get("/upload/status", dependencies=[require(Permission.UPLOAD)])
def show_states(work: ReadDep, ids: str = "") -> JSONResponse:
    """How far the reading of these files has come, and whether tags are suggested yet; a file that is no draft any more is left out."""
    keys = [number for part in ids.split(",")[:MOST_ASKED] if (number := whole_number(part)) is not None]
    rows = rows_of(work, uploads.list_drafts_by_id(work, keys))
    return JSONResponse(
        {"files": [{"key": row.key, "state": row.state, "revision": row.revision, "suggested": bool(row.suggestions)} for row in rows]}
    )


@router.get("/upload/files/{key}", dependencies=[require(Permission.UPLOAD)])
def show_row(request: Request, key: int, work: ReadDep, open: bool = False) -> Response:
    """One row by itself, with its form when it is open."""
    return render(request, FileRow(_get_row(work, key), list_choices(work), open))


@router.post("/upload/files/{key}", dependencies=[require(Permission.EDIT)])
async def save_row(request: Request, key: int) -> Response:
    """Save what is said of a file."""
    posted = await read_posted(request)
    form, revision = read_form(posted), whole_number(text_fields(posted).get("revision", ""))
    data, errors = to_input(form)
    status = 200 if data is not None else 422
    if data is not None:
        try:
            async with write_work(request) as work:
                await run_in_threadpool(_edit_draft, work, key, data, revision)
        except (PreconditionMissing, Stale, Refused) as problem:
            errors, status = {"": problem.message}, problem.status
    async with read_work(request) as work:
        row = await run_in_threadpool(_get_row, work, key)
        if errors:
            again = FileRow(replace(row, form=form, errors=errors), await run_in_threadpool(list_choices, work), True)
            return await run_in_threadpool(render, request, again, status)
    if wants_json(request):
        return JSONResponse({"key": row.key, "state": row.state})
    return redirect(request, f"/upload#f-{key}", "Saved.")


@router.post("/upload/files/{key}/transcript", dependencies=[require(Permission.EDIT)])
async def save_transcript(request: Request, key: int) -> Response:
    """Keep what is said in a recording."""
    fields = text_fields(await read_posted(request))
    text, revision = fields.get("transcript", ""), whole_number(fields.get("revision", ""))
    try:
        async with write_work(request) as work:
            await run_in_threadpool(_write_transcript, work, key, text, revision)
    except (PreconditionMissing, Stale, Refused) as problem:
        async with read_work(request) as work:
            row = replace(await run_in_threadpool(_get_row, work, key), said=text, errors={"transcript": problem.message})
            return await run_in_threadpool(render, request, FileRow(row, await run_in_threadpool(list_choices, work), True), problem.status)
    if wants_json(request):
        return JSONResponse({"key": str(key)})
    return redirect(request, f"/upload?open={key}#f-{key}", "Saved.")


@router.post("/upload/files/{key}/tags", dependencies=[require(Permission.EDIT)])
def decide_tags(
    request: Request,
    key: int,
    work: WorkDep,
    keep: Annotated[list[int] | None, Form()] = None,
    drop: FormNumber = None,
    revision: FormNumber = None,
) -> Response:
    """Keep suggested tags, or say that one does not fit."""
    _get_row(work, key)
    if drop is not None:
        drop_suggestion(work, key, drop, revision)
    else:
        keep_suggestions(work, key, keep or [], revision)
    if wants_json(request):
        row = _get_row(work, key)
        return JSONResponse({"key": row.key, "state": row.state})
    return redirect(request, f"/upload?open={key}#f-{key}", "Not suggested any more." if drop is not None else "Kept.")


@router.post("/upload/files/{key}/version", dependencies=[require(Permission.UPLOAD)])
def make_version(request: Request, key: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """The same bytes become a version of the item that has them."""
    duplicate = _get_row_as_shown(work, key, revision).duplicate
    if duplicate is None:
        raise Refused("No other item has these bytes any more, so there is nothing to add it to. The file is kept as it is.")
    version = actions.make_version_of(work, key, duplicate.asset_id)
    return redirect(request, "/upload", f"Added to “{duplicate.title}” as v{version.number}, a draft.")


@router.post("/upload/files/{key}/separate", dependencies=[require(Permission.EDIT)])
def keep_separate(request: Request, key: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """The same bytes twice are meant."""
    _get_row_as_shown(work, key, revision)
    actions.keep_separate(work, key)
    return redirect(request, f"/upload#f-{key}", "Kept as an item of its own.")


@router.post("/upload/files/{key}/skip", dependencies=[require(Permission.RETIRE)])
@router.post("/upload/files/{key}/discard", dependencies=[require(Permission.RETIRE)])
def discard(request: Request, key: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """Take a draft off the list."""
    _get_row_as_shown(work, key, revision)
    actions.trash(work, key)
    return redirect(request, "/upload", "Moved to the trash.", undo=f"/assets/{key}/restore")


@router.post("/upload/files/{key}/original", dependencies=[require(Permission.UPLOAD)], max_body_size=COUNTS_ITS_OWN_BYTES)
async def add_original(request: Request, key: int) -> Response:
    """The editable document a PDF was made from takes its place; the PDF stays as the version before."""
    received = await receive(request)
    file = received.files[0] if received.files else None
    if file is None or file.file is None:
        raise (file.problem if file and file.problem else Refused("Choose the document the PDF was made from."))
    revision = whole_number(received.fields.get("revision", ""))
    async with write_work(request) as work:
        await run_in_threadpool(_add_original, work, key, file.file, revision)
    return redirect(request, f"/upload#f-{key}", "The original is kept; the PDF is the version before it.")


def _add_original(work: Work, key: int, file: FileInput, revision: int | None) -> None:
    form = find_format(file.format)
    if form is None or not form.editable:
        raise Refused(NO_ORIGINAL.format(file.format))
    _get_row_as_shown(work, key, revision)
    actions.upload_version(work, key, file)


def _write_transcript(work: Work, key: int, text: str, revision: int | None) -> None:
    row = _get_row_as_shown(work, key, revision)
    if not text.strip():
        raise Refused("There are no words yet. Paste what is said, then save; the file itself is kept.")
    write_transcript(work, key, row.number, text)


def _edit_draft(work: Work, key: int, data: AssetInput, revision: int | None) -> None:
    _get_row(work, key)
    actions.edit_asset(work, key, with_usual_interval(work, data), revision)


def _get_row_as_shown(work: Work, key: int, revision: int | None) -> UploadRow:
    """The row, if it still is what the page showed."""
    row = _get_row(work, key)
    actions.check_revision(queries.get_asset(work, key), revision)
    return row


def _get_row(work: Work, key: int) -> UploadRow:
    return rows_of(work, [queries.get_draft(work, key)])[0]
