"""What the owner of a room says of the people who came."""

from app.core.errors import NotFound, Refused
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.sharing.models import Guest
from app.sharing.queries.visits import find_guest_of


def describe_guest(work: Work, room_id: int, guest_id: int, name: str, stakeholder_id: int | None) -> Guest:
    """A name for an address, and the stakeholder they are."""
    guest = find_guest_of(work, room_id, guest_id)
    if guest is None:
        raise NotFound("There is nobody with this number in the room. Look at the room again.")
    if stakeholder_id is not None and stakeholder_id not in {value.id for value in list_values(work).by_facet(Facet.STAKEHOLDER)}:
        raise Refused("Choose one of the stakeholders. Nothing was changed.")
    guest.name, guest.stakeholder_id = " ".join(name.split())[:120], stakeholder_id
    return guest
