"""Takes references to other files and addresses out of an OOXML package; runs in the capped child. Used by convert."""

import base64
from typing import BinaryIO

from app.core.office.merge.package import Package

_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
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
