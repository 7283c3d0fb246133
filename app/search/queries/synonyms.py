"""What other synonyms would do to the answers of a question, before anybody saves them. Called by the synonyms editor."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.work import Work
from app.framework.queries import list_values
from app.library.models import AssetCard
from app.library.queries import list_cards
from app.search.engine import SearchEngine
from app.search.queries import Question, request_of
from app.search.rules import Synonyms

LOOKED_AT = 20


@dataclass(frozen=True)
class Place:
    """Where an item stands among the answers, counted from 1, with the synonyms of now and with the others; 0 is not among them."""

    asset_id: int
    title: str
    before: int
    after: int


@dataclass(frozen=True)
class Effect:
    """What changes for one question among its first answers: what comes, moves and goes, and how many stay where they are."""

    question: str
    total_before: int
    total_after: int
    places: tuple[Place, ...]
    unmoved: int


def compare_synonyms(work: Work, engine: SearchEngine, questions: Sequence[str], before: Synonyms, after: Synonyms) -> tuple[Effect, ...]:
    """The effect on each question, within what the actor may see; nothing while the index is being made."""
    values = list_values(work)
    request = request_of(work, Question(""), values, LOOKED_AT)
    results = [
        [engine.search(replace(request, text=question, synonyms=synonyms, group_by=())) for synonyms in (before, after)]
        for question in questions
    ]
    if not engine.ready:
        return ()
    cards = list_cards(work, sorted({hit.asset_id for pair in results for result in pair for hit in result.hits}), values)
    return tuple(
        Effect(question, old.total, new.total, *_compare([hit.asset_id for hit in old.hits], [hit.asset_id for hit in new.hits], cards))
        for question, (old, new) in zip(questions, results, strict=True)
    )


def _compare(old: Sequence[int], new: Sequence[int], cards: dict[int, AssetCard]) -> tuple[tuple[Place, ...], int]:
    """What stands elsewhere, in the new order, what goes last; and how many stay."""
    places_before, places_after = ({asset_id: place for place, asset_id in enumerate(ids, start=1)} for ids in (old, new))
    known = [asset_id for asset_id in dict.fromkeys((*new, *old)) if asset_id in cards]
    places = [Place(one, cards[one].title, places_before.get(one, 0), places_after.get(one, 0)) for one in known]
    changed = tuple(place for place in places if place.before != place.after)
    return changed, len(places) - len(changed)
