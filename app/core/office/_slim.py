"""Copies an OOXML package without its pictures and recordings, which readers would otherwise load. Used by _docx and _pptx."""

import io
import zipfile
from typing import BinaryIO

_KEPT = (".xml", ".rels")


def slim_package(stream: BinaryIO) -> io.BytesIO:
    """The same package with every part that is not XML emptied, so that a deck with an hour of video fits the child's memory."""
    slim = io.BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(slim, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for entry in source.infolist():
            if not entry.is_dir():
                target.writestr(entry.filename, source.read(entry) if entry.filename.lower().endswith(_KEPT) else b"")
    slim.seek(0)
    return slim
