"""Answers that carry a user's file: never run on our origin, ranges for pictures and recordings."""

from urllib.parse import quote

from fastapi import Request
from starlette.responses import FileResponse

from app.library.queries import Shown
from app.library.rules import FORMATS
from app.web.services import services_of

SANDBOX = "sandbox; default-src 'none'"


def file_response(request: Request, shown: Shown, *, inline: bool = False) -> FileResponse:
    """The bytes of a version under its own name; as an attachment unless it is a picture or recording shown in a page."""
    version = shown.version
    path = services_of(request).blobs.checked_path(version.blob_sha256)
    disposition = "inline" if inline else f"attachment; filename*=UTF-8''{quote(version.file_name, safe='')}"
    headers = {
        "Content-Disposition": disposition,
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "ETag": f'"{version.blob_sha256}"',
    }
    media_type = FORMATS[version.format].media_type if inline else version.media_type
    return FileResponse(path, media_type=media_type, headers=headers)


def media_kind(format_key: str) -> str:
    """image, video or audio when a page may show this format in place; empty otherwise."""
    form = FORMATS[format_key]
    return form.family if form.playable or form.shown_inline else ""
