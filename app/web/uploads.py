"""Receives uploaded files: the multipart body is streamed to the store while it is hashed and counted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from app.core.errors import AppError, Refused
from app.core.office.inspect import inspect_file
from app.core.store import BlobWriter
from app.library.models import FileInput
from app.web.services import services_of

MOST_FILES = 20
MOST_FIELDS = 50
LONGEST_FIELD = 100_000
LONGEST_HEADER = 8_000
MOST_HEADERS = 10


class Interrupted(AppError):
    """The sender stopped in the middle."""

    status, code = 408, "interrupted"


@dataclass
class ReceivedFile:
    """A file part: durable under its hash, or refused with the reason; exactly one of `file` and `problem` is set."""

    file_name: str
    file: FileInput | None = None
    problem: AppError | None = None


@dataclass
class Received:
    """The parts of an upload form."""

    files: list[ReceivedFile] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class _Part:
    headers: dict[str, str] = field(default_factory=dict)
    name: str = ""
    file_name: str = ""
    text: bytearray = field(default_factory=bytearray)
    writer: BlobWriter | None = None
    problem: AppError | None = None
    header_size: int = 0


async def receive(request: Request) -> Received:
    """Read the whole form; each file is checked and then made durable before this returns.

    A file that is not acceptable is named with its reason and the others are kept. Raises Refused for a body that is no form.
    """
    boundary = _boundary(request)
    receiver = _Receiver(request)
    parser = MultipartParser(boundary, receiver.callbacks)
    try:
        async for chunk in _chunks(request):
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


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 200:
        raise Refused("This is not an upload form. Use the upload page, or send multipart/form-data.")
    return boundary


class _Receiver:
    """Turns parser callbacks into parts; files go straight into the store's incoming folder."""

    def __init__(self, request: Request) -> None:
        services = services_of(request)
        self._blobs = services.blobs
        self._limit = services.settings.max_upload_bytes
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
        self._part.headers[self._header_name.decode("latin-1").lower()] = self._header_value.decode("utf-8", "replace")
        self._header_name.clear()
        self._header_value.clear()

    def _on_headers_finished(self) -> None:
        part = self._part
        _, options = parse_options_header(part.headers.get("content-disposition", ""))
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            part.file_name = clean_file_name(options[b"filename"].decode("utf-8", "replace"))
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
            try:
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
                self.received.files.append(await run_in_threadpool(_keep, part, part.writer))
            elif part.name and "filename" not in part.headers.get("content-disposition", ""):
                self.received.fields[part.name] = part.text.decode("utf-8", "replace")

    def discard_open(self) -> None:
        """Forget files that never arrived whole."""
        for part in [*self._ended, self._part]:
            if part.writer is not None:
                part.writer.discard()


def _keep(part: _Part, writer: BlobWriter) -> ReceivedFile:
    try:
        if part.problem is not None:
            raise part.problem
        inspected = inspect_file(writer.path, part.file_name)
        blob = writer.keep()
    except AppError as problem:
        return ReceivedFile(part.file_name, problem=problem)
    finally:
        writer.discard()
    form = inspected.format
    return ReceivedFile(
        part.file_name,
        FileInput(sha256=blob.sha256, size=blob.size, file_name=part.file_name, format=form.key, media_type=form.media_type),
    )


def clean_file_name(name: str) -> str:
    """The last part of a path, without control characters, at most 200 characters with its ending kept."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(character for character in last if character.isprintable()).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    return plain if len(plain) <= 200 else f"{stem[: 199 - len(ending)]}{dot}{ending}"[-255:]
