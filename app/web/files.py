"""Answers that carry a user's file: never run on our origin, ranges for pictures and recordings."""

import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

import anyio.to_thread
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from app.activity.models import Happening, Verb
from app.core.clock import utc_now
from app.core.errors import NotFound
from app.core.zipout import safe_name
from app.library.models import Version
from app.library.queries import NOT_THERE, Shown, get_shown
from app.library.rules import FORMATS
from app.web.deps import current_actor, read_work
from app.web.notes import note_used
from app.web.services import services_of

SANDBOX = "sandbox; default-src 'none'"
ZIP = "application/zip"
T = TypeVar("T")


async def download_response(request: Request, asset_id: int, number: int | None) -> Response:
    """The file of the version this reader gets, as an attachment; noted once, not for each range of it."""
    shown = await _shown(request, asset_id, number)
    if "range" not in request.headers:
        actor = await current_actor(request)
        note_used(request, Happening(utc_now(), actor.id, Verb.DOWNLOADED, asset_id, shown.version.id))
    return await run_in_threadpool(file_response, request, shown.version, attachment(shown.version.file_name))


async def media_response(request: Request, asset_id: int, number: int | None) -> Response:
    """A picture or recording, shown in its page; NotFound for everything else."""
    shown = await _shown(request, asset_id, number)
    if not media_kind(shown.version.format):
        raise NotFound(NOT_THERE)
    return await run_in_threadpool(file_response, request, shown.version, "inline")


async def _shown(request: Request, asset_id: int, number: int | None) -> Shown:
    # the transaction ends before the file is read: checking a large one takes seconds
    async with read_work(request) as work:
        return await run_in_threadpool(get_shown, work, asset_id, number)


def attachment(file_name: str) -> str:
    """The header value that has a browser keep an answer under this name, whatever is in it."""
    return f"attachment; filename*=UTF-8''{quote(file_name, safe='')}"


def made_name(title: str, company: str, extension: str) -> str:
    """What a file that is made here for somebody is called: after what it is and whom it is for, in letters, digits and strokes."""
    words = re.sub(r"[^\w .,&+-]+", "", " ".join(part for part in (title, company) if part)).strip(" .")
    return f"{words[:120].strip() or 'Document'}.{extension}"


async def in_turn(request: Request, make: Callable[[], T]) -> T:
    """What takes seconds to make, a few at a time; never call it while a transaction is open."""
    return await anyio.to_thread.run_sync(make, limiter=services_of(request).turns.printers)


def made_headers(file_name: str) -> dict[str, str]:
    """What goes with a file that was made for whoever asks: an attachment that runs nothing here and is kept nowhere in between."""
    return {
        "Content-Disposition": attachment(safe_name(file_name)),
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def bytes_response(content: bytes, file_name: str, format_key: str) -> Response:
    """A file of one of our formats that was made for whoever asks."""
    return Response(content, media_type=FORMATS[format_key].media_type, headers=made_headers(file_name))


def file_response(request: Request, version: Version, disposition: str) -> FileResponse:
    """The stored file of a version that the caller found for this reader; checks its bytes, so never call it in a transaction."""
    path = services_of(request).blobs.checked_path(version.blob_sha256)
    headers = {
        "Content-Disposition": disposition,
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "ETag": f'"{version.blob_sha256}"',
    }
    return FileResponse(path, media_type=FORMATS[version.format].media_type, headers=headers)


def media_kind(format_key: str) -> str:
    """image, video or audio when a page may show this format in place; empty otherwise."""
    form = FORMATS[format_key]
    return form.family if form.playable or form.shown_inline else ""
