"""PDFs that guests of a room take away: made of an item's text, or an uploaded one with the reader's address on it."""

from dataclasses import dataclass
from pathlib import PurePath

import anyio.to_thread
from fastapi import Request
from starlette.responses import Response

from app.core.office.stamp import stamp_pdf
from app.core.templating import render_template
from app.library.models import Version
from app.web.files import SANDBOX, attachment
from app.web.guestroom import ItemPage
from app.web.services import services_of

FOR_READER = "Handed to {}. Please do not pass it on."


@dataclass(frozen=True)
class PrintedFile:
    """What is to be printed, and the name of the file."""

    html: str
    file_name: str


def pdf_of(data: ItemPage, reader: str) -> PrintedFile:
    """The text of an item as it will be printed; `reader` stands at the foot of each page unless it is empty."""
    values = {"title": data.entry.title, "passages": data.passages, "mark": FOR_READER.format(reader) if reader else ""}
    return PrintedFile(render_template("public/printed.html", values), f"{PurePath(data.version.file_name).stem}.pdf")


def pdf_response(printed: PrintedFile, content: bytes) -> Response:
    """The PDF as an attachment."""
    return _response(content, printed.file_name)


async def stamped_response(request: Request, version: Version, reader: str) -> Response:
    """An uploaded PDF with the reader's address on every page; a range of it is the whole of it."""
    services = services_of(request)

    def made() -> bytes:
        return stamp_pdf(services.blobs.checked_path(version.blob_sha256), FOR_READER.format(reader))

    content = await anyio.to_thread.run_sync(made, limiter=services.turns.printers) if request.method == "GET" else b""
    return _response(content, version.file_name)


def _response(content: bytes, file_name: str) -> Response:
    headers = {"Content-Disposition": attachment(file_name), "Content-Security-Policy": SANDBOX, "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type="application/pdf", headers=headers)
