"""Decides from cheap facts whether an uploaded file is what its name says; runs before any parser. Called by library uploads."""

import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import puremagic
from lxml import etree

from app.core.errors import Refused
from app.core.office._container import check_prologs, open_container, read_start
from app.core.office._ole import OLE_MAGIC, stream_names
from app.core.office.formats import Format, find_format_by_name, why_not_accepted

_HEAD = 64 * 1024
_MAX_TYPES_PART = 1024 * 1024
_MAIN_PARTS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
_ODF_KEYS = frozenset({"odt", "odp", "ods"})
_MACRO_TYPES = ("macroenabled", "vbaproject", "macrosheet")
_ODF_MACROS = re.compile(r"(?:basic/.+/(?!script-l[bc]\.xml$)[^/]+\.xml|scripts/.+[^/])$", re.IGNORECASE)
_WEB_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(rb"<[A-Za-z!/]")
_SVG = re.compile(rb"<svg[\s>]|<svg:svg[\s>]", re.IGNORECASE)
VALUE_MARK, _MAX_VALUE = "value model 1", 512 * 1024
_TEXT_KEYS = frozenset({"md", "html", "txt", "csv"})
_NOT_TEXT = (b"%PDF-", b"{\\rtf", b"PK\x03\x04", OLE_MAGIC)


@dataclass(frozen=True)
class Inspected:
    """What the file is. `encrypted` is a hint: a PDF locked against changes only can still be read, so parse decides."""

    format: Format
    encrypted: bool = False


def inspect_file(path: Path, file_name: str) -> Inspected:
    """The format of the file at `path`, uploaded under `file_name`; raises Refused with a sentence that says what to do."""
    claimed = find_format_by_name(file_name)
    if claimed is None:
        raise Refused(why_not_accepted(file_name))
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        if not head:
            raise Refused("The file is empty. Check the original and upload it again.")
        if claimed.key in _MAIN_PARTS:
            return _inspect_ooxml(stream, head, claimed)
        if claimed.key in _ODF_KEYS:
            return _inspect_odf(stream, head, claimed)
        if claimed.key in _TEXT_KEYS:
            return _inspect_text(head, claimed)
        if claimed.key == "value":
            return _inspect_value(stream, claimed)
        if not _MAGIC[claimed.key](head):
            raise _mismatch(claimed, head)
        return Inspected(claimed, claimed.key == "pdf" and _mentions_encryption(stream, head))


def _mismatch(claimed: Format, head: bytes) -> Refused:
    return Refused(
        f"The file is named .{claimed.extensions[0]} but its content is {_described(head)}. "
        "Check the original, or give it the extension which fits, and upload it again."
    )


def _described(head: bytes) -> str:
    if _WEB_PAGE.match(head[3:] if head.startswith(b"\xef\xbb\xbf") else head):
        return "a web page"
    try:
        guesses = puremagic.magic_string(head[:4096])
    except (puremagic.PureError, ValueError):
        return "not of that kind"
    return f"something else ({guesses[0].name or guesses[0].extension})" if guesses else "not of that kind"


def _inspect_ooxml(stream: BinaryIO, head: bytes, claimed: Format) -> Inspected:
    if head.startswith(OLE_MAGIC):
        names = stream_names(stream)
        if "EncryptedPackage" in names:
            return Inspected(claimed, encrypted=True)
        raise Refused(f"The file is named .{claimed.key} but is in the old binary Office format. {_save_as(claimed)}")
    if not head.startswith(b"PK\x03\x04"):
        raise _mismatch(claimed, head)
    with open_container(stream) as archive:
        names = {name.casefold() for name in archive.namelist()}
        if any(name.endswith("vbaproject.bin") for name in names):
            raise _macros(claimed)
        check_prologs(archive, stream)
        types = _content_types(archive, stream)
    if any(mark in kind.lower() for kind in types for mark in _MACRO_TYPES):
        raise _macros(claimed)
    if _MAIN_PARTS[claimed.key] not in types:
        found = next((key for key, kind in _MAIN_PARTS.items() if kind in types), None)
        actual = f"a {found.upper()} file" if found else "not such a document"
        raise Refused(f"The file is named .{claimed.key} but inside it is {actual}. {_save_as(claimed)}")
    return Inspected(claimed)


def _save_as(claimed: Format) -> str:
    return f"Open it, save it as {claimed.key.upper()} and upload that."


