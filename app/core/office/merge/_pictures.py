"""Pictures given for fields: stored in the file, exchanged where a field is the alternative text of one, measured for where it is text."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps

from app.core.office.merge._marks import find_marks
from app.core.office.merge._notes import Notes
from app.core.office.merge._structure import value_of
from app.core.office.merge._text import clean
from app.core.office.merge.package import REL_EMBED, REL_LINK, Package
from app.core.office.merge.values import Values

MOST_PIXELS = 40_000_000
EMU_PER_PIXEL, EMU_PER_CM = 9525, 360_000
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
BLIP, _CROP, _TRANSFORM, _EXTENT = f"{_A}blip", f"{_A}srcRect", f"{_A}xfrm", f"{_A}ext"
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
                blip = None if frame is None else next(frame.iter(BLIP), None)
                yield Held(node, attribute, marks[0].name, blip, frame)


class Pictures:
    """The pictures one part shows: each is stored once, however many fields name it."""

    def __init__(self, package: Package, owner: str) -> None:
        self.package = package
        self.owner = owner
        self._taken: dict[bytes, Taken] = {}

    def take(self, data: bytes) -> "Taken":
        """Store a picture for the part."""
        if data not in self._taken:
            width, height, ending = measured(data)
            self._taken[data] = Taken(self.package.add_picture(self.owner, data, ending), width, height)
        return self._taken[data]


@dataclass(frozen=True)
class Taken:
    """A stored picture: the relationship that leads to it, width and height in pixels."""

    rel_id: str
    width: int
    height: int

    def within(self, most_cx: int, most_cy: int, *, enlarged: bool = False) -> tuple[int, int]:
        """Its width and height in EMU within these; as large as on a screen unless `enlarged` to fill them."""
        scale = min(most_cx / self.width, most_cy / self.height, *(() if enlarged else (EMU_PER_PIXEL,)))
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))


def scan_pictures(root: Any, place: str, notes: Notes) -> None:
    """Note pictures that are fields; a shape's alternative text is filled with words."""
    for held in held_in(root):
        notes.field(held.name, place, "image" if held.blip is not None else "")


def fill_pictures(pictures: Pictures, root: Any, values: Values) -> bool:
    """Exchange the pictures of a part; without one given the old stays. Says whether anything changed."""
    found, done = list(held_in(root)), set()
    for held in found:
        value = value_of(values, held.name)
        held.properties.set(held.attribute, clean(value.words))
        if held.blip is not None and value.picture and id(held.blip) not in done:  # Word names a picture twice
            exchange(pictures, held.blip, held.frame, value.picture)
            done.add(id(held.blip))
    return bool(found)


def exchange(pictures: Pictures, blip: Any, frame: Any, data: bytes) -> None:
    """Show another picture in a frame, which shrinks to its shape."""
    taken = pictures.take(data)
    blip.set(REL_EMBED, taken.rel_id)
    blip.attrib.pop(REL_LINK, None)
    for child in list(blip):
        blip.remove(child)  # recolouring and vector twins belong to the old one
    for crop in blip.getparent().findall(_CROP):
        blip.getparent().remove(crop)
    _fit(frame, taken.width, taken.height)


def measured(data: bytes) -> tuple[int, int, str]:
    """Width, height in pixels and file ending of a picture; raises ValueError for anything but a sound PNG or JPEG."""
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        picture.load()
        return picture.width, picture.height, _ENDINGS[picture.format or ""]


def upright(data: bytes) -> bytes:
    """The picture the way it is looked at, without what cameras write beside it; raises ValueError as `measured` does."""
    _, _, ending = measured(data)
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
        turned = ImageOps.exif_transpose(picture)
        profile = picture.info.get("icc_profile")
    for name in ("exif", "xmp", "comment", "XML:com.adobe.xmp"):
        turned.info.pop(name, None)
    out = io.BytesIO()
    turned.save(out, "PNG" if ending == "png" else "JPEG", quality=92, icc_profile=profile)
    return out.getvalue()


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
