"""Small true files of every kind the journeys need, each built by the program's own format libraries."""

import io
import struct
import wave
import zlib
from collections.abc import Sequence

from docx import Document
from odf.opendocument import OpenDocumentText
from odf.text import H, P
from openpyxl import Workbook
from pptx import Presentation

WIDTH, HEIGHT = 64, 48


def docx(title: str, *paragraphs: str) -> bytes:
    """A document with one heading."""
    document = Document()
    document.add_heading(title, 1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def pptx(slides: Sequence[tuple[str, str]], notes: str = "") -> bytes:
    """A deck of slides with a title and a text each, and the same speaker notes under all of them."""
    deck = Presentation()
    for title, text in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        shown = slide.shapes.title
        assert shown is not None
        shown.text = title
        body = slide.placeholders[1]
        assert body.has_text_frame
        body.text_frame.text = text
        if notes:
            spoken = slide.notes_slide.notes_text_frame
            assert spoken is not None
            spoken.text = notes
    held = io.BytesIO()
    deck.save(held)
    return held.getvalue()


def xlsx(sheet: str, rows: Sequence[Sequence[object]]) -> bytes:
    """A workbook of one sheet."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(list(row))
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def odt(title: str, *paragraphs: str) -> bytes:
    """An OpenDocument text with one heading."""
    document = OpenDocumentText()
    document.text.addElement(H(outlinelevel=1, text=title))
    for paragraph in paragraphs:
        document.text.addElement(P(text=paragraph))
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def pdf(line: str) -> bytes:
    """One page with one line of text."""
    drawing = f"BT /F1 24 Tf 72 720 Td ({line}) Tj ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(body))
        body += b"%d 0 obj%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    ending = b"xref\n0 6\n0000000000 65535 f \n" + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return body + ending


def png(padding: int = 0) -> bytes:
    """A grey picture; `padding` bytes of comment make the file larger."""
    rows = (b"\0" + b"\x90" * WIDTH) * HEIGHT
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"tEXt", b"Comment\0" + b"x" * padding), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    framed = (struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def wav(seconds: float = 1.0) -> bytes:
    """Silence that a browser can play."""
    held = io.BytesIO()
    with wave.open(held, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * int(8000 * seconds))
    return held.getvalue()
