"""Large and many files: begun with name and size, sent in parts, finished; a lost connection costs the rest of one part."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from app.core.errors import Refused
from app.core.office.formats import find_format_by_name, why_not_accepted
from app.core.office.unpack import is_archive
from app.core.work import Work
from app.identity.rules import Permission
from app.library.actions import uploads as actions
from app.library.actions.quota import check_room
from app.library.actions.uploads import Announced
from app.library.queries.uploads import get_incoming, sum_incoming
from app.web.arriving import clean_file_name, clean_folder
from app.web.deps import COUNTS_ITS_OWN_BYTES, ReadDep, WorkDep, read_work, require
from app.web.incoming import append_part, finish, read_upload
from app.web.render import redirect
from app.web.services import services_of
from app.web.uploadpage import told_as_json

router = APIRouter()


@router.post("/upload/incoming", dependencies=[require(Permission.UPLOAD)])
def begin(
    request: Request, work: WorkDep, name: Annotated[str, Form()], size: Annotated[int, Form(ge=0)], folder: Annotated[str, Form()] = ""
) -> JSONResponse:
    """A place for a file; its name, size and the room for it are checked before a byte is sent."""
    file_name = clean_file_name(name)
    if find_format_by_name(file_name) is None and not is_archive(file_name):
        raise Refused(why_not_accepted(file_name))
    largest = services_of(request).settings.max_upload_bytes
    upload = actions.begin_upload(work, Announced(file_name, clean_folder(folder), size), largest)
    return JSONResponse({"key": upload.id, "offset": 0}, status_code=201)


@router.get("/upload/incoming/{upload_key}", dependencies=[require(Permission.UPLOAD)])
def show_state(request: Request, upload_key: str, work: ReadDep) -> JSONResponse:
    """How much is here, to go on from there."""
    upload = get_incoming(work, upload_key)
    here = upload.size if upload.is_done else services_of(request).blobs.partials.size(upload_key)
    return JSONResponse({"offset": here, "size": upload.size})


@router.post("/upload/incoming/{upload_key}/parts", dependencies=[require(Permission.UPLOAD)], max_body_size=COUNTS_ITS_OWN_BYTES)
async def take_part(request: Request, upload_key: str, offset: Annotated[int, Query(ge=0)]) -> JSONResponse:
    """The next bytes of a file; they must begin where it ends."""
    upload = await read_upload(request, upload_key)
    async with read_work(request) as work:
        await run_in_threadpool(_check_room_for_rest, work, upload_key)
    return JSONResponse({"offset": await append_part(request, upload, offset)})


@router.post("/upload/incoming/{upload_key}/finish", dependencies=[require(Permission.UPLOAD)])
async def finish_upload(request: Request, upload_key: str) -> JSONResponse:
    """The file is whole: make a draft of it, or of each file of a ZIP. Answered only when all of it is durable."""
    return told_as_json(await finish(request, upload_key))


@router.post("/upload/incoming/{upload_key}/cancel", dependencies=[require(Permission.UPLOAD)])
def cancel(request: Request, upload_key: str, work: WorkDep) -> Response:
    """Forget a file that has not arrived whole."""
    actions.cancel_upload(work, upload_key)
    services_of(request).blobs.partials.delete(upload_key)
    if "application/json" in request.headers.get("accept", ""):
        return Response(status_code=204)
    return redirect(request, "/upload", "Taken off the list.")


def _check_room_for_rest(work: Work, key: str) -> None:
    """Room may have been used up by others since the file was begun."""
    check_room(work, get_incoming(work, key).size + sum_incoming(work, besides=key))
