"""`make bench-templates SAMPLES=folder`: office files by others turned into templates, filled, opened again and drawn by LibreOffice."""

import io
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdfium2

from app.core.errors import AppError
from app.core.office.convert import can_convert, convert
from app.core.office.inspect import inspect_file
from app.core.office.merge import fill_template, scan_template
from app.core.office.merge.package import Package
from app.core.office.merge.values import Value
from app.core.office.parse import Unreadable

KEYS = ("docx", "pptx", "xlsx")
MOST_FIELDS = 30
WORDS = ("Norvik & Söhne <GmbH>", "=1+1", "two\nlines", "{{ field_0 }}", "الشركة", "x" * 300)
_TEXTS = {
    "docx": ("wordprocessingml.document.main+xml", "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"),
    "pptx": ("presentationml.slide+xml", "{http://schemas.openxmlformats.org/drawingml/2006/main}t"),
    "xlsx": ("spreadsheetml.sharedStrings+xml", "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}t"),
}


class Failed(Exception):
    """A file did not come through, and where it stopped."""


def main(samples: Path) -> None:
    """Every DOCX, PPTX and XLSX of the folder; what did not work is named, the last line is JSON."""
    started = time.perf_counter()
    outcomes: Counter[str] = Counter()
    fields = 0
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as folder:
        for path in sorted(one for one in samples.rglob("*") if one.suffix[1:].lower() in KEYS and one.is_file()):
            try:
                fields += _through(path, Path(folder))
                outcomes["ok"] += 1
            except (Unreadable, AppError) as refusal:
                outcomes["refused"] += 1
                print(f"refused {path.relative_to(samples)}: {refusal}")
            except Failed as failure:
                outcomes["failed"] += 1
                print(f"failed {path.relative_to(samples)}: {failure}")
    figures = {key: outcomes[key] for key in ("ok", "failed", "refused")}
    print(json.dumps({**figures, "fields": fields, "drawn": can_convert(), "seconds": round(time.perf_counter() - started, 1)}))


def _through(path: Path, folder: Path) -> int:
    """One file all the way; how many fields were added."""
    key = path.suffix[1:].lower()
    inspect_file(path, path.name)
    template = folder / f"template.{key}"
    added = _with_fields(path, key, template)
    scanned = scan_template(template, key)
    missing = set(added) - {one.name for one in scanned.fields}
    if missing:
        raise Failed(f"{len(missing)} of {len(added)} fields were not found")
    if scanned.losses:
        raise Unreadable(" ".join(scanned.losses))
    values = {name: Value(WORDS[at % len(WORDS)]) for at, name in enumerate(added)}
    filled = fill_template(template, key, values)
    _check_reopened(key, filled, values)
    _check_untouched(template, filled)
    if can_convert():
        with pypdfium2.PdfDocument(convert(filled, key, "pdf")) as pages:
            if not len(pages):
                raise Failed("LibreOffice drew no page")
    return len(added)


def _with_fields(path: Path, key: str, target: Path) -> list[str]:
    """The file with fields behind up to 30 of its texts, evenly over it."""
    kind, tag = _TEXTS[key]
    with path.open("rb") as stream:
        package = Package(stream)
        texts = list(_places(package, kind, tag))
        step = max(1, len(texts) // MOST_FIELDS)
        added = []
        for at, (name, node) in enumerate(texts[::step][:MOST_FIELDS]):
            node.text = f"{node.text} {{{{ field_{at} }}}}"
            node.set("{http://www.w3.org/XML/1998/namespace}space", "preserve") if key != "pptx" else None
            package.touch(name)
            added.append(f"field_{at}")
        target.write_bytes(package.written())
    return added if key != "xlsx" else [name for name in added if name in {one.name for one in scan_template(target, key).fields}]


def _places(package: Package, kind: str, tag: str) -> Iterator[tuple[str, Any]]:
    """Texts a field may stand in: no headings of tables in workbooks, nothing that was moved elsewhere."""
    headings = {
        node.get("name") for name in package.of_type("spreadsheetml.table+xml") for node in package.root(name).iter("{*}tableColumn")
    }
    for name in package.of_type(kind):
        for node in package.root(name).iter(tag):
            text = node.text or ""
            is_moved = next(node.iterancestors("{*}moveFrom"), None) is not None
            if len(text.strip()) > 2 and text not in headings and not is_moved:
                yield name, node


def _check_reopened(key: str, data: bytes, values: dict[str, Value]) -> None:
    """Our libraries read every value back, each as often as it was put in."""
    found = "\n".join(_texts(key, data))
    for name, value in values.items():
        if value.words.split("\n")[0] not in found:
            raise Failed(f"{name} did not come back")


def _texts(key: str, data: bytes) -> Iterator[str]:
    stream = io.BytesIO(data)
    if key == "xlsx":
        for sheet in openpyxl.load_workbook(stream).worksheets:
            yield from (str(cell.value) for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str))
        return
    roots: list[Any] = [docx.Document(stream).element] if key == "docx" else [slide.element for slide in pptx.Presentation(stream).slides]
    for root in roots:
        yield from (node.text or "" for node in root.iter(_TEXTS[key][1]))


def _check_untouched(template: Path, data: bytes) -> None:
    """Parts without fields are as they were."""
    with template.open("rb") as stream:
        before, after = Package(stream), Package(io.BytesIO(data))
        if before.names != after.names:
            raise Failed("parts came or went")
        changed = [name for name in before.names if before.data(name) != after.data(name)]
        odd = [name for name in changed if not name.endswith(".xml") or name.startswith(("docProps/", "customXml/"))]
        if odd:
            raise Failed(f"{odd[0]} was changed")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
