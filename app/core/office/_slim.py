"""Copies an OOXML package without its pictures and recordings, which readers would otherwise load. Used by _docx and _pptx."""

import io
import zipfile
from typing import BinaryIO

from lxml import etree

_KEPT = (".xml", ".rels")
_CHARTS = "/charts/"


def slim_package(stream: BinaryIO) -> io.BytesIO:
    """The same package with every part that is not XML emptied, so that a deck with an hour of video fits the child's memory."""
    slim = io.BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(slim, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for entry in source.infolist():
            if not entry.is_dir():
                target.writestr(entry.filename, _kept(source, entry) if entry.filename.lower().endswith(_KEPT) else b"")
    slim.seek(0)
    return slim


def _kept(source: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The part; a chart that is no XML is emptied, as the package's reader would give up the whole deck over it."""
    data = source.read(entry)
    if _CHARTS not in entry.filename:
        return data
    try:
        etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError:
        return b"<unreadable/>"
    return data