def _macros(claimed: Format) -> Refused:
    return Refused(f"The file contains macros, which are not accepted. Save it as {claimed.key.upper()} without macros and upload that.")


def _content_types(archive: zipfile.ZipFile, stream: BinaryIO) -> set[str]:
    try:
        entry = archive.getinfo("[Content_Types].xml")
    except KeyError as error:
        raise Refused("The file is a ZIP archive, not an office document. Upload the documents in it one by one.") from error
    if entry.file_size > _MAX_TYPES_PART:
        raise Refused("The file was refused because its list of parts is far too long. Save it again in its program and upload that.")
    try:
        root = etree.fromstring(archive.read(entry), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except (etree.XMLSyntaxError, zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
        raise Refused("The file is damaged: its list of parts cannot be read. Save it again in its program and upload that.") from error
    return {kind for node in root.iter("{*}Override", "{*}Default") if (kind := node.get("ContentType"))}


def _inspect_odf(stream: BinaryIO, head: bytes, claimed: Format) -> Inspected:
    if not head.startswith(b"PK\x03\x04"):
        raise _mismatch(claimed, head)
    with open_container(stream) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        kind = entries.get("mimetype")
        stated = read_start(stream, kind, 200).decode("ascii", "ignore").strip() if kind else ""
        if stated != claimed.media_type:
            raise Refused(f"The file is named .{claimed.key} but is no {claimed.label} inside. {_save_as(claimed)}")
        if any(_ODF_MACROS.match(name) for name in entries):
            raise _macros(claimed)
        manifest = entries.get("META-INF/manifest.xml")
        if manifest and b"encryption-data" in read_start(stream, manifest, _MAX_TYPES_PART):
            return Inspected(claimed, encrypted=True)
        check_prologs(archive, stream)
    return Inspected(claimed)


def _inspect_text(head: bytes, claimed: Format) -> Inspected:
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    if head.startswith(_NOT_TEXT) or (b"\0" in head and not wide):
        raise _mismatch(claimed, head)
    text = head.replace(b"\0", b"") if wide else head
    if claimed.key == "html":
        if not _TAG.search(text):
            raise Refused("The file is named .html but holds no HTML. Upload it as .txt instead.")
    elif claimed.key != "md" and _WEB_PAGE.match(text.removeprefix(b"\xef\xbb\xbf")):
        raise _mismatch(claimed, head)
    return Inspected(claimed)


def _inspect_value(stream: BinaryIO, claimed: Format) -> Inspected:
    """A definition as the builder writes it; whether it can be calculated with, messaging says (rules.value.check_model_file)."""
    stream.seek(0)
    text = stream.read(_MAX_VALUE + 1)
    try:
        data = json.loads(text) if len(text) <= _MAX_VALUE else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("quiver") != VALUE_MARK:
        raise Refused("The file is named .qvalue but holds no value model. Download one from its page, or make one in the builder.")
    return Inspected(claimed)


def _mentions_encryption(stream: BinaryIO, head: bytes) -> bool:
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _HEAD))
    return b"/Encrypt" in head or b"/Encrypt" in stream.read(_HEAD)


def _riff(kind: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[:4] == b"RIFF" and head[8:12] == kind


def _iso_media(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] not in (b"qt  ", b"heic", b"heix", b"avif", b"mif1")


def _quicktime(head: bytes) -> bool:
    return head[4:12] == b"ftypqt  " or head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip")


def _mpeg_audio(head: bytes) -> bool:
    return head[:3] == b"ID3" or (head[0] == 0xFF and len(head) > 1 and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6))


_MAGIC: dict[str, Callable[[bytes], bool]] = {
    "pdf": lambda head: b"%PDF-" in head[:1024],
    "rtf": lambda head: head.startswith(b"{\\rtf"),
    "png": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "jpg": lambda head: head.startswith(b"\xff\xd8\xff"),
    "gif": lambda head: head.startswith((b"GIF87a", b"GIF89a")),
    "webp": _riff(b"WEBP"),
    "svg": lambda head: b"\0" not in head and _SVG.search(head) is not None,
    "mp4": _iso_media,
    "m4a": _iso_media,
    "webm": lambda head: head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64],
    "mov": _quicktime,
    "mp3": _mpeg_audio,
    "wav": _riff(b"WAVE"),
    "ogg": lambda head: head.startswith(b"OggS"),
}
