"""Filling leaves alone what it need not touch: other parts are equal byte by byte, whatever the package holds; others open the result."""

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pptx.util import Inches

from app.core.office import convert as conversion
from app.core.office.convert import NotConverted, convert
from app.core.office.merge.values import Value
from app.core.office.parse import Unreadable
from tests.core.office.merging import filled, parts_of, saved, scanned, words
from tests.core.office.naughty import NAUGHTY, readable

BODY = {"docx": "word/document.xml", "pptx": "ppt/slides/slide1.xml", "xlsx": "xl/worksheets/sheet1.xml"}


def made(key: str) -> bytes:
    """A small file of this format with one field."""
    out = io.BytesIO()
    file: Any
    if key == "docx":
        file = docx.Document()
        file.add_paragraph("For {{ account }}")
    elif key == "pptx":
        file = pptx.Presentation()
        file.slides.add_slide(file.slide_layouts[6]).shapes.add_textbox(0, 0, Inches(5), Inches(1)).text_frame.text = "For {{ account }}"
    else:
        file = openpyxl.Workbook()
        file.active["A1"] = "For {{ account }}"
    file.save(out)
    return out.getvalue()


FILES = {key: made(key) for key in BODY}
# A value that reads like its own field leaves the text, and with it the part, as it was.
CHANGING = [text for text in NAUGHTY if text != "{{ account }}"]
PART_NAMES = some.from_regex(r"\A(?:customXml|docProps|odd folder|media)/[a-z0-9 äß]{1,20}\.(?:xml|bin|png|rels)\Z")


def with_parts(data: bytes, extra: dict[str, bytes]) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as package:
        for name, content in extra.items():
            if name not in package.namelist():
                package.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("key", list(BODY))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extra=some.dictionaries(PART_NAMES, some.binary(max_size=3000), max_size=6), text=some.sampled_from(CHANGING))
def test_parts_nobody_touched_are_equal_byte_by_byte(tmp_path: Path, key: str, extra: dict[str, bytes], text: str) -> None:
    path = tmp_path / f"file.{key}"
    path.write_bytes(with_parts(FILES[key], extra))
    before, after = parts_of(path.read_bytes()), parts_of(filled(path, words(account=text)))
    assert list(after) == list(before)
    changed = {name for name in before if before[name] != after[name]}
    assert BODY[key] in changed
    assert changed <= {BODY[key], *(("xl/sharedStrings.xml", "xl/styles.xml") if key == "xlsx" else ())}


@pytest.mark.parametrize("key", list(BODY))
def test_a_signature_is_named_as_what_filling_would_break(tmp_path: Path, key: str) -> None:
    path = tmp_path / f"signed.{key}"
    path.write_bytes(with_parts(FILES[key], {"_xmlsignatures/sig1.xml": b"<Signature/>"}))
    assert [one.partition(",")[0] for one in scanned(path).losses] == ["A digital signature"]


@pytest.mark.parametrize("key", list(BODY))
def test_a_damaged_file_is_told_in_a_sentence(tmp_path: Path, key: str) -> None:
    path = tmp_path / f"cut.{key}"
    path.write_bytes(FILES[key][:-40])
    with pytest.raises(Unreadable, match="damaged"):
        scanned(path)
    with pytest.raises(Unreadable, match="damaged"):
        filled(path, words(account="x"))


def test_entities_of_a_hostile_file_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    parts = parts_of(FILES["docx"])
    body = (
        b'<!DOCTYPE d [<!ENTITY a "{{ grown }}"><!ENTITY s SYSTEM "file:///etc/hostname">]>'
        + parts["word/document.xml"].partition(b"?>")[2]
    )
    parts["word/document.xml"] = body.replace(b"For ", b"&a;&s; For ")
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    found = scanned(path)
    assert "grown" not in repr(found)


@pytest.mark.office
@pytest.mark.parametrize("key", list(BODY))
def test_another_program_opens_what_was_filled_with_naughty_words(tmp_path: Path, key: str) -> None:
    path = tmp_path / f"file.{key}"
    path.write_bytes(FILES[key])
    text = "\n".join(NAUGHTY[8:40])
    with pypdfium2.PdfDocument(convert(filled(path, words(account=text)), key, "pdf")) as pages:
        shown = "".join(page.get_textpage().get_text_range() for page in pages)
    assert "DROP TABLE" in shown and "<script>" in shown


@pytest.mark.office
def test_nothing_outside_is_asked_for_when_a_file_is_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = tmp_path / "secret.png"
    outside.write_bytes(b"not to be seen")
    file = docx.Document()
    file.add_paragraph("Words")
    file.part.relate_to(outside.as_uri(), "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image", is_external=True)
    path = saved(file, tmp_path / "linked.docx")
    seen: list[bytes] = []
    original = conversion._run

    def watched(folder: Path, source: Path, to: str) -> None:
        seen.append(parts_of(source.read_bytes())["word/_rels/document.xml.rels"])
        original(folder, source, to)

    monkeypatch.setattr(conversion, "_run", watched)
    assert convert(path, "docx", "pdf").startswith(b"%PDF-")
    assert b"secret.png" not in seen[0] and b'Target="about:blank"' in seen[0]


def test_what_cannot_be_converted_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotConverted, match="Take the original"):
        convert(b"words", "txt", "pdf")
    monkeypatch.setattr("app.core.office.convert.can_convert", lambda: False)
    with pytest.raises(NotConverted, match="LibreOffice is not installed"):
        convert(b"words", "docx", "pdf")


def test_a_field_without_a_value_becomes_empty(tmp_path: Path) -> None:
    path = tmp_path / "file.docx"
    path.write_bytes(FILES["docx"])
    assert docx.Document(io.BytesIO(filled(path, {}))).paragraphs[-1].text == "For "
    assert docx.Document(io.BytesIO(filled(path, {"account": Value(readable("x"))}))).paragraphs[-1].text == "For x"
