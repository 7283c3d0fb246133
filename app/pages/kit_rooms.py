"""A room made of a kit: it is said per item what of it goes in, the rep takes out what should not; what may not go out stays inside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.core.db import savepoint
from app.core.errors import Refused
from app.core.templating import plural
from app.core.work import Work
from app.identity.rules import Permission
from app.plays.models import ItemKind, KitEntry, KitView
from app.plays.queries import get_kit
from app.sharing import actions
from app.sharing.actions import RoomInput
from app.sharing.queries.rooms import list_allowed
from app.sharing.rules import entry_fault
from app.web.assetform import whole_number
from app.web.deps import ReadDep, WorkDep, require
from app.web.render import page, redirect, render

router = APIRouter()
NOTHING = "Nothing in this kit may go to a customer. Only released, unexpired items for customers may."
NONE: list[str] = []
CHOOSE = "Nothing is ticked, so no room was made. Tick at least one item."


@dataclass(frozen=True)
class RoomChoice:
    """An item of the kit that may be in the room. `parts` are the places the kit has of it, where that is not the whole file; `kept` is
    the version the kit keeps when readers get another (`number`), 0 otherwise; `fault` says why it cannot go in."""

    asset_id: int
    title: str
    parts: tuple[str, ...]
    number: int
    kept: int
    kept_id: int
    fault: str
    is_chosen: bool


@page("plays/room.html")
@dataclass(frozen=True)
class RoomOfKitPage:
    """What would go in. Form: POST /kits/{id}/room (asset, once for each item chosen)."""

    kit: KitView
    choices: tuple[RoomChoice, ...]
    notes: int
    error: str


@router.get("/kits/{kit_id}/room", dependencies=[require(Permission.SHARE)])
def show_room_of(request: Request, work: ReadDep, kit_id: int) -> Response:
    """Everything that may go in is chosen."""
    return render(request, _page(work, get_kit(work, kit_id), None))


@router.post("/kits/{kit_id}/room", dependencies=[require(Permission.SHARE)])
def make_room_of(request: Request, work: WorkDep, kit_id: int, asset: Annotated[list[str], Form()] = NONE) -> Response:
    """The kit's notes and its title are for colleagues and stay with it; the room is named after the account."""
    chosen = frozenset(number for text in asset if (number := whole_number(text)) is not None)
    try:
        with savepoint(work.session):
            room_id, made = _make(work, kit_id, chosen)
    except Refused as problem:
        return render(request, _page(work, get_kit(work, kit_id), chosen, problem.message), problem.status)
    return redirect(request, f"/rooms/{room_id}", f"A room with {plural(made, 'item')} is made.")


def _make(work: Work, kit_id: int, chosen: frozenset[int]) -> tuple[int, int]:
    kit = get_kit(work, kit_id)
    going = [one for one in _choices(work, kit, chosen) if one.is_chosen]
    if not going:
        raise Refused(CHOOSE)
    data = RoomInput(
        title=f"For {kit.account}" if kit.account else "Documents for you", company=kit.account, opportunity_id=kit.opportunity_id
    )
    kept = {one.asset_id: one.kept_id for one in going if one.kept}
    room = actions.make_room(work, data, [one.asset_id for one in going], kept)
    return room.id or 0, len(going)


def _page(work: Work, kit: KitView, chosen: frozenset[int] | None, error: str = "") -> RoomOfKitPage:
    choices = _choices(work, kit, chosen)
    notes = sum(entry.kind == ItemKind.NOTE for entry in kit.entries)
    return RoomOfKitPage(kit, choices, notes, error or ("" if any(not one.fault for one in choices) else NOTHING))


def _choices(work: Work, kit: KitView, chosen: frozenset[int] | None) -> tuple[RoomChoice, ...]:
    """Each item of the kit once, in order; without a choice all that may go in are chosen."""
    entries: dict[int, list[KitEntry]] = {}
    for entry in kit.entries:
        if entry.card is not None:
            entries.setdefault(entry.card.id, []).append(entry)
    faults = {asset.id or 0: entry_fault(asset, work.today) for asset in list_allowed(work, list(entries))}
    return tuple(_choice(asset_id, found, faults, chosen) for asset_id, found in entries.items())


def _choice(asset_id: int, entries: Sequence[KitEntry], faults: Mapping[int, str], chosen: frozenset[int] | None) -> RoomChoice:
    card = next(entry.card for entry in entries if entry.card is not None)
    pinned = next((entry for entry in entries if entry.is_pinned and entry.number != entry.latest), None)
    is_whole = any(entry.kind == ItemKind.ASSET for entry in entries)
    fault = faults.get(asset_id, "It is not for you any more, so it cannot go into a room.")
    return RoomChoice(
        asset_id=asset_id,
        title=card.title,
        parts=() if is_whole else tuple(dict.fromkeys(entry.locator or "an answer" for entry in entries)),
        number=entries[0].latest,
        kept=pinned.number if pinned is not None else 0,
        kept_id=pinned.card.version.id if pinned is not None and pinned.card is not None else 0,
        fault=fault,
        is_chosen=not fault and (chosen is None or asset_id in chosen),
    )
