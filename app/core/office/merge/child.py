"""Finds and fills the named fields of a DOCX, PPTX or XLSX; runs in the capped child. Started by app.core.office.merge."""

import base64
import io
import json
from dataclasses import asdict, replace
from typing import Any, BinaryIO

from app.core.office.merge import _parts
from app.core.office.merge._book import Book
from app.core.office.merge._cells import Unfillable, forget_results, take_results
from app.core.office.merge._notes import Notes
from app.core.office.merge._pictures import upright
from app.core.office.merge.package import Package
from app.core.office.merge.values import Value, unpacked

MOST_BYTES = 100 * 1024 * 1024
MAIN = ""  # how the workbook that is the file itself is named among those to compute


def scan(stream: BinaryIO, argument: str) -> dict[str, Any]:
    """The fields of a file of the format `argument`, faults to correct, and what filling could not keep."""
    package, notes = Package(stream), Notes()
    _parts.scan(package, argument, notes)
    if stream.seek(0, io.SEEK_END) > MOST_BYTES:
        notes.loss("The file is larger than 100 MB, which is too much to fill. Take recordings or large pictures out.")
    if any(name.startswith("_xmlsignatures/") for name in package.names):
        notes.loss("A digital signature, which filling would break. Save the file without its signature.")
    return {"fields": [asdict(one) for one in notes.fields.values()], "faults": notes.faults, "losses": notes.losses}


def fill(stream: BinaryIO, argument: str) -> dict[str, Any]:
    """The filled file, and workbooks (the file itself or data of its charts) whose formulas wait to be computed."""
    job = json.loads(argument)
    values = _with_sound_pictures(unpacked(job["values"]))
    package = Package(stream)
    books = _parts.fill(package, job["format"], values)
    waiting = [name for name, book in books.items() if forget_results(book)]
    _settle(package, books)
    return {"data": _encoded(package.written()), "books": {name: _encoded(books[name].package.written()) for name in waiting}}


def settle(stream: BinaryIO, argument: str) -> dict[str, Any]:
    """A filled file with the results of its formulas, as another program computed them, in cells and charts."""
    job = json.loads(argument)
    package = Package(stream)
    books = {name: book for name, book in _parts.books(package, job["format"]).items() if name in job["books"]}
    for name, book in books.items():
        take_results(book, Book(Package(io.BytesIO(base64.b64decode(job["books"][name])))))
    _settle(package, books)
    return {"data": _encoded(package.written())}


def _settle(package: Package, books: dict[str, Book]) -> None:
    """Let charts follow their workbooks, and put changed workbooks back into the file."""
    _parts.follow_charts(package, books)
    for name, book in books.items():
        if name != MAIN:
            package.replace(name, book.package.written())


def _with_sound_pictures(values: dict[str, Value]) -> dict[str, Value]:
    sound = {}
    for name, value in values.items():
        try:
            sound[name] = replace(value, picture=upright(value.picture)) if value.picture else value
        except Exception as error:
            raise Unfillable(f"The picture for “{name}” is no PNG or JPEG that can be read. Choose another one.") from error
    return sound


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
