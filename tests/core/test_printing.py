"""PDFs are made in a child process that reaches nothing but our own files."""

import io
import socket
import threading
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from app.core import printing
from app.core.printing import NotPrinted, print_pdf

pytestmark = pytest.mark.pdf


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(page.get_textpage().get_text_range() for page in document)


def test_the_words_stand_in_the_pdf_in_our_own_font() -> None:
    font = "@font-face { font-family: Ours; src: url(static:fonts/schibsted-grotesk-latin-wght-normal.woff2) } body { font-family: Ours }"
    pdf = print_pdf(f"<html lang=en><title>Kit</title><style>{font}</style><p>Shorter waits at the dock</p></html>")
    assert "Shorter waits at the dock" in words_of(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert [str(font.BaseFont).endswith("+Ours") for font in opened.pages[0].Resources.Font.values()] == [True]


def test_nothing_outside_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><text y="15">SECRETWORD</text></svg>')
    calls: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)

        def listen() -> None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            calls.append("called")
            connection.close()

        listener = threading.Thread(target=listen)
        listener.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.png"
        sources = [address, secret.as_uri(), f"static:../../..{secret}", f"static:/../../..{secret}"]
        pdf = print_pdf("<p>Still there</p>" + "".join(f'<img src="{source}">' for source in sources))
        listener.join()
    assert "Still there" in words_of(pdf) and "SECRETWORD" not in words_of(pdf) and calls == []


def test_without_the_libraries_it_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "missing_libraries", lambda: "PDFs cannot be made here")
    with pytest.raises(NotPrinted, match="cannot make PDFs"):
        print_pdf("<p>x</p>")
