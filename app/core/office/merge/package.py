"""An OOXML package whose XML parts are edited in place; every part nobody touched is copied byte by byte. Used in the capped child."""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

CONTENT_TYPES = "[Content_Types].xml"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_RELS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_OFFICE_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
REL_ID = f"{{{_OFFICE_RELS}}}id"
REL_EMBED = f"{{{_OFFICE_RELS}}}embed"
REL_LINK = f"{{{_OFFICE_RELS}}}link"
# A part that shrank less than this is stored as it is: pictures do not pack twice.
_HARDLY_PACKED = 0.95


def parsed(data: bytes) -> Any:
    """The root of an XML part; entities stay unread."""
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))


class Package:
    """Parts by name without the leading slash; `root` parses one, `touch` says that it was changed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._archive = zipfile.ZipFile(stream)
        self._entries = {entry.filename: entry for entry in self._archive.infolist() if not entry.is_dir()}
        self._raw: dict[str, bytes] = {}
        self._roots: dict[str, Any] = {}
        self._touched: set[str] = set()
        types = self.root(CONTENT_TYPES)
        self._by_name: dict[str, str] = {
            one.get("PartName", "").lstrip("/"): one.get("ContentType", "") for one in types.iter(f"{_TYPES}Override")
        }
        self._by_ending: dict[str, str] = {
            one.get("Extension", "").lower(): one.get("ContentType", "") for one in types.iter(f"{_TYPES}Default")
        }

    @property
    def names(self) -> list[str]:
        """Every part, in the order of the file."""
        return [*self._entries, *(name for name in self._raw if name not in self._entries)]

    def type_of(self, name: str) -> str:
        """The content type of a part."""
        return self._by_name.get(name) or self._by_ending.get(name.rpartition(".")[2].lower(), "")

    def of_type(self, *endings: str) -> Iterator[str]:
        """Parts whose content type ends in one of these."""
        return (name for name in self.names if self.type_of(name).endswith(endings))

    def data(self, name: str) -> bytes:
        """The bytes of a part as they are stored now."""
        if name in self._touched and name in self._roots:
            return etree.tostring(self._roots[name].getroottree(), xml_declaration=True, encoding="UTF-8", standalone=True)
        if name not in self._raw:
            return self._archive.read(self._entries[name])
        return self._raw[name]

    def root(self, name: str) -> Any:
        """The root of an XML part, parsed once."""
        if name not in self._roots:
            self._roots[name] = parsed(self.data(name))
        return self._roots[name]

    def touch(self, name: str) -> None:
        """The root of this part was changed."""
        self._touched.add(name)

    def replace(self, name: str, data: bytes) -> None:
        """Give a part new bytes, or add one."""
        self._raw[name] = data
        self._roots.pop(name, None)
        self._touched.add(name)

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name in self._entries or name in self._raw

    def rels(self, name: str) -> dict[str, tuple[str, str, bool]]:
        """Relationships of a part: id -> (type, target part or address, whether it is outside)."""
        path = rels_name(name)
        if not self.has(path):
            return {}
        found = {}
        for one in self.root(path).iter(f"{_RELS}Relationship"):
            outside = one.get("TargetMode") == "External"
            target = one.get("Target", "")
            found[one.get("Id", "")] = (one.get("Type", ""), target if outside else resolved(name, target), outside)
        return found

    def related(self, name: str, kind: str) -> list[str]:
        """Parts that this one refers to by relationships whose type ends in `kind`."""
        rels = self.rels(name).values()
        return [target for type_, target, outside in rels if not outside and type_.endswith(f"/{kind}") and self.has(target)]

    def drop_rel(self, name: str, rel_id: str) -> None:
        """Forget a relationship of a part."""
        path = rels_name(name)
        for one in list(self.root(path).iter(f"{_RELS}Relationship")):
            if one.get("Id") == rel_id:
                one.getparent().remove(one)
                self.touch(path)

    def add_picture(self, owner: str, data: bytes, ending: str) -> str:
        """Store a picture as a new part and relate the owner to it; the relationship's id."""
        folder = posixpath.dirname(owner).partition("/")[0] + "/media"
        number = next(at for at in range(1, 1_000_000) if not self.has(f"{folder}/field{at}.{ending}"))
        name = f"{folder}/field{number}.{ending}"
        self.replace(name, data)
        if ending not in self._by_ending:
            media_type = "image/jpeg" if ending == "jpeg" else f"image/{ending}"
            types = self.root(CONTENT_TYPES)
            types.insert(0, etree.Element(f"{_TYPES}Default", Extension=ending, ContentType=media_type))
            self._by_ending[ending] = media_type
            self.touch(CONTENT_TYPES)
        return self._relate(owner, f"{_OFFICE_RELS}/image", name)

    def add_part(self, owner: str, kind: str, pattern: str, data: bytes, media_type: str) -> tuple[str, str]:
        """Store an XML part of the owner under the first free number; its name and the relationship's id."""
        name = next(made for at in range(1, 1_000_000) if not self.has(made := pattern.format(at)))
        self.replace(name, data)
        self.root(CONTENT_TYPES).append(etree.Element(f"{_TYPES}Override", PartName=f"/{name}", ContentType=media_type))
        self._by_name[name] = media_type
        self.touch(CONTENT_TYPES)
        return name, self._relate(owner, f"{_OFFICE_RELS}/{kind}", name)

    def _relate(self, owner: str, kind: str, target: str) -> str:
        path = rels_name(owner)
        if not self.has(path):
            self.replace(path, f'<Relationships xmlns="{_RELS[1:-1]}"/>'.encode())
        root = self.root(path)
        taken = {one.get("Id") for one in root}
        rel_id = next(f"rIdField{at}" for at in range(1, 1_000_000) if f"rIdField{at}" not in taken)
        root.append(etree.Element(f"{_RELS}Relationship", Id=rel_id, Type=kind, Target=f"/{target}"))
        self.touch(path)
        return rel_id

    def written(self) -> bytes:
        """The whole package; parts nobody touched hold the bytes they held."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for entry in self._archive.infolist():
                if entry.filename in self._touched:
                    target.writestr(_named(entry), self.data(entry.filename), zipfile.ZIP_DEFLATED)
                else:
                    packed = entry.compress_size < _HARDLY_PACKED * entry.file_size
                    target.writestr(_named(entry), self._archive.read(entry), zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
            for name in self._raw:
                if name not in self._entries:
                    target.writestr(name, self.data(name))
        return out.getvalue()


def _named(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The name, day and attributes of an entry, without what its old packing said."""
    fresh = zipfile.ZipInfo(entry.filename, entry.date_time)
    fresh.external_attr = entry.external_attr
    return fresh


def rels_name(name: str) -> str:
    """Where the relationships of a part stand."""
    folder, _, base = name.rpartition("/")
    return f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels"


def resolved(owner: str, target: str) -> str:
    """The part that a relationship's target names."""
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(owner), target))
