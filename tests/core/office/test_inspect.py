"""What is refused at the door, each guard beside a file that passes it, and what a refusal costs."""

import stat
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from PIL import Image

from app.core.errors import Refused
from app.core.office import _container
from app.core.office.inspect import inspect_file
from tests.core.office.archives import LOCKED, MAIN_TYPES, ODF_TYPES, compound_file, content_types, odf, package, pdf, write_zip

ROOT = '<?xml version="1.0" encoding="UTF-8"?><root/>'


def refusal(path: Path, name: str | None = None) -> str:
    with pytest.raises(Refused) as caught:
        inspect_file(path, name or path.name)
    return caught.value.message


def saved(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_honest_files_pass(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "a.docx"))
    pptx.Presentation().save(str(tmp_path / "a.pptx"))
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    odf(tmp_path / "a.odt", "odt", "<text:p>x</text:p>")
    pdf(tmp_path / "a.pdf", [["text"]])
    for name in ("a.png", "a.jpg", "a.gif", "a.webp"):
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    saved(tmp_path / "a.md", b"---\ntitle: x\n---\n<!DOCTYPE html> in Markdown is text")
    saved(tmp_path / "a.html", b"<!DOCTYPE html><html><body>x</body></html>")
    saved(tmp_path / "a.txt", "Grüße".encode("utf-16"))
    saved(tmp_path / "a.csv", b"a;b\n1;2\n")
    saved(tmp_path / "a.rtf", rb"{\rtf1 x}")
    saved(tmp_path / "a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    saved(tmp_path / "a.mp4", b"\0\0\0\x18ftypisom" + b"\0" * 20)
    saved(tmp_path / "a.mov", b"\0\0\0\x14ftypqt  " + b"\0" * 20)
    saved(tmp_path / "a.webm", b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x82\x84webm")
    saved(tmp_path / "a.mp3", b"ID3\x04" + b"\0" * 20)
    saved(tmp_path / "a.m4a", b"\0\0\0\x18ftypM4A " + b"\0" * 20)
    saved(tmp_path / "a.wav", b"RIFF\0\0\0\0WAVEfmt ")
    saved(tmp_path / "a.ogg", b"OggS" + b"\0" * 30)
    found = {path.name: inspect_file(path, path.name) for path in tmp_path.iterdir()}
    assert {name: f"a.{inspected.format.key}" for name, inspected in found.items()} == {name: name for name in found}
    assert len(found) == 22
    assert not any(inspected.encrypted for inspected in found.values())


@pytest.mark.parametrize(
    "name", ["a.docx", "a.odt", "a.pdf", "a.png", "a.rtf", "a.mp4", "a.mp3", "a.webm", "a.mov", "a.ogg", "a.wav", "a.svg"]
)
def test_a_web_page_under_another_name_is_refused(tmp_path: Path, name: str) -> None:
    page = saved(tmp_path / name, b"\n<!DOCTYPE html>\n<html><body>Not found</body></html>")
    assert "a web page" in refusal(page)
    assert inspect_file(page, "a.html").format.key == "html"


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.html", "a.md", "a.docx", "a.jpg"])
def test_a_binary_file_under_another_name_is_refused(tmp_path: Path, name: str) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "true.png")
    picture = saved(tmp_path / name, (tmp_path / "true.png").read_bytes())
    assert "but its content is" in refusal(picture)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert "empty" in refusal(saved(tmp_path / "a.txt", b""))


def test_the_main_part_must_fit_the_name(tmp_path: Path) -> None:
    sheet = package(tmp_path / "a.docx", "xlsx")
    assert "inside it is a XLSX file" in refusal(sheet)
    assert inspect_file(sheet, "a.xlsx").format.key == "xlsx"
    assert "ZIP archive" in refusal(write_zip(tmp_path / "b.docx", [("notes.txt", "x")]))
    assert "is no OpenDocument" in refusal(write_zip(tmp_path / "c.odt", [("mimetype", ODF_TYPES["ods"])]))
    assert "ZIP archive" in refusal(write_zip(tmp_path / "d.docx", [("mimetype", ODF_TYPES["odt"])]))


def test_macros_are_refused(tmp_path: Path) -> None:
    assert "macros" in refusal(package(tmp_path / "a.docx", extra=[("word/vbaProject.bin", b"x")]))
    macro_type = "application/vnd.ms-word.document.macroEnabled.main+xml"
    assert "macros" in refusal(write_zip(tmp_path / "b.docx", [("[Content_Types].xml", content_types(macro_type))]))
    assert "macros" in refusal(odf(tmp_path / "c.odt", "odt", "", extra=[("Basic/Standard/Module1.xml", ROOT)]))
    assert not inspect_file(odf(tmp_path / "d.odt", "odt", "", extra=[("Basic/Standard/script-lb.xml", ROOT)]), "d.odt").encrypted


def test_encrypted_files_are_kept_and_named(tmp_path: Path) -> None:
    names = ["Root Entry", "\x06DataSpaces", "Version", "DataSpaceMap", "EncryptionInfo", "EncryptedPackage"]
    assert inspect_file(compound_file(tmp_path / "a.docx", names), "a.docx").encrypted
    assert "old binary Office format" in refusal(compound_file(tmp_path / "b.docx", ["Root Entry", "WordDocument"]))
    manifest = '<?xml version="1.0"?><m><encryption-data/></m>'
    assert inspect_file(odf(tmp_path / "c.ods", "ods", "", extra=[("META-INF/manifest.xml", manifest)]), "c.ods").encrypted
    assert inspect_file(pdf(tmp_path / "d.pdf", [["x"]], LOCKED), "d.pdf").encrypted


@pytest.mark.parametrize("name", ["../evil.xml", "/etc/evil.xml", "word/../../evil.xml", "..\\evil.xml", "C:/evil.xml"])
def test_a_part_leading_outside_is_refused(tmp_path: Path, name: str) -> None:
    assert "outside" in refusal(package(tmp_path / "a.docx", extra=[(name, ROOT)]))
    assert inspect_file(package(tmp_path / "b.docx", extra=[("word/a..b.xml", ROOT)]), "b.docx").format.key == "docx"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["word/a.xml", "WORD/A.xml"])
