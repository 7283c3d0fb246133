"""Rewrites an office file so that the same source always gives the same bytes: imports recognise content by its hash."""

import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

MADE_AT = datetime(2025, 9, 1, 8, 0, 0, tzinfo=UTC)
_ZIP_DATE = (2025, 9, 1, 8, 0, 0)
_CORE_DATE = re.compile(rb'(<dcterms:(?:created|modified) [^>]*xsi:type="dcterms:W3CDTF">)[^<]*(<)')

Rewrite = Callable[[str, bytes], bytes]


def keep(name: str, content: bytes) -> bytes:
    """The rewrite that changes nothing."""
    return content


def stable_package(package: bytes, rewrite: Rewrite = keep) -> bytes:
    """The same package with fixed dates, also in workbooks embedded for charts; `rewrite` may change a part by name."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(package)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
        for name in source.namelist():
            content = rewrite(name, source.read(name))
            if name.endswith(".xlsx"):
                content = stable_package(content)
            if name == "docProps/core.xml":
                content = _CORE_DATE.sub(rb"\g<1>" + MADE_AT.strftime("%Y-%m-%dT%H:%M:%SZ").encode() + rb"\2", content)
            entry = zipfile.ZipInfo(name, date_time=_ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            target.writestr(entry, content)
    return out.getvalue()
