"""Hostile and broken files straight into the parser, as if the door checks had missed them: an answer in plain words, never a crash."""

import random
import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest

from app.core.office import parse
from app.core.office._capped import MEBIBYTE, Limits
from app.core.office.parse import Unreadable, parse_file
from tests.core.office.archives import WORD, odf, pdf, write_zip


def word_file(path: Path, document: bytes) -> Path:
    """A DOCX whose main part is exactly this."""
    docx.Document().save(str(path))
    with zipfile.ZipFile(path) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    return write_zip(path, [(name, document if name == "word/document.xml" else data) for name, data in parts])


def outcome(path: Path, key: str) -> str:
    """The text, or why there is none; anything else than those two is an error."""
    try:
        return parse_file(path, key).full_text
    except Unreadable as error:
        return error.message


def test_a_small_file_which_eats_memory(tmp_path: Path) -> None:
    def of_paragraphs(count: int) -> Path:
        body = b'<w:document xmlns:w="%s"><w:body>%s<w:p><w:r><w:t>end</w:t></w:r></w:p></w:body></w:document>'
        return word_file(tmp_path / "a.docx", body % (WORD.encode(), b"<w:p/>" * count))

    tight = Limits(memory_bytes=300 * MEBIBYTE)
    assert parse_file(of_paragraphs(200_000), "docx", tight).full_text == "end"
    with pytest.raises(Unreadable) as caught:
        parse_file(of_paragraphs(3_000_000), "docx", tight)
    assert caught.value.message == parse.TOO_BIG
    assert (tmp_path / "a.docx").stat().st_size < 100_000


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 9))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "lol">{levels}]>'
    secret = tmp_path / "secret.txt"
    secret.write_text("not for you", encoding="utf-8")
    for kind, use in ((bomb, "&e8;"), (f'<!DOCTYPE x [<!ENTITY f SYSTEM "file://{secret}">]>', "&f;")):
        text = f'{kind}<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>before {use}</w:t></w:r></w:p></w:body></w:document>'
        found = outcome(word_file(tmp_path / "a.docx", text.encode()), "docx")
        assert "lol" not in found and "not for you" not in found


def test_endless_nesting_is_unreadable(tmp_path: Path) -> None:
    depth = 3000
    cell_open, cell_close = b"<w:tbl><w:tr><w:tc>", b"</w:tc></w:tr></w:tbl>"
    body = b'<w:document xmlns:w="%s"><w:body>%s<w:p/>%s</w:body></w:document>' % (WORD.encode(), cell_open * depth, cell_close * depth)
    assert outcome(word_file(tmp_path / "a.docx", body), "docx") == parse.DAMAGED
    (tmp_path / "a.md").write_text("> " * 5000 + "deep", encoding="utf-8")
    (tmp_path / "a.html").write_text("<div>" * 20_000 + "deep", encoding="utf-8")
    assert outcome(tmp_path / "a.md", "md") in ("deep", parse.DAMAGED, "")
    assert outcome(tmp_path / "a.html", "html") in ("deep", parse.DAMAGED, "")


def test_a_sheet_with_cells_in_all_corners(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = "first", "last"
    book.save(tmp_path / "a.xlsx")
    assert outcome(tmp_path / "a.xlsx", "xlsx") in (parse.TOO_BIG, parse.TOO_LONG)


def test_damaged_files_never_do_worse_than_unreadable(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "a.docx"))
    pptx.Presentation().save(str(tmp_path / "a.pptx"))
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    odf(tmp_path / "a.odt", "odt", "<text:p>text</text:p>" * 50)
    pdf(tmp_path / "a.pdf", [["text"] * 20] * 3)
    (tmp_path / "a.rtf").write_bytes(rb"{\rtf1\ansi text {\b bold} \'fc\par}" * 5)
    chance = random.Random(9)
    unreadable = 0
    for key in ("docx", "pptx", "xlsx", "odt", "pdf", "rtf"):
        whole = (tmp_path / f"a.{key}").read_bytes()
        for _ in range(8):
            data = bytearray(whole)
            for _ in range(12):
                data[chance.randrange(len(data))] = chance.randrange(256)
            (tmp_path / "b").write_bytes(
                bytes(data[: chance.randrange(len(data) // 2, len(data))]) if chance.random() < 0.3 else bytes(data)
            )
            unreadable += outcome(tmp_path / "b", key).startswith("The file could not be read: ")
    assert 5 < unreadable < 48