def test_two_parts_of_one_name_are_refused(tmp_path: Path, second: str) -> None:
    assert "one name" in refusal(package(tmp_path / "a.docx", extra=[("word/a.xml", ROOT), (second, ROOT)]))


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("word/link.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "link" in refusal(package(tmp_path / "a.docx", extra=[(link, "/etc/passwd")]))
    plain = zipfile.ZipInfo("word/plain.xml")
    plain.external_attr = (stat.S_IFREG | 0o644) << 16
    assert inspect_file(package(tmp_path / "b.docx", extra=[(plain, ROOT)]), "b.docx").format.key == "docx"


@pytest.mark.parametrize(
    "part",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        f'<?xml version="1.0"?>\n<!-- {"x" * 100} -->\n<!DOCTYPE a><a/>',
        f"<!--{'x' * 9000}--><!DOCTYPE a><a/>",
        '\ufeff<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16-le"),
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16-be"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a><a/>',
    ],
)
def test_a_document_type_is_refused(tmp_path: Path, part: str | bytes) -> None:
    assert "document type" in refusal(package(tmp_path / "a.docx", extra=[("word/document.xml", part)]))
    assert "document type" in refusal(package(tmp_path / "b.docx", extra=[("word/_rels/document.xml.rels", part)]))


@pytest.mark.parametrize(
    "part", [ROOT, "<a/>", "\ufeff\n<!-- note --><a/>", '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), ""]
)
def test_an_ordinary_prolog_passes(tmp_path: Path, part: str | bytes) -> None:
    assert inspect_file(package(tmp_path / "a.docx", extra=[("word/document.xml", part)]), "a.docx").format.key == "docx"


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    def parts(count: int) -> list[tuple[str | zipfile.ZipInfo, str | bytes]]:
        return [(f"p/{number}.bin", b"") for number in range(count)]

    assert "too many parts" in refusal(package(tmp_path / "a.docx", extra=parts(_container.MAX_ENTRIES)))
    assert inspect_file(package(tmp_path / "b.docx", extra=parts(_container.MAX_ENTRIES - 1)), "b.docx").format.key == "docx"


def test_a_directory_which_lies_about_itself_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.docx", extra=[(f"p/{number}.bin", b"") for number in range(10_050)])
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\x05\x06")
    data[end + 8 : end + 12] = b"\x02\0\x02\0"
    assert "too many parts" in refusal(saved(path, bytes(data)))
    data[end + 16 : end + 20] = (end - 100).to_bytes(4, "little")
    assert "too many parts" in refusal(saved(path, bytes(data)))


def test_a_second_wide_directory_is_refused(tmp_path: Path) -> None:
    """Readers follow it wherever it leads, past an ordinary directory which was counted."""
    data = package(tmp_path / "a.docx", extra=[("word/a.xml", ROOT)]).read_bytes()
    end = data.rfind(b"PK\x05\x06")
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 2, 2, *struct.unpack_from("<II", data, end + 12))
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    wide = saved(tmp_path / "b.docx", data[:end] + record + locator + data[end:])
    with zipfile.ZipFile(wide) as archive:
        assert len(archive.namelist()) == 2
    assert "too many parts" in refusal(wide)


