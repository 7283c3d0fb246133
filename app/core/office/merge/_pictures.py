"""Pictures whose alternative text is a field are exchanged for a PNG or JPEG; they keep their place and fit into their frame."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

from app.core.office.merge._marks import find_marks
from app.core.office.merge._notes import Notes
from app.core.office.merge._structure import value_of
from app.core.office.merge._text import clean
from app.core.office.merge.package import REL_EMBED, REL_LINK, Package
from app.core.office.merge.values import Values

MOST_PIXELS = 40_000_000
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BLIP, _CROP, _TRANSFORM, _EXTENT = f"{_A}blip", f"{_A}srcRect", f"{_A}xfrm", f"{_A}ext"
_WORD_EXTENT = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}extent"
_FRAMES = ("}drawing", "}pic")
_ENDINGS = {"PNG": "png", "JPEG": "jpeg"}


@dataclass(frozen=True)
class Held:
    """A drawn thing with a field as its alternative text, and the picture in it, if it is one."""

    properties: Any
    attribute: str
    name: str
    blip: Any
    frame: Any


def held_in(root: Any) -> Iterator[Held]:
    """Every drawn thing of a part whose alternative text or title is one field."""
    for node in root.iter():
        if not isinstance(node.tag, str) or not node.tag.endswith(("}cNvPr", "}docPr")):
            continue
        for attribute in ("descr", "title"):
            text = node.get(attribute, "")
            marks = find_marks(text).marks
            if len(marks) == 1 and not marks[0].sign and not (text[: marks[0].start] + text[marks[0].end :]).strip():
                frame = next((one for one in node.iterancestors() if one.tag.endswith(_FRAMES)), None)
                blip = None if frame is None else next(frame.iter(_BLIP), None)
                yield Held(node, attribute, marks[0].name, blip, frame)


def scan_pictures(root: Any, place: str, notes: Notes) -> None:
    """Note pictures that are fields; a shape's alternative text is filled with words."""
    for held in held_in(root):
        notes.field(held.name, place, "image" if held.blip is not None else "")


def fill_pictures(package: Package, name: str, root: Any, values: Values) -> bool:
    """Exchange the pictures of a part; without one given the old stays. Says whether anything changed."""
    found, done = list(held_in(root)), set()
    for held in found:
        value = value_of(values, held.name)
        held.properties.set(held.attribute, clean(value.words))
        if held.blip is not None and value.picture and id(held.blip) not in done:  # Word names a picture twice
            _exchange(package, name, held, value.picture)
            done.add(id(held.blip))
    return bool(found)


def _exchange(package: Package, owner: str, held: Held, data: bytes) -> None:
    width, height, ending = measured(data)
    held.blip.set(REL_EMBED, package.add_picture(owner, data, ending))
    held.blip.attrib.pop(REL_LINK, None)
    for child in list(held.blip):
        held.blip.remove(child)  # recolouring and vector twins belong to the old one
    for crop in held.blip.getparent().findall(_CROP):
        held.blip.getparent().remove(crop)
    _fit(held.frame, width, height)


def measured(data: bytes) -> tuple[int, int, str]:
    """Width, height in pixels and file ending of a picture; raises ValueError for anything but a sound PNG or JPEG."""
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        picture.load()
        return picture.width, picture.height, _ENDINGS[picture.format or ""]


def _fit(frame: Any, width: int, height: int) -> None:
    """Shrink the frame to the picture's shape, its middle where it was."""
    extents = [*frame.iter(_WORD_EXTENT), *(one for transform in frame.iter(_TRANSFORM) for one in transform.findall(_EXTENT))]
    for extent in extents:
        cx, cy = int(extent.get("cx", "0")), int(extent.get("cy", "0"))
        if not cx or not cy:
            continue
        scale = min(cx / width, cy / height)
        fitted = round(width * scale), round(height * scale)
        extent.set("cx", str(fitted[0]))
        extent.set("cy", str(fitted[1]))
        offset = extent.getprevious()
        if offset is not None and offset.tag == f"{_A}off" and not frame.tag.startswith(_W):
            offset.set("x", str(int(offset.get("x", "0")) + (cx - fitted[0]) // 2))
            offset.set("y", str(int(offset.get("y", "0")) + (cy - fitted[1]) // 2))
