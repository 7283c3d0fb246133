"""Writes a ZIP while it is sent, so that its size costs no memory; used where several files are handed out at once."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath

CHUNK = 64 * 1024
LONGEST = 120
# What Windows, which is the strictest, takes in no file name, and what hides how a name goes on.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]')
Member = tuple[str, Path | bytes]


class _Pipe(io.RawIOBase):
    """Takes what the writer of the ZIP writes and gives it on; it cannot be read back, so sizes follow each file."""

    def __init__(self) -> None:
        super().__init__()
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # the writer hands over bytes, never other buffers
        self._written.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._written = b"".join(self._written), []
        return taken


def stream_zip(members: Iterable[Member], at: datetime) -> Iterator[bytes]:
    """The bytes of a ZIP with these files, stored as they are (office files are packed already), each dated `at`."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, date_time=at.timetuple()[:6])
            with archive.open(info, "w", force_zip64=True) as entry:
                for chunk in _chunks(content):
                    entry.write(chunk)
                    yield pipe.take()
    yield pipe.take()


def safe_name(name: str) -> str:
    """A file name that every system takes: no folders, nothing reserved, not too long, its ending kept."""
    plain = " ".join(_UNSAFE.sub(" ", name).split()).strip(". ") or "file"
    suffix = PurePosixPath(plain).suffix[:12]
    return f"{plain.removesuffix(suffix)[: LONGEST - len(suffix)].rstrip('. ')}{suffix}"


def _chunks(content: Path | bytes) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
