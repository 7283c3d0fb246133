"""Builds documents the way people type them in Word, and fills them; for the tests of merging."""

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from app.core.office.merge import Scanned, fill_template, scan_template
from app.core.office.merge.values import FoundField, Value

MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
WPS = 'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
VML = 'xmlns:v="urn:schemas-microsoft-com:vml"'


def words(**given: str | bool) -> dict[str, Value]:
    """Values for text fields, and answers for sections."""
    return {name: Value(kind="section", yes=one) if isinstance(one, bool) else Value(one) for name, one in given.items()}


def rows(*entries: dict[str, str]) -> Value:
    """A list of entries."""
    return Value(kind="list", rows=tuple({name: Value(one) for name, one in entry.items()} for entry in entries))


def xml(inner: str) -> Any:
    """An element of Word from its markup without namespaces declared."""
    head, space, rest = inner.partition(" ") if " " in inner.partition(">")[0] else (*inner.partition(">")[:2], inner.partition(">")[2])
    return parse_xml(f"{head} {nsdecls('w', 'wp', 'a', 'r')} {MC} {WPS} {VML}{space}{rest}")


def document(*body: str) -> Any:
    """A document of these paragraphs and tables in markup."""
    made = docx.Document()
    for element in body:
        made.element.body.insert(len(made.element.body) - 1, xml(element))
    return made


def run(text: str, look: str = "") -> str:
    """A run of Word, its spaces kept."""
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f'<w:r>{properties}<w:t xml:space="preserve">{escaped}</w:t></w:r>'


def saved(made: Any, path: Path) -> Path:
    """The document as a file."""
    made.save(str(path))
    return path


def scanned(path: Path) -> Scanned:
    """What is found in the file."""
    return scan_template(path, path.suffix[1:])


def kinds(found: Scanned) -> dict[str, str]:
    """Kinds by name, in the order of the file."""
    return {one.name: one.kind for one in found.fields}


def field(found: Scanned, name: str) -> FoundField:
    """The field of this name."""
    return next(one for one in found.fields if one.name == name)


def filled(path: Path, values: dict[str, Value]) -> bytes:
    """The filled file."""
    return fill_template(path, path.suffix[1:], values)


def reopened(path: Path, values: dict[str, Value]) -> Any:
    """The filled document as python-docx reads it."""
    return docx.Document(io.BytesIO(filled(path, values)))


def parts_of(data: bytes) -> dict[str, bytes]:
    """Every part of a package by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def text_of(made: Any) -> str:
    """All text of a document's body, insertions and boxes too, a line for each paragraph."""
    lines = []
    for paragraph in made.element.body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p"):
        lines.append("".join(node.text or "" for node in paragraph.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t")))
    return "\n".join(lines)
