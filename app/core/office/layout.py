"""Office files as PDF the way they look, made once for each file by LibreOffice and kept beside it. Used where guests take a PDF away."""

import threading
from pathlib import Path

import structlog

from app.core.office._capped import HostLost, run_capped
from app.core.office.convert import NotConverted, can_convert, convert
from app.core.office.parse import Unreadable, result_of
from app.core.store import BlobStore

# Others may refer to files by paths of their own, which nothing takes out before LibreOffice reads them.
LAID_OUT = frozenset({"docx", "pptx", "xlsx"})
_LOOKER = "app.core.office._outside:has_changes"
_making = threading.Lock()
log = structlog.get_logger(__name__)


def has_layout(blobs: BlobStore, sha256: str, format_key: str) -> bool:
    """Whether a PDF of this file will look like it, as far as that is known before it is made."""
    if format_key not in LAID_OUT:
        return False
    return blobs.derived.find(sha256) is not None or (can_convert() and not blobs.derived.has_failed(sha256))


def layout_pdf(blobs: BlobStore, sha256: str, format_key: str) -> Path | None:
    """The PDF that looks like the file; None where there is no LibreOffice, it fails, or the file shows changes not accepted yet.

    Takes seconds for the first who asks, so never call it while a transaction is open.
    """
    if not has_layout(blobs, sha256, format_key):
        return None
    with _making:
        found = blobs.derived.find(sha256)
        if found is None and not blobs.derived.has_failed(sha256):
            blobs.derived.keep(sha256, _made(blobs.checked_path(sha256), format_key))
            found = blobs.derived.find(sha256)
    return found


def _made(path: Path, format_key: str) -> bytes:
    """The PDF, or nothing."""
    try:
        if result_of(run_capped(_LOOKER, path, ""))["changes"]:
            return b""  # what was struck out would stand in the PDF
        return convert(path, format_key, "pdf")
    except (NotConverted, Unreadable, HostLost) as problem:
        log.warning("no_layout", file=path.name, why=str(problem))
        return b""
