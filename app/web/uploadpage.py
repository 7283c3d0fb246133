"""The upload page as data, and its answers that more than one of pages/upload*.py gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import Request, Response
from starlette.responses import JSONResponse

from app.core.office.formats import FORMATS
from app.core.paging import MAX_SIZE, PageRequest
from app.core.work import Work
from app.library import queries
from app.library.queries import uploads
from app.web.assetform import AssetChoices, AssetForm, list_choices
from app.web.render import page, render
from app.web.services import services_of
from app.web.uploadrows import UploadRow, rows_of

# A part of a file: lost at most when a connection breaks.
PART_BYTES = 8 * 1024 * 1024
UNCHANGED = AssetForm("", "", None, "", "", "", frozenset(), None, 0, "", "", "")


@dataclass(frozen=True)
class Unfinished:
    """A file that was begun and has not arrived whole; sizes in bytes."""

    key: str
    file_name: str
    folder: str
    size: int
    here: int


@dataclass(frozen=True)
class Note:
    """What happened to some files, said on the page; a message that goes away after some seconds is no place for it."""

    title: str
    lines: tuple[tuple[str, str], ...]  # (address or "", sentence)
    tone: str = "bad"


@page("library/upload.html")
@dataclass(frozen=True)
class UploadPage:
    """Files waiting for release, newest first, a page at a time; `wanted` is what the form for many files holds."""

    rows: tuple[UploadRow, ...]
    opened: str
    unfinished: tuple[Unfinished, ...]
    choices: AssetChoices
    wanted: AssetForm
    ready_count: int
    total: int
    number: int
    pages: int
    first: int
    accept: str
    max_bytes: int
    part_bytes: int
    errors: Mapping[str, str]
    note: Note | None


@page("library/_file_row.html")
@dataclass(frozen=True)
class FileRow:
    """One row by itself, after it was sent, opened or saved."""

    row: UploadRow
    choices: AssetChoices
    is_open: bool


def upload_page(request: Request, work: Work, number: int = 1, opened: str = "") -> UploadPage:
    """The drop area and a page of rows; one of them open, the first that needs something unless another is named."""
    drafts = queries.list_drafts(work, PageRequest(number, MAX_SIZE))
    rows = rows_of(work, drafts.items)
    if not opened:
        opened = next((row.key for row in rows if row.state in ("missing", "held", "faulty")), "")
    return UploadPage(
        rows=rows,
        opened=opened,
        unfinished=_unfinished(request, work),
        choices=list_choices(work),
        wanted=UNCHANGED,
        ready_count=sum(row.state == "ready" for row in rows),
        total=drafts.total,
        number=drafts.number,
        pages=drafts.pages,
        first=(drafts.number - 1) * drafts.size + 1,
        accept=",".join([".zip", *(f".{extension}" for form in FORMATS for extension in form.extensions)]),
        max_bytes=services_of(request).settings.max_upload_bytes,
        part_bytes=PART_BYTES,
        errors={},
        note=None,
    )


def told_on_page(request: Request, work: Work, note: Note, status: int) -> Response:
    """The page with what happened on top."""
    return render(request, replace(upload_page(request, work), note=note), status=status)


def told_as_json(outcomes: Sequence[Mapping[str, str]]) -> JSONResponse:
    """Every file with its key, or with the reason why it is not kept; an error when none is kept."""
    refused = [outcome for outcome in outcomes if "detail" in outcome]
    if len(refused) < len(outcomes):
        return JSONResponse({"files": list(outcomes)}, status_code=201)
    first = refused[0] if refused else {"detail": "Nothing arrived, so nothing was kept.", "status": "422"}
    return JSONResponse({"detail": first["detail"], "files": list(outcomes)}, status_code=int(first["status"]))


def count_words(number: int) -> str:
    """So many files, in words."""
    return "1 file" if number == 1 else f"{number} files"


def _unfinished(request: Request, work: Work) -> tuple[Unfinished, ...]:
    partials = services_of(request).blobs.partials
    return tuple(Unfinished(row.id, row.file_name, row.folder, row.size, partials.size(row.id)) for row in uploads.list_incoming(work))
