"""A ZIP that is written while it is sent: it opens, names are safe, and it never stands in memory whole."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core.zipout import CHUNK, safe_name, stream_zip

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def test_it_opens_and_holds_what_was_put_in(tmp_path: Path) -> None:
    large = tmp_path / "deck.pptx"
    large.write_bytes(bytes(range(256)) * 2000)
    pieces = list(stream_zip([("index.csv", b"a,b\r\n"), ("01 Größe.pptx", large), ("02 empty.txt", b"")], NOON))
    assert max(map(len, pieces)) < 2 * CHUNK, "a piece at a time"
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["index.csv", "01 Größe.pptx", "02 empty.txt"]
        assert archive.read("01 Größe.pptx") == large.read_bytes()
        assert archive.infolist()[0].date_time == (2026, 11, 27, 12, 0, 0)


@pytest.mark.parametrize(
    "name, safe",
    [
        ("Dock guide.pptx", "Dock guide.pptx"),
        ("../../etc/passwd", "etc passwd"),
        ('a<b>:"c|?*.docx', "a b c.docx"),
        ("..", "file"),
        ("tab\there\0.md", "tab here.md"),
        ("gpj.\u202excod.exe", "gpj. xcod.exe"),
        ("x" * 300 + ".docx", "x" * 115 + ".docx"),
    ],
)
def test_names_every_system_takes(name: str, safe: str) -> None:
    assert safe_name(name) == safe
