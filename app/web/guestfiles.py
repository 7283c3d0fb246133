"""PDFs that guests of a room take away, with the reader's address on every page where the terms say so: made of an item's text, uploaded,
or filled in by them."""

from dataclasses import dataclass
from pathlib import PurePath

from fastapi import Request
from starlette.responses import Response

from app.core.office.layout import has_layout, layout_pdf
from app.core.office.stamp import NotStamped, stamp_pdf
from app.core.printing import print_pdf
from app.core.store import BlobStore
from app.core.templating import render_template
from app.library.models import Version
from app.sharing.queries import OpenLink
from app.web.files import bytes_response, in_turn
from app.web.guestroom import ItemPage
from app.web.services import services_of

FOR_READER = "Handed to {}. Please do not pass it on."


# Files whose look is more than their text.
LOOKED_AT = ("document", "deck", "sheet")


@dataclass(frozen=True)
class PrintedFile:
    """A version as PDF: `html` is its text, for where none that looks like it comes out; `mark` stands on each page unless it is empty."""

    html: str
    file_name: str
    version: Version
    mark: str


def mark_of(opened: OpenLink) -> str:
    """What stands on every page of a PDF that goes out by this link; empty where the terms want none."""
    return FOR_READER.format(opened.guest.email) if opened.link.watermarks and opened.guest is not None else ""


def marked(content: bytes, format_key: str, opened: OpenLink) -> bytes:
    """A file that was made for a guest, marked if it is a PDF and the terms say so; raises NotStamped."""
    mark = mark_of(opened)
    return stamp_pdf(content, mark) if mark and format_key == "pdf" else content


def pdf_of(data: ItemPage, mark: str) -> PrintedFile:
    """What is needed to make the PDF of an item; `mark` stands at the foot of each page unless it is empty."""
    is_less = data.entry.family in LOOKED_AT
    values = {"title": data.entry.title, "passages": data.passages, "mark": mark, "is_text_only": is_less}
    html = render_template("public/printed.html", values)
    return PrintedFile(html, f"{PurePath(data.version.file_name).stem}.pdf", data.version, mark)


def is_text_only(blobs: BlobStore, data: ItemPage) -> bool:
    """Whether the PDF of an item shows its text without its look."""
    return data.as_pdf and data.entry.family in LOOKED_AT and not has_layout(blobs, data.version.blob_sha256, data.version.format)


def make_pdf(blobs: BlobStore, printed: PrintedFile) -> bytes:
    """The PDF that looks like the file, else its text. Takes seconds, so never call it while a transaction is open."""
    found = layout_pdf(blobs, printed.version.blob_sha256, printed.version.format)
    if found is not None:
        try:
            return stamp_pdf(found, printed.mark) if printed.mark else found.read_bytes()
        except (NotStamped, FileNotFoundError):
            return print_pdf(printed.html)
    return print_pdf(printed.html)


async def stamped_response(request: Request, version: Version, mark: str) -> Response:
    """An uploaded PDF with this line on every page; a range of it is the whole of it."""
    blobs = services_of(request).blobs

    def made() -> bytes:
        return stamp_pdf(blobs.checked_path(version.blob_sha256), mark)

    content = await in_turn(request, made) if request.method == "GET" else b""
    return bytes_response(content, version.file_name, "pdf")
