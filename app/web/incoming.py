"""Takes a file that comes in parts: appends what arrives and, at its end, turns it into drafts. Called by pages/upload_parts.py."""

from collections.abc import Iterator
from contextlib import closing

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from app.core.errors import AppError, Conflict
from app.core.office.unpack import is_archive
from app.core.partial import PartialFiles, PartWriter
from app.core.work import Work
from app.library.actions.uploads import Arrival, settle_upload
from app.library.models import IncomingUpload
from app.library.queries.uploads import get_incoming
from app.web.arriving import take_parts, unpacked
from app.web.deps import read_work, write_work
from app.web.services import services_of

ELSEWHERE = "The part does not fit to what is here already. Ask how much is there, and go on from there."
NOT_WHOLE = "The file is not whole yet: {0:,} of {1:,} bytes are here. Send the rest first."
Run = list[Arrival]


async def append_part(request: Request, upload: IncomingUpload, offset: int) -> int:
    """Append the body at `offset`, which must be where the file ends; gives its new end. What came of a cut-off part stays."""
    partials = services_of(request).blobs.partials
    writer = await run_in_threadpool(partials.open, upload.id, upload.size)
    try:
        if writer.offset != offset:
            raise Conflict(ELSEWHERE)
        async for chunk in request.stream():
            # hashing and writing 64 KiB takes well under a millisecond; a thread hop for each chunk would take longer
            writer.write(chunk)
    except ClientDisconnect as error:
        raise Conflict(ELSEWHERE) from error  # nobody hears it; the next part goes on behind what came
    finally:
        await run_in_threadpool(_end_part, partials, upload.id, writer)
    return writer.offset


def _end_part(partials: PartialFiles, key: str, writer: PartWriter) -> None:
    try:
        writer.sync()
    finally:
        partials.close(key, writer)


async def finish(request: Request, key: str) -> list[dict[str, str]]:
    """Make drafts of an upload that has arrived whole; what became of each file. Asking again gives the same answer."""
    blobs = services_of(request).blobs
    upload = await read_upload(request, key)
    if not upload.is_done:
        size = await run_in_threadpool(blobs.partials.size, key)
        if size != upload.size:
            raise Conflict(NOT_WHOLE.format(size, upload.size))
        upload = await (_finish_archive if is_archive(upload.file_name) else _finish_file)(request, upload)
    await run_in_threadpool(blobs.partials.delete, key)
    return upload.outcome


async def read_upload(request: Request, key: str) -> IncomingUpload:
    """The upload of whoever asks; NotFound for anybody else's."""
    async with read_work(request) as work:
        return await run_in_threadpool(get_incoming, work, key)


async def _finish_file(request: Request, upload: IncomingUpload) -> IncomingUpload:
    arrival = await run_in_threadpool(take_parts, services_of(request).blobs, upload)
    return await _settle(request, upload, [arrival], is_done=True)


async def _finish_archive(request: Request, upload: IncomingUpload) -> IncomingUpload:
    """Run by run, so that others get their turn between; a repeated call goes on behind what is settled."""
    services = services_of(request)
    path, limit = services.blobs.partials.path(upload.id), services.settings.max_upload_bytes
    try:
        with closing(unpacked(services.blobs, path, upload.folder, limit, upload.settled)) as runs:
            while run := await run_in_threadpool(_next, runs):
                upload = await _settle(request, upload, run, is_done=False)
    except AppError as problem:
        refused = Arrival(upload.file_name, upload.folder, problem=problem)
        return await _settle(request, upload, [refused], is_done=True)
    return await _settle(request, upload, [], is_done=True)


async def _settle(request: Request, upload: IncomingUpload, run: Run, *, is_done: bool) -> IncomingUpload:
    async with write_work(request) as work:
        return await run_in_threadpool(_settle_behind, work, upload, run, is_done)


def _settle_behind(work: Work, upload: IncomingUpload, run: Run, is_done: bool) -> IncomingUpload:
    return settle_upload(work, upload.id, run, behind=upload.settled, is_done=is_done)


def _next(runs: Iterator[Run]) -> Run | None:
    return next(runs, None)
