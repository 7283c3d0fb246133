"""What has arrived whole: clean names, the check of a file, what a ZIP holds. Used by uploads.py (one request) and incoming.py (parts)."""

from collections.abc import Generator, Iterator
from pathlib import Path

from app.core.errors import AppError
from app.core.office import unpack
from app.core.office.formats import Format
from app.core.office.inspect import inspect_file
from app.core.store import BlobStore, BlobWriter, StoredBlob
from app.library.actions.uploads import Arrival
from app.library.models import FileInput, IncomingUpload
from app.messaging.rules.value import check_model_file

# Files of a ZIP that become drafts in one transaction; others want to write, too.
RUN = 20
LONGEST_NAME = 200
LONGEST_FOLDER = 300


def check_file(path: Path, file_name: str) -> Format:
    """The format of a file that may be kept under this name; Refused with a sentence for any other."""
    form = inspect_file(path, file_name).format
    if form.family == "model":
        with path.open("rb") as file:
            check_model_file(file)
    return form


def take_written(writer: BlobWriter, file_name: str, folder: str) -> Arrival:
    """Check a file that was written whole and put it into the store."""
    try:
        form = check_file(writer.path, file_name)
        return Arrival(file_name, folder, _file_input(file_name, form, writer.keep()))
    except AppError as problem:
        return Arrival(file_name, folder, problem=problem)
    finally:
        writer.discard()


def take_parts(blobs: BlobStore, upload: IncomingUpload) -> Arrival:
    """The same for a file that came in parts; the parts stay until it is a draft."""
    try:
        form = check_file(blobs.partials.path(upload.id), upload.file_name)
        return Arrival(upload.file_name, upload.folder, _file_input(upload.file_name, form, blobs.partials.keep(upload.id)))
    except AppError as problem:
        return Arrival(upload.file_name, upload.folder, problem=problem)


def unpacked(blobs: BlobStore, path: Path, folder: str, limit: int, first: int = 0) -> Generator[list[Arrival]]:
    """What a ZIP holds, from its `first` file on, in runs that fit into one transaction; files that may not be kept are named.

    Raises Refused when the ZIP as a whole may not be opened.
    """
    with unpack.opened(path) as (archive, entries):
        for start in range(first, len(entries), RUN):
            yield [
                _take_entry(blobs, unpack.pieces(archive, entry), (entry.file_name, f"{folder}/{entry.folder}"), limit)
                for entry in entries[start : start + RUN]
            ]


def clean_file_name(name: str) -> str:
    """The last part of a path, without control characters, at most 200 characters with its ending kept."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(character for character in last if character.isprintable()).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    return plain if len(plain) <= LONGEST_NAME else f"{stem[: LONGEST_NAME - 1 - len(ending)]}{dot}{ending}"[-255:]


def clean_folder(path: str) -> str:
    """The folders of a path as words: no drive, no way up, no control characters; the nearest ones when it is long."""
    parts = ["".join(character for character in part if character.isprintable()).strip() for part in path.replace("\\", "/").split("/")]
    kept = [part for part in parts if part.strip(".") and not part.endswith(":")]
    while len("/".join(kept)) > LONGEST_FOLDER:
        kept = kept[1:] or [kept[0][:LONGEST_FOLDER]]
    return "/".join(kept)


def _take_entry(blobs: BlobStore, pieces: Iterator[bytes], named: tuple[str, str], limit: int) -> Arrival:
    name, folder = clean_file_name(named[0]), clean_folder(named[1])
    writer = blobs.writer(limit)
    try:
        for piece in pieces:
            writer.write(piece)
    except AppError as problem:
        writer.discard()
        return Arrival(name, folder, problem=problem)
    return take_written(writer, name, folder)


def _file_input(file_name: str, form: Format, blob: StoredBlob) -> FileInput:
    return FileInput(sha256=blob.sha256, size=blob.size, file_name=file_name, format=form.key, media_type=form.media_type)
