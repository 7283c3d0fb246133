"""PDFs that guests of a room take away, with the reader's address on every page where the terms say so: made of an item's text, uploaded,
or filled in by them."""

from dataclasses import dataclass
from pathlib import PurePath

from fastapi import Request
from starlette.responses import Response

from app.core.office.stamp import stamp_pdf
from app.core.templating import render_template
from app.library.models import Version
from app.sharing.queries import OpenLink
from app.web.files import bytes_response, in_turn
from app.web.guestroom import ItemPage
from app.web.services import services_of

FOR_READER = "Handed to {}. Please do not pass it on."


@dataclass(frozen=True)
class PrintedFile:
    """What is to be printed, and the name of the file."""

    html: str
    file_name: str


def mark_of(opened: OpenLink) -> str:
    """What stands on every page of a PDF that goes out by this link; empty where the terms want none."""
    return FOR_READER.format(opened.guest.email) if opened.link.watermarks and opened.guest is not None else ""


def marked(content: bytes, format_key: str, opened: OpenLink) -> bytes:
    """A file that was made for a guest, marked if it is a PDF and the terms say so; raises NotStamped."""
    mark = mark_of(opened)
    return stamp_pdf(content, mark) if mark and format_key == "pdf" else content


def pdf_of(data: ItemPage, mark: str) -> PrintedFile:
    """The text of an item as it will be printed; `mark` stands at the foot of each page unless it is empty."""
    values = {"title": data.entry.title, "passages": data.passages, "mark": mark}
    return PrintedFile(render_template("public/printed.html", values), f"{PurePath(data.version.file_name).stem}.pdf")


async def stamped_response(request: Request, version: Version, mark: str) -> Response:
    """An uploaded PDF with this line on every page; a range of it is the whole of it."""
    blobs = services_of(request).blobs

    def made() -> bytes:
        return stamp_pdf(blobs.checked_path(version.blob_sha256), mark)

    content = await in_turn(request, made) if request.method == "GET" else b""
    return bytes_response(content, version.file_name, "pdf")
