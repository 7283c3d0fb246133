"""What champions keep at private addresses: theirs to read, take away, show and delete, whatever became of the item they filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from app.core.errors import NotFound
from app.core.work import Work
from app.library.queries import find_version
from app.library.queries.templates import find_scan
from app.sharing.models import Tailored
from app.sharing.queries.tailored import NOT_THERE, find_private
from app.web.guestroom import GuestFrame, frame_of
from app.web.guests import AtDoor
from app.web.linkforms import link_address
from app.web.render import page
from app.web.valuecase import read_model

NOT_WORKED_OUT = "This document is no longer available, so nothing was done with what you sent. What you kept before is below."


@dataclass(frozen=True)
class Place:
    """Where a form of a guest is: an item of the room, or a private address."""

    secret: str
    item_id: int = 0
    draft: str = ""


@page("public/kept.html")
@dataclass(frozen=True)
class KeptPage(GuestFrame):
    """What was typed into something that is no longer available, by label. Forms: POST draft/share (shared), draft/delete; the text itself
    is at draft/words."""

    typed: tuple[tuple[str, str], ...]
    draft: str
    address: str
    is_shared: bool
    said: str
    error: str


def get_private(door: AtDoor, draft: str) -> Tailored:
    """What lies at this private address of this link; NotFound when nothing does. Its item may be away."""
    kept = find_private(door.work, door.opened.link.id or 0, draft)
    if kept is None:
        raise NotFound(NOT_THERE)
    return kept


def kept_page(request: Request, door: AtDoor, kept: Tailored, draft: str, *, said: str = "", error: str = "") -> KeptPage:
    """A champion's own words, and whom to ask for the rest."""
    path = f"/d/{draft}"
    return KeptPage(
        **frame_of(door.opened, door.root),
        typed=typed_of(door.work, kept),
        draft=f"{door.root}{path}",
        address=f"{link_address(request, door.secret)}{path}",
        is_shared=kept.is_shared,
        said=said,
        error=error,
    )


def typed_of(work: Work, kept: Tailored) -> tuple[tuple[str, str], ...]:
    """What was typed, by the labels of the version it was typed into: nothing that was said of it since."""
    labels = _labels(work, kept)
    texts = ((labels.get(key, key), _text(value)) for key, value in kept.figures.items() if key != "scenario")
    return tuple((label, text) for label, text in (("Company", kept.company), *texts) if text)


def words_of(work: Work, kept: Tailored) -> bytes:
    """The same as a text file."""
    return "\n\n".join(f"{label}\n{text}" for label, text in typed_of(work, kept)).encode()


def _labels(work: Work, kept: Tailored) -> Mapping[str, str]:
    version = find_version(work, kept.version_id)
    if version is None:
        return {}
    model = read_model(work.blobs, version.blob_sha256) if version.format == "value" else None
    if model is not None:
        return {one.key: one.label for one in (*model.inputs, *model.words)}
    scan = find_scan(work, kept.version_id)
    return {one["name"]: one.get("label") or one["name"] for one in scan.fields} if scan is not None else {}


def _text(value: Any) -> str:
    """A value as typed, a list as a line for each of its rows; a picture is none."""
    if isinstance(value, list):
        return "\n".join(filter(None, (_text(row) for row in value)))
    if isinstance(value, dict):
        return ", ".join(filter(None, (_text(cell) for cell in value.values())))
    return value if isinstance(value, str) and not value.startswith("data:") else ""
