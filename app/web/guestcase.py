"""A business case that a champion makes their own under a link: from the room or a private address, kept only when they ask."""

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData

from app.core.errors import NotFound, Refused
from app.library.models import Version
from app.messaging.models.value import ValueModel
from app.messaging.rules.case import Filled
from app.sharing.actions.tailored import keep_private
from app.sharing.models import Handout, Tailored, TailoredInput, TailoredPlace
from app.sharing.queries import NOT_IN_ROOM
from app.web.assetform import text_fields, whole_number
from app.web.guestroom import GuestFrame, frame_of, shown_version
from app.web.guests import AtDoor, wants_privacy
from app.web.linkforms import link_address
from app.web.render import page
from app.web.valuecase import FILES, Case, CaseFile, CasePlaces, build_case, filled_of, kept_of, read_filled, read_model

NOT_UNDERSTOOD = "No file was made, because a figure below is not understood. Your figures are kept here; correct it."
NOT_KEPT = "Nothing was kept yet, because a figure below is not understood. Correct it, then keep them again."


@page("public/case.html")
@dataclass(frozen=True)
class GuestCasePage(GuestFrame):
    """A business case for a champion. `draft` is where it is kept, empty as long as it is not; forms there: POST draft (the fields),
    draft/share (shared), draft/delete. `address` is the draft's whole address, to come back to or to hand on."""

    item_id: int
    case: Case
    draft: str
    address: str
    is_shared: bool
    said: str
    error: str
    watched: bool
    is_preview: bool


@dataclass(frozen=True)
class OpenCase:
    """A value model in the version this link hands out, and what lies at the private address, if it was opened by one."""

    door: AtDoor
    item_id: int
    asset_id: int
    version: Version
    model: ValueModel
    kept: Tailored | None
    draft: str

    @property
    def here(self) -> str:
        """Where the page is, and its form is sent."""
        return f"{self.door.root}{self.path}"

    @property
    def path(self) -> str:
        """The same below the room."""
        return f"/d/{self.draft}" if self.draft else f"/i/{self.item_id}/case"

    def read(self, posted: FormData, logo: str | None = None) -> Filled:
        """What was posted, under the logo kept here or under this one."""
        kept = self.kept.logo if self.kept else ""
        return read_filled(self.model, posted, kept if logo is None else logo)

    @property
    def filled(self) -> Filled:
        """What was kept, else the figures set in advance under the name of the room's company."""
        kept = self.kept
        return filled_of(self.model, kept.figures, kept.company, kept.logo) if kept else Filled(company=self.door.opened.room.company)


def open_case(door: AtDoor, item_id: int, kept: Tailored | None = None, draft: str = "") -> OpenCase:
    """A value model of the room; NotFound for every other kind of item."""
    entry = door.opened.entry(item_id)
    version = shown_version(entry)
    model = read_model(door.work.blobs, version.blob_sha256) if version.format == "value" else None
    if model is None:
        raise NotFound(NOT_IN_ROOM)
    return OpenCase(door, item_id, entry.asset_id, version, model, kept, draft)


def case_page(request: Request, opened: OpenCase, filled: Filled, *, said: str = "", error: str = "") -> GuestCasePage:
    """Fields left, document right, and who sees what."""
    door, kept = opened.door, opened.kept
    return GuestCasePage(
        **frame_of(door.opened, door.root),
        item_id=opened.item_id,
        case=built(opened, filled),
        draft=opened.here if opened.draft else "",
        address=f"{link_address(request, door.secret)}{opened.path}",
        is_shared=kept is not None and kept.is_shared,
        said=said,
        error=error,
        watched=not (door.is_preview or wants_privacy(request)),
        is_preview=door.is_preview,
    )


def built(opened: OpenCase, filled: Filled) -> Case:
    """The case with where its form goes; nowhere in a preview."""
    offered = offered_files(opened.door.opened.link.handout)
    here = "" if opened.door.is_preview else opened.here
    places = CasePlaces(here, here, offered=offered, logo=f"{here}/logo")
    return build_case(opened.model, filled, places, opened.kept.revision if opened.kept else 0)


def offered_files(handout: Handout) -> tuple[CaseFile, ...]:
    """What the terms let a champion take away of what they filled in."""
    if handout is Handout.NOTHING:
        return ()
    return tuple(FILES.values()) if handout is Handout.ORIGINAL else (FILES["pdf"],)


def keep_case(opened: OpenCase, posted: FormData, logo: str | None = None) -> str:
    """Keep what is in the form, perhaps with another logo, at the private address or at a new one; the secret of it."""
    filled = opened.read(posted, logo)
    if built(opened, filled).form.has_errors:
        raise Refused(NOT_KEPT)
    data = TailoredInput(company=filled.company, logo=filled.logo, figures=kept_of(filled))
    place = TailoredPlace(opened.asset_id, opened.version.id or 0, link_id=opened.door.opened.link.id, item_id=opened.item_id)
    revision = whole_number(text_fields(posted).get("revision", ""))
    return keep_private(opened.door.work, opened.kept, place, data, revision) or opened.draft
