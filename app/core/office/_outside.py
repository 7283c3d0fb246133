"""Takes references to other files and addresses out of an OOXML package; runs in the capped child. Used by convert and layout."""

import base64
from typing import BinaryIO

from app.core.office.merge.package import Package

_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_CHANGES = tuple(f"{{http://schemas.openxmlformats.org/wordprocessingml/2006/main}}{name}" for name in ("ins", "del", "moveFrom", "moveTo"))
NOWHERE = "about:blank"


def strip(stream: BinaryIO, _argument: str) -> dict[str, str]:
    """The package with every outside target but links to click on leading nowhere."""
    package = Package(stream)
    for name in package.names:
        if name.endswith(".rels") and b"External" in package.data(name):
            for one in package.root(name).iter(_RELATIONSHIP):
                if one.get("TargetMode") == "External" and not one.get("Type", "").endswith("/hyperlink"):
                    one.set("Target", NOWHERE)
                    package.touch(name)
    return {"data": base64.b64encode(package.written()).decode()}


def has_changes(stream: BinaryIO, _argument: str) -> dict[str, bool]:
    """Whether a Word document holds insertions or deletions that nobody has accepted."""
    package = Package(stream)
    parts = package.of_type("document.main+xml", "header+xml", "footer+xml", "footnotes+xml", "endnotes+xml")
    return {"changes": any(next(package.root(name).iter(*_CHANGES), None) is not None for name in parts)}
