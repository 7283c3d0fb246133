"""Builds small true and hostile files for the office tests."""

import io
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

MAIN_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}
ODF_TYPES = {
    "odt": "application/vnd.oasis.opendocument.text",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ODF_NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "style": "style",
        "fo": "xsl-fo-compatible",
        "presentation": "presentation",
    }.items()
)


def content_types(main_type: str) -> str:
    """A list of parts with one main part."""
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/main.xml" ContentType="{main_type}"/></Types>'
    )


def write_zip(path: Path, parts: Iterable[tuple[str | zipfile.ZipInfo, str | bytes]]) -> Path:
    """A deflated ZIP of these parts in this order."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return path


def package(path: Path, key: str = "docx", extra: Iterable[tuple[str | zipfile.ZipInfo, str | bytes]] = ()) -> Path:
    """The least which passes as an OOXML package, and more parts."""
    return write_zip(path, [("[Content_Types].xml", content_types(MAIN_TYPES[key])), *extra])


def odf(path: Path, key: str, content: str, extra: Iterable[tuple[str, str]] = ()) -> Path:
    """An OpenDocument file around the inside of its body element; `content` may start with automatic styles."""
    styles, _, body = content.rpartition("<!--body-->")
    kind = {"odt": "text", "odp": "presentation", "ods": "spreadsheet"}[key]
    xml = (
        f'<?xml version="1.0"?><office:document-content {ODF_NAMES} xmlns:xlink="http://www.w3.org/1999/xlink">{styles}'
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    return write_zip(path, [("mimetype", ODF_TYPES[key]), ("content.xml", xml), *extra])


def compound_file(path: Path, names: Iterable[str]) -> Path:
    """An OLE compound file whose directory holds these names, as encrypted and old Office files are."""
    entries = b"".join(_directory_entry(name) for name in names)
    entries += bytes(-len(entries) % 512)
    directory_sectors = len(entries) // 512
    table = [0xFFFFFFFD, *range(2, directory_sectors + 1), 0xFFFFFFFE]
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HH", header, 30, 9, 6)
    struct.pack_into("<I", header, 48, 1)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    path.write_bytes(bytes(header) + struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff") + entries)
    return path


def _directory_entry(name: str) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    return raw.ljust(64, b"\0") + struct.pack("<H", len(raw)) + b"\0" * 62


def pdf(path: Path, pages: Iterable[Iterable[str]], trailer: str = "", title: str = "") -> Path:
    """A PDF with these lines of text on its pages."""
    objects: list[bytes] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<</Title({title})>>".encode(),
    ]
    kids = []
    for lines in pages:
        shown = " T* ".join(f"({line}) Tj" for line in lines)
        stream = f"BT /F1 11 Tf 14 TL 50 780 Td {shown} ET".encode("cp1252")
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>" % len(objects))
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(f"trailer<</Size {len(objects) + 1}/Root 1 0 R/Info 4 0 R{trailer}>>\nstartxref\n{start}\n%%EOF".encode())
    path.write_bytes(out.getvalue())
    return path


LOCKED = f"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{'ab' * 32}>/U<{'cd' * 32}>>>"
