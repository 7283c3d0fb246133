"""A room made of a kit: what may go to a customer is copied, in order; what may not is named and stays inside."""

from fastapi import APIRouter, Request, Response

from app.core.errors import Refused
from app.core.templating import plural
from app.identity.rules import Permission
from app.library.models import Asset
from app.plays.queries import get_kit
from app.sharing import actions
from app.sharing.actions import RoomInput
from app.sharing.queries.rooms import list_allowed
from app.sharing.rules import entry_fault
from app.web.deps import WorkDep, require
from app.web.render import redirect

router = APIRouter()
MOST_NAMED = 3
NOTHING = "Nothing in this kit may go to a customer, so no room was made. Only released, unexpired items for customers may."


@router.post("/kits/{kit_id}/room", dependencies=[require(Permission.SHARE)])
def make_room_of(request: Request, work: WorkDep, kit_id: int) -> Response:
    """The kit's notes and its title are for colleagues and stay with it; the room is named after the account."""
    kit = get_kit(work, kit_id)
    assets = list_allowed(work, [entry.card.id for entry in kit.entries if entry.card is not None])
    out = [asset.id or 0 for asset in assets if not entry_fault(asset, work.today)]
    if not out:
        raise Refused(NOTHING)
    title = f"For {kit.account}" if kit.account else "Documents for you"
    room = actions.make_room(work, RoomInput(title=title, company=kit.account), out)
    return redirect(request, f"/rooms/{room.id}", f"A room with {plural(len(out), 'item')} is made. {_left_out(assets, out)}".strip())


def _left_out(assets: list[Asset], out: list[int]) -> str:
    kept = [f"“{asset.title}”" for asset in assets if asset.id not in out]
    if not kept:
        return ""
    more = f" and {len(kept) - MOST_NAMED} more" if len(kept) > MOST_NAMED else ""
    return f"Not for customers, so not in it: {', '.join(kept[:MOST_NAMED])}{more}."
