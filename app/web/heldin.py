"""Where an item is held, in numbers: kits, rooms and the links into these. Said before it is taken away."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.templating import plural
from app.core.work import Work
from app.plays.queries import uses_of
from app.sharing.queries.away import Held, count_holding


@dataclass(frozen=True)
class HeldIn:
    """How many kits in use and open rooms hold an item, and how many links lead into these rooms."""

    kits: int = 0
    rooms: int = 0
    links: int = 0

    @property
    def total(self) -> int:
        """How many kits and rooms together."""
        return self.kits + self.rooms

    @property
    def words(self) -> str:
        """ "2 kits and 1 room with 3 links"."""
        rooms = f"{plural(self.rooms, 'room')} with {plural(self.links, 'working link')}" if self.rooms else ""
        return " and ".join(part for part in (plural(self.kits, "kit") if self.kits else "", rooms) if part)


def held_in(work: Work, asset_ids: Sequence[int]) -> dict[int, HeldIn]:
    """Each of these items with where it is held."""
    kits, rooms, none = uses_of(work, asset_ids), count_holding(work, asset_ids), Held(0, 0)
    found = {key: rooms.get(key, none) for key in asset_ids}
    return {key: HeldIn(kits.get(key, 0), held.rooms, held.links) for key, held in found.items()}
