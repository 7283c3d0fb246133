"""Writes a reader's name on the pages of a PDF of others, in the capped child. Called by pages that hand one out."""

import base64
import tempfile
from pathlib import Path

from app.core.errors import AppError
from app.core.office._capped import HostLost, run_capped

_STAMPER = "app.core.office._stamping:stamp"
NOT_STAMPED = "This PDF cannot be marked with your address, so it is not handed out. Ask whoever sent you the link for it."


class NotStamped(AppError):
    """The PDF is locked, damaged or too large to be marked."""

    status, code = 409, "not_stamped"


def stamp_pdf(source: Path | bytes, line: str) -> bytes:
    """The PDF with this line on every page; raises NotStamped. Takes up to half a minute, so never call it while a transaction is open."""
    if isinstance(source, bytes):
        with tempfile.NamedTemporaryFile(prefix="quiver-stamp-") as written:
            written.write(source)
            written.flush()
            return stamp_pdf(Path(written.name), line)
    try:
        outcome = run_capped(_STAMPER, source, line)
    except HostLost as error:
        raise NotStamped(NOT_STAMPED) from error
    result = outcome.answer.get("result") if outcome.answer is not None else None
    if not isinstance(result, dict):
        raise NotStamped(NOT_STAMPED)
    return base64.b64decode(result["pdf"])
