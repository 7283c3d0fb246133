"""A manifest as spreadsheets save it, and files that are none."""

from pathlib import Path

import pytest

from app.core.errors import Refused
from app.ops.manifest import read_manifest

ROWS = [{"file": "größe.md", "title": "Größe; Maß"}, {"file": "b.md", "title": ""}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_it_is_read_however_it_was_saved(tmp_path: Path, encoding: str, delimiter: str) -> None:
    manifest = tmp_path / "files.csv"
    lines = [["file", " title "], ["größe.md", '"Größe; Maß"'], ["", ""], [" b.md ", ""], []]
    manifest.write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(encoding))
    assert read_manifest(manifest) == ROWS


@pytest.mark.parametrize(
    "content,told",
    [
        (b"", "files.csv is empty."),
        (b" \r\n\r\n", "files.csv is empty."),
        (b",,\n;;\n", "files.csv names no file."),
        (b"file,title\n,\n", "files.csv names no file."),
        (b"PK\x03\x04\x00\x00workbook", "files.csv is no text."),
        (b"\x89\x81\x8d\x8f", "files.csv is no text."),
        (b"file,title\n" + b"x" * 200_000, "files.csv cannot be read as CSV: field larger than field limit"),
    ],
)
def test_what_is_none_is_said_in_a_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    manifest = tmp_path / "files.csv"
    manifest.write_bytes(content)
    with pytest.raises(Refused) as refused:
        read_manifest(manifest)
    assert refused.value.message.startswith(told)
    assert refused.value.message.endswith("Nothing was imported.")


def test_a_row_may_be_shorter_or_longer_than_the_first_line(tmp_path: Path) -> None:
    manifest = tmp_path / "files.csv"
    manifest.write_text("file,title\na.md\nb.md,B,more\n")
    assert read_manifest(manifest) == [{"file": "a.md"}, {"file": "b.md", "title": "B"}]
