"""What somebody owns in every feature, and handing it over to somebody else in one transaction. Used where administrators manage people."""

from dataclasses import dataclass

from app.core.work import Work
from app.framework.queries import list_values
from app.identity.actions.people import note_hand_over
from app.library.actions.ownership import hand_over_assets
from app.library.queries.ownership import count_owned, list_owned_titles
from app.messaging.actions import hand_over_questions
from app.messaging.queries import count_recorded_by, list_recorded_texts
from app.review.actions import hand_over_policies
from app.review.queries.policies import list_policies_of


@dataclass(frozen=True)
class Holding:
    """One thing somebody owns and where it is."""

    text: str
    href: str


@dataclass(frozen=True)
class Holdings:
    """How much of each kind somebody owns, and the first few by name; `policies` are the kinds whose fallback owner they are."""

    items: int
    questions: int
    policies: tuple[str, ...]
    first_items: tuple[Holding, ...]
    first_questions: tuple[Holding, ...]

    @property
    def total(self) -> int:
        """Everything together."""
        return self.items + self.questions + len(self.policies)


def holdings_of(work: Work, user_id: int, titles: int) -> Holdings:
    """What this person owns, with so many titles of each kind."""
    return Holdings(
        items=count_owned(work, user_id),
        questions=count_recorded_by(work, user_id),
        policies=tuple(value.name for value in list_values(work).pick(policy.kind_id for policy in list_policies_of(work, user_id))),
        first_items=tuple(Holding(title, f"/assets/{key}") for key, title in list_owned_titles(work, user_id, titles)) if titles else (),
        first_questions=tuple(Holding(text, f"/questions/{key}/edit") for key, text in list_recorded_texts(work, user_id, titles))
        if titles
        else (),
    )


def hand_over(work: Work, user_id: int, new_owner_id: int) -> Holdings:
    """Everything this person owns belongs to somebody else from now on; says what it was."""
    before = holdings_of(work, user_id, titles=0)
    note_hand_over(work, user_id, new_owner_id, items=before.items, questions=before.questions, policies=len(before.policies))
    hand_over_assets(work, user_id, new_owner_id)
    hand_over_questions(work, user_id, new_owner_id)
    hand_over_policies(work, user_id, new_owner_id)
    return before
