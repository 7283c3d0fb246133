"""Receives uploaded files: the multipart body is streamed to the store while it is hashed and counted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from app.core.errors import AppError, Refused, TooLarge
from app.core.office.unpack import is_archive
from app.core.store import BlobWriter
from app.library.actions.quota import Room, room_left
from app.library.actions.uploads import Arrival
from app.web.arriving import clean_file_name, clean_folder, take_written, unpacked
from app.web.deps import read_work
from app.web.limits import declared_length
from app.web.services import services_of

MOST_FILES = 20
# A form's whole body may have so many times the size of the largest file: a few large ones, or many small ones.
FORM_OF_FILES = 4
FORM_ROOM = 64 * 1024  # boundaries, headers, fields
MOST_FIELDS = 50
LONGEST_FIELD = 100_000
LONGEST_HEADER = 8_000
MOST_HEADERS = 10
TOO_LARGE = "The file is larger than the portal takes, so it was not kept. Send a smaller file or ask for a higher limit."
FORM_TOO_LARGE = "These files are too large to be sent together, so none was kept. Send fewer at a time."


class Interrupted(AppError):
    """The sender stopped in the middle."""

    status, code = 408, "interrupted"


@dataclass
class Received:
    """The parts of an upload form."""

    files: list[Arrival] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class _Part:
    headers: dict[str, str] = field(default_factory=dict)
    name: str = ""
    file_name: str = ""
    folder: str = ""
    size: int = 0
    text: bytearray = field(default_factory=bytearray)
    writer: BlobWriter | None = None
    problem: AppError | None = None
    header_size: int = 0


async def receive(request: Request) -> Received:
    """Read a form of one file; it is checked and then durable before this returns. One that is said to be too large is refused at once."""
    room = await _room(request)
    most = services_of(request).settings.max_upload_bytes
    check_size(declared_length(request.scope), min(most, room.size) + FORM_ROOM, room.words if room.size < most else TOO_LARGE)
    return await _receive(request, _Receiver(request, room), most + FORM_ROOM)


async def receive_many(request: Request) -> Received:
    """Read the whole form; ZIPs are opened and their files taken instead.

    A file that is not acceptable is named with its reason and the others are kept. Raises Refused for a body that is no form.
    """
    room = await _room(request)
    most = FORM_OF_FILES * services_of(request).settings.max_upload_bytes + MOST_FILES * FORM_ROOM
    check_size(declared_length(request.scope), most, FORM_TOO_LARGE)
    return await _receive(request, _Receiver(request, room, opens_archives=True), most)


async def _receive(request: Request, receiver: "_Receiver", most: int) -> Received:
    parser = MultipartParser(_boundary(request), receiver.callbacks)
    size = 0
    try:
        async for chunk in _chunks(request):
            size += len(chunk)
            check_size(size, most, FORM_TOO_LARGE)
            # hashing and writing 64 KiB takes well under a millisecond; a thread hop for each chunk would take longer
            parser.write(chunk)
            await receiver.finish_parts()
        parser.finalize()
        await receiver.finish_parts()
        if not receiver.is_complete:
            raise Refused("The upload ended before its end, so its last file was not kept. Send it again.")
    except MultipartParseError as error:
        raise Refused("The upload arrived damaged and was not kept. Send it again.") from error
    finally:
        receiver.discard_open()
    return receiver.received


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as error:
        raise Interrupted("The connection broke, so the upload was not kept. Send it again.") from error


async def _room(request: Request) -> Room:
    async with read_work(request) as work:
        return await run_in_threadpool(room_left, work)


def check_size(size: int, most: int, words: str) -> None:
    """TooLarge with these words when there is more than may come."""
    if size > most:
        raise TooLarge(words)


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 200:
        raise Refused("This is not an upload form. Use the upload page, or send multipart/form-data.")
    return boundary


class _Receiver:
    """Turns parser callbacks into parts; files go straight into the store's incoming folder."""

    def __init__(self, request: Request, room: Room, *, opens_archives: bool = False) -> None:
        services = services_of(request)
        self._blobs = services.blobs
        self._limit = services.settings.max_upload_bytes
        self._room = room
        self._opens_archives = opens_archives
        self.received = Received()
        self._part = _Part()
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._ended: list[_Part] = []
        self._parts = 0
        self.is_complete = False

    @property
    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_data,
            "on_part_end": self._on_end,
            "on_end": self._on_form_end,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_FILES + MOST_FIELDS:
            raise Refused(f"An upload may hold at most {MOST_FILES} files at a time. Send the rest in another one.")
        self._part = _Part()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]
        self._count_header(end - start)

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]
        self._count_header(end - start)

    def _count_header(self, size: int) -> None:
        self._part.header_size += size
        if self._part.header_size > LONGEST_HEADER or len(self._part.headers) > MOST_HEADERS:
            raise Refused("The upload's form is not acceptable: its headers are too long. Use the upload page.")

    def _on_header_end(self) -> None:
        self._part.headers[self._header_name.decode("latin-1").lower()] = self._header_value.decode("latin-1")
        self._header_name.clear()
        self._header_value.clear()

    def _on_headers_finished(self) -> None:
        part = self._part
        _, options = parse_options_header(part.headers.get("content-disposition", ""))
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            # as browsers write it: UTF-8, a quotation mark as %22 (HTML, multipart/form-data encoding)
            path = options[b"filename"].decode("utf-8", "replace").replace("%22", '"').replace("\\", "/")
            part.file_name, part.folder = clean_file_name(path), clean_folder(path.rpartition("/")[0])
            self._open_file(part)

    def _open_file(self, part: _Part) -> None:
        if not part.file_name:
            return
        if len(self.received.files) + len(self._ended) >= MOST_FILES:
            raise Refused(f"An upload may hold at most {MOST_FILES} files at a time. Send the rest in another one.")
        part.writer = self._blobs.writer(self._limit)

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.writer is not None and part.problem is None:
            part.size += end - start
            try:
                check_size(part.size, self._room.size, self._room.words)
                part.writer.write(data[start:end])
            except AppError as problem:
                part.problem = problem
                part.writer.discard()
        elif part.writer is None and not part.file_name:
            part.text += data[start:end]
            if len(part.text) > LONGEST_FIELD:
                raise Refused("A field of the form is too long. Shorten it and send the form again.")

    def _on_end(self) -> None:
        self._ended.append(self._part)

    def _on_form_end(self) -> None:
        self.is_complete = True

    async def finish_parts(self) -> None:
        """Check and keep the files that have arrived whole; in a thread, since this waits for the disk."""
        ended, self._ended = self._ended, []
        for part in ended:
            if part.writer is not None:
                self.received.files += await run_in_threadpool(self._take, part, part.writer)
            elif part.name and "filename" not in part.headers.get("content-disposition", ""):
                self.received.fields[part.name] = part.text.decode("utf-8", "replace")

    def _take(self, part: _Part, writer: BlobWriter) -> list[Arrival]:
        if part.problem is not None:
            writer.discard()
            return [Arrival(part.file_name, part.folder, problem=part.problem)]
        self._room = replace(self._room, size=self._room.size - part.size)
        if self._opens_archives and is_archive(part.file_name):
            return self._unpack(part, writer)
        return [take_written(writer, part.file_name, part.folder)]

    def _unpack(self, part: _Part, writer: BlobWriter) -> list[Arrival]:
        try:
            return [arrival for run in unpacked(self._blobs, writer.path, part.folder, self._limit) for arrival in run]
        except AppError as problem:
            return [Arrival(part.file_name, part.folder, problem=problem)]
        finally:
            writer.discard()

    def discard_open(self) -> None:
        """Forget files that never arrived whole."""
        for part in [*self._ended, self._part]:
            if part.writer is not None:
                part.writer.discard()
