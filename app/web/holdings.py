"""What somebody owns in every feature, and handing it over to somebody else in one transaction. Used where administrators manage people."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.work import Work
from app.deals.actions import hand_over_opportunities
from app.deals.queries.holdings import list_owned as list_deals
from app.framework.queries import list_values
from app.identity.actions.people import note_hand_over
from app.library.actions.ownership import hand_over_assets
from app.library.queries.ownership import list_owned as list_items
from app.messaging.actions import hand_over_questions
from app.messaging.queries import list_recorded
from app.plays.actions import hand_over_kits
from app.plays.queries import list_owned as list_kits
from app.review.actions import hand_over_policies
from app.review.queries.policies import list_policies_of
from app.sharing.actions import hand_over_rooms
from app.sharing.queries.rooms import list_owned_rooms


@dataclass(frozen=True)
class Holding:
    """One thing somebody owns and where it is; a kit can be opened by its owner only."""

    text: str
    href: str


@dataclass(frozen=True)
class Holdings:
    """How much of each kind somebody owns, and the first few by name; `policies` are the kinds whose fallback owner they are."""

    items: int
    questions: int
    deals: int
    kits: int
    policies: tuple[str, ...]
    rooms: int
    first_items: tuple[Holding, ...]
    first_questions: tuple[Holding, ...]
    first_deals: tuple[Holding, ...]
    first_kits: tuple[Holding, ...]
    first_rooms: tuple[Holding, ...]

    @property
    def total(self) -> int:
        """Everything together."""
        return self.items + self.questions + self.deals + self.kits + self.rooms + len(self.policies)


def holdings_of(work: Work, user_id: int, titles: int) -> Holdings:
    """What this person owns, with so many titles of each kind."""
    items, first_items = list_items(work, user_id, titles)
    rooms, first_rooms = list_owned_rooms(work, user_id, titles)
    questions, first_questions = list_recorded(work, user_id, titles)
    deals, first_deals = list_deals(work, user_id, titles)
    kits, first_kits = list_kits(work, user_id, titles)
    return Holdings(
        items=items,
        questions=questions,
        deals=deals,
        kits=kits,
        policies=tuple(value.name for value in list_values(work).pick(policy.kind_id for policy in list_policies_of(work, user_id))),
        first_items=_named("/assets/{}", first_items),
        first_questions=_named("/questions/{}/edit", first_questions),
        first_deals=_named("/opportunities/{}", first_deals),
        first_kits=tuple(Holding(title, "") for title in first_kits),
        rooms=rooms,
        first_rooms=_named("/rooms/{}", first_rooms),
    )


def hand_over(work: Work, user_id: int, new_owner_id: int) -> Holdings:
    """Everything this person owns belongs to somebody else from now on; says what it was."""
    before = holdings_of(work, user_id, titles=0)
    counts = {
        "items": before.items,
        "questions": before.questions,
        "opportunities": before.deals,
        "kits": before.kits,
        "rooms": before.rooms,
    }
    note_hand_over(work, user_id, new_owner_id, **counts, policies=len(before.policies))
    hand_over_assets(work, user_id, new_owner_id)
    hand_over_questions(work, user_id, new_owner_id)
    hand_over_opportunities(work, user_id, new_owner_id)
    hand_over_kits(work, user_id, new_owner_id)
    hand_over_policies(work, user_id, new_owner_id)
    hand_over_rooms(work, user_id, new_owner_id)
    return before


def _named(address: str, found: Sequence[tuple[int, str]]) -> tuple[Holding, ...]:
    return tuple(Holding(text, address.format(key)) for key, text in found)
