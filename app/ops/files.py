"""Puts a file of this machine into the store, checked like an upload; for the importer, the demo and repairs."""

from pathlib import Path

from app.core.store import BlobStore
from app.library.models import FileInput
from app.web.arriving import check_file

CHUNK = 1024 * 1024


def store_file(blobs: BlobStore, path: Path, file_name: str, limit: int, note: str = "") -> FileInput:
    """Check a file and keep it; raises Refused or TooLarge with a sentence."""
    form = check_file(path, file_name)
    writer = blobs.writer(limit)
    try:
        with path.open("rb") as source:
            while chunk := source.read(CHUNK):
                writer.write(chunk)
        blob = writer.keep()
    finally:
        writer.discard()
    return FileInput(sha256=blob.sha256, size=blob.size, file_name=file_name, format=form.key, media_type=form.media_type, note=note)
