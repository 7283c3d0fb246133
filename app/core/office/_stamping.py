"""The reader that writes one line on every page of a PDF; runs in the capped child, never in the portal."""

import base64
from io import BytesIO
from typing import BinaryIO

import pikepdf

SIZE, MARGIN = 8.0, 14.0
WIDEST = 0.55  # of the font's size: about as wide as Helvetica's letters are


def stamp(stream: BinaryIO, line: str) -> dict[str, str]:
    """The PDF with this line in grey at the foot of every page, as base64."""
    with pikepdf.open(stream) as document:
        font = document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name.Helvetica,
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
        )
        for page in document.pages:
            name = page.add_resource(font, pikepdf.Name.Font, pikepdf.Name.QuiverMark)  # pages may share what they refer to
            page.contents_add(document.make_stream(b"q"), prepend=True)  # whatever the page does to the coordinates ends with it
            page.contents_add(document.make_stream(b"Q " + _drawing(page, str(name), line)))
        return {"pdf": base64.b64encode(_bytes_of(document)).decode()}


def _drawing(page: pikepdf.Page, font: str, line: str) -> bytes:
    left, bottom, right, _ = (float(edge) for edge in page.cropbox)
    size = min(SIZE, (right - left - 2 * MARGIN) / max(1.0, WIDEST * len(line)))
    words = line.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    place = f"{font} {size:.2f} Tf {left + MARGIN:.2f} {bottom + MARGIN:.2f} Td".encode()
    return b"q 0.35 g BT " + place + b" (" + words + b") Tj ET Q"


def _bytes_of(document: pikepdf.Pdf) -> bytes:
    held = BytesIO()
    document.save(held)
    return held.getvalue()
