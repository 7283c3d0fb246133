"""A template that a champion fills in under a link: the form, what is kept at a private address, and what goes into the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from app.core.errors import NotFound
from app.core.office.convert import can_convert
from app.library.models import FieldView, Version
from app.library.queries.templates import get_language, list_fields
from app.library.rules import FORMATS
from app.sharing.actions.tailored import keep_private
from app.sharing.models import Handout, Tailored, TailoredInput, TailoredPlace
from app.sharing.queries import NOT_IN_ROOM
from app.web.assetform import Choice
from app.web.fillform import FillField, fill_fields
from app.web.guestroom import GuestFrame, frame_of, is_fillable, shown_version
from app.web.guests import AtDoor, wants_privacy
from app.web.linkforms import link_address
from app.web.render import page

FILE, PDF = "file", "pdf"


@page("public/fill.html")
@dataclass(frozen=True)
class GuestFillPage(GuestFrame):
    """A template for a champion. Form: POST here with the fields and do (file, pdf, save, rows.KEY); `draft` is where it is kept, empty as
    long as it is not, with POST draft/share and draft/delete there. `offered` are the files the terms hand out."""

    item_id: int
    item_title: str
    here: str
    asked: tuple[FillField, ...]
    revision: int
    errors: Mapping[str, str]
    offered: tuple[Choice, ...]
    draft: str
    address: str
    is_shared: bool
    said: str
    watched: bool
    is_preview: bool


@dataclass(frozen=True)
class OpenFill:
    """A template in the version this link hands out, and what lies at the private address, if it was opened by one."""

    door: AtDoor
    item_id: int
    asset_id: int
    title: str
    version: Version
    fields: tuple[FieldView, ...]
    language: str
    kept: Tailored | None = None
    draft: str = ""
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where its page is, below the room."""
        return f"/d/{self.draft}" if self.draft else f"/i/{self.item_id}/fill"

    @property
    def figures(self) -> Mapping[str, Any]:
        """What is kept."""
        return self.kept.figures if self.kept is not None else {}


def open_fill(door: AtDoor, item_id: int, kept: Tailored | None = None, draft: str = "") -> OpenFill:
    """A template of the room; NotFound for every other kind of item."""
    entry = door.opened.entry(item_id)
    version = shown_version(entry)
    if not is_fillable(door.work, version):
        raise NotFound(NOT_IN_ROOM)
    company = door.opened.room.company
    known = {"company": company, "account": company, "date": door.work.today.isoformat()}
    fields = list_fields(door.work, entry.asset_id, version.id or 0)
    language = get_language(door.work, entry.asset_id)
    return OpenFill(door, item_id, entry.asset_id, entry.title, version, fields, language, kept, draft, known)


def fill_page(
    request: Request,
    opened: OpenFill,
    figures: Mapping[str, Any],
    *,
    errors: Mapping[str, str] | None = None,
    added: str = "",
    said: str = "",
) -> GuestFillPage:
    """The form with who sees what."""
    door, kept = opened.door, opened.kept
    here = f"{door.root}{opened.path}"
    return GuestFillPage(
        **frame_of(door.opened, door.root),
        item_id=opened.item_id,
        item_title=opened.title,
        here=here,
        asked=fill_fields(opened.fields, figures, opened.known, added),
        revision=kept.revision if kept is not None else 0,
        errors=errors or {},
        offered=offered_kinds(door.opened.link.handout, opened.version),
        draft=here if opened.draft else "",
        address=f"{link_address(request, door.secret)}{opened.path}",
        is_shared=kept is not None and kept.is_shared,
        said=said,
        watched=not (door.is_preview or wants_privacy(request)),
        is_preview=door.is_preview,
    )


def offered_kinds(handout: Handout, version: Version) -> tuple[Choice, ...]:
    """The files of a filled template that the terms hand out: the editable one, and a PDF where one can be made."""
    original = (Choice(FILE, version.format.upper()),) if handout is Handout.ORIGINAL else ()
    as_pdf = (Choice(PDF, FORMATS["pdf"].key.upper()),) if handout is not Handout.NOTHING and can_convert() else ()
    return (*original, *as_pdf)


def keep_filled(opened: OpenFill, figures: Mapping[str, Any], revision: int | None) -> str:
    """Keep what was typed, at the private address or at a new one; the secret of it."""
    data = TailoredInput(company=opened.door.opened.room.company, figures=dict(figures))
    place = TailoredPlace(opened.asset_id, opened.version.id or 0, link_id=opened.door.opened.link.id, item_id=opened.item_id)
    return keep_private(opened.door.work, opened.kept, place, data, revision) or opened.draft
