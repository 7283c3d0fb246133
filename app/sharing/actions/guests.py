"""What the owner of a room says of the people who came, and has them told."""

from app.core.errors import Conflict, NotFound, Refused
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions import audit
from app.identity.rules import fold_email
from app.sharing import rules
from app.sharing.actions import room_at, touch
from app.sharing.events import NewerVersionTold
from app.sharing.models import Guest
from app.sharing.queries.links import list_links_of
from app.sharing.queries.rooms import get_item, get_room, list_item_rows
from app.sharing.queries.visits import find_guest_of, list_guests_of

LONGEST_CHANGED = 1000


def describe_guest(work: Work, room_id: int, guest_id: int, name: str, stakeholder_id: int | None, revision: int | None) -> Guest:
    """A name for an address, and the stakeholder they are."""
    room = room_at(work, room_id, revision)
    guest = find_guest_of(work, room_id, guest_id)
    if guest is None:
        raise NotFound("There is nobody with this number in the room. Look at the room again.")
    if stakeholder_id is not None and stakeholder_id not in {value.id for value in list_values(work).by_facet(Facet.STAKEHOLDER)}:
        raise Refused("Choose one of the stakeholders. Nothing was changed.")
    guest.name, guest.stakeholder_id = " ".join(name.split())[:120], stakeholder_id
    touch(work, room)
    return guest


def clean_words(text: str) -> str:
    """What changed, as a mail holds it: no more than a few lines, without what no database takes."""
    return text.replace("\0", " ").replace("\r\n", "\n").strip()[:LONGEST_CHANGED]


def tell_newer(work: Work, room_id: int, item_id: int, changed: str) -> int:
    """Mail everybody whose address is known that an item was replaced and what changed, in the sender's words; says to how many.

    The sender decides, nothing goes by itself.
    """
    room = get_room(work, room_id)
    get_item(work, room, item_id)
    row = next(row for row in list_item_rows(work, room) if row.item.id == item_id)
    if row.fault:
        raise Conflict("Guests do not get this item any more, so there is no newer version to tell of. Nothing was sent.")
    told: set[str] = set()
    for link in (one.link for one in list_links_of(work, room) if one.state == "open" and one.link.follows):
        guests = {guest.email: guest.id or 0 for guest in list_guests_of(work, link)}
        if rules.is_email(link.recipient):
            guests.setdefault(fold_email(link.recipient), 0)
        for email, guest_id in guests.items():
            if email not in told:
                told.add(email)
                work.record(NewerVersionTold(item_id, link.id or 0, guest_id, clean_words(changed)))
    if not told:
        raise Refused("Nobody's address is known here, so no mail can go out. Tell them yourself; the room shows the newest version.")
    audit(work, "told_newer_version", "room", room_id, people=len(told))
    return len(told)
