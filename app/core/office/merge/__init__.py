"""Named fields of DOCX, PPTX and XLSX: found and filled in a capped child, the file's own parts edited in place.

With LibreOffice here, formulas are computed and shown at once; without it they are left empty until the file is opened."""

import base64
import contextlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import Refused
from app.core.office._capped import HostLost, Limits, run_capped
from app.core.office.convert import NotConverted, can_convert, convert
from app.core.office.merge.values import FoundField, Values, packed
from app.core.office.parse import STOPPED, Unreadable, result_of

FILLABLE = ("docx", "pptx", "xlsx")
_CHILD = "app.core.office.merge.child"
_LIMITS = Limits(answer_bytes=320 * 1024 * 1024)


@dataclass(frozen=True)
class Scanned:
    """What was found in a file: its fields in reading order, faults to correct, and what filling could not keep, in sentences."""

    fields: tuple[FoundField, ...]
    faults: tuple[str, ...]
    losses: tuple[str, ...]


def scan_template(path: Path, format_key: str) -> Scanned:
    """The named fields of a file; raises Unreadable. Takes up to the wall limit, so never call it while a transaction is open."""
    found = _run("scan", path, format_key)
    return Scanned(tuple(FoundField(**one) for one in found["fields"]), tuple(found["faults"]), tuple(found["losses"]))


def fill_template(path: Path, format_key: str, values: Values) -> bytes:
    """The file with every field filled; a field without a value becomes empty, a section without an answer stays.

    Every part without a field is as it was, byte by byte. Results of formulas are computed by LibreOffice; where there is none, or it
    fails, the program that opens the file computes them. Raises Refused when the values do not fit, Unreadable when the file does not work.
    Takes seconds, so never call it while a transaction is open.
    """
    filled = _run("fill", path, json.dumps({"format": format_key, "values": packed(values)}))
    data = base64.b64decode(filled["data"])
    computed = _computed(filled["books"]) if filled["books"] and can_convert() else {}
    if not computed:
        return data
    with tempfile.NamedTemporaryFile(suffix=f".{format_key}") as scratch:
        scratch.write(data)
        scratch.flush()
        settled = _run("settle", Path(scratch.name), json.dumps({"format": format_key, "books": computed}))
    return base64.b64decode(settled["data"])


def _computed(waiting: dict[str, str]) -> dict[str, str]:
    """The workbooks with the results of their formulas; without those that LibreOffice could not do."""
    found = {}
    for name, encoded in waiting.items():
        with contextlib.suppress(NotConverted):
            found[name] = base64.b64encode(convert(base64.b64decode(encoded), "xlsx", "xlsx")).decode()
    return found


def _run(verb: str, path: Path, argument: str) -> dict[str, Any]:
    try:
        outcome = run_capped(f"{_CHILD}:{verb}", path, argument, _LIMITS)
    except HostLost as error:
        raise Unreadable(STOPPED) from error
    if outcome.answer is not None and outcome.answer.get("error") == "Unfillable":
        raise Refused(str(outcome.answer["told"]))
    return result_of(outcome)