def test_bombs_are_refused(tmp_path: Path) -> None:
    assert "times its size" in refusal(package(tmp_path / "a.docx", extra=[("word/a.xml", b"<a>" + b" " * 20_000_000)]))
    mixed: list[tuple[str | zipfile.ZipInfo, str | bytes]] = [("word/a.xml", "<a/>" + " " * 900_000)]
    assert inspect_file(package(tmp_path / "b.docx", extra=mixed), "b.docx").format.key == "docx"


def test_more_than_512_mebibytes_are_refused(tmp_path: Path) -> None:
    def claims(path: Path, size: int) -> Path:
        data = bytearray(package(path, extra=[("media/a.bin", b"x")]).read_bytes())
        at = data.rfind(b"PK\x01\x02")
        data[at + 24 : at + 28] = size.to_bytes(4, "little")
        return saved(path, bytes(data))

    assert "more than 512 MiB" in refusal(claims(tmp_path / "a.docx", 600 * 1024 * 1024))
    assert "times its size" in refusal(claims(tmp_path / "b.docx", 500 * 1024 * 1024))


def test_overlapping_parts_are_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.docx", extra=[("word/a.bin", b"a" * 50), ("word/b.bin", b"b" * 50)])
    data = bytearray(path.read_bytes())
    last = data.rfind(b"PK\x01\x02")
    before = data.rfind(b"PK\x01\x02", 0, last)
    data[last + 42 : last + 46] = data[before + 42 : before + 46]
    assert "overlap" in refusal(saved(path, bytes(data)))


def test_a_cut_archive_is_refused(tmp_path: Path) -> None:
    whole = package(tmp_path / "a.docx", extra=[("word/a.xml", ROOT)]).read_bytes()
    for length in range(4, len(whole) - 1, 7):
        assert refusal(saved(tmp_path / "cut.docx", whole[:length]))


def _many_prologs(path: Path) -> Path:
    fine: list[tuple[str | zipfile.ZipInfo, str | bytes]] = [(f"word/{number}.xml", ROOT) for number in range(9_990)]
    return package(path, extra=[*fine, ("word/last.xml", "<!DOCTYPE a><a/>")])


def _wide_directory(path: Path) -> Path:
    return package(path, extra=[(f"p/{number}.bin", b"") for number in range(40_000)])


def _bomb(path: Path) -> Path:
    return package(path, extra=[("word/a.xml", bytes(200_000_000))])


def _heavy_types(path: Path) -> Path:
    kind = MAIN_TYPES["docx"]
    entries = "".join(f'<Default Extension="{number}" ContentType="{kind}x"/>' for number in range(60_000))
    return write_zip(path, [("[Content_Types].xml", content_types("wrong").replace("</Types>", f"{entries}</Types>"))])


@pytest.mark.parametrize("build", [_many_prologs, _wide_directory, _bomb, _heavy_types])
def test_a_refusal_is_cheap(tmp_path: Path, build: Callable[[Path], Path]) -> None:
    path = build(tmp_path / "a.docx")
    costs = []
    for _ in range(3):
        started = time.process_time()
        refusal(path)
        costs.append(time.process_time() - started)
    assert min(costs) <= 0.3
    tracemalloc.start()
    refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 64 * 1024 * 1024
