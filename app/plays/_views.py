"""From the rows of a kit to entries as pages show them; called by queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.work import Work
from app.library.models import Passage, Reading
from app.library.queries import view_passage
from app.library.queries.given import Given, Kept, list_given, list_named_passages
from app.library.rules import locator, passage_title
from app.messaging.models import BuyerQuestion
from app.messaging.rules import find_same_passage
from app.plays.models import EntryState, ItemKind, KitEntry, KitItem

ItemRow = tuple[KitItem, BuyerQuestion | None]
Passages = Mapping[int, Sequence[Passage]]


@dataclass(frozen=True)
class Source:
    """Where an entry's content is: an item, the version it is kept at, and the passage by its anchor in `anchor_version_id`."""

    kept: Kept
    anchor: str
    anchor_version_id: int | None


@dataclass(frozen=True)
class Found:
    """What an entry gives now: the item and, if the entry names one, its passage."""

    source: Source
    given: Given
    passage: Passage | None


def source_of(item: KitItem, question: BuyerQuestion | None) -> Source | None:
    """An answer follows its question, unless it is kept; None for notes and for what is gone."""
    if item.kind == ItemKind.ANSWER and item.pinned_version_id is None:
        if question is None or question.asset_id is None:
            return None
        return Source((question.asset_id, None), question.anchor, question.anchor_version_id)
    if item.kind == ItemKind.NOTE or item.asset_id is None:
        return None
    return Source((item.asset_id, item.pinned_version_id), item.anchor, item.seen_version_id)


def find_all(work: Work, rows: Sequence[ItemRow]) -> dict[int, Found]:
    """What each entry gives now, by entry; those that give nothing are left out. Six statements however many."""
    sources = {item.id or 0: source for item, question in rows if (source := source_of(item, question)) is not None}
    given = list_given(work, {source.kept for source in sources.values()})
    passages = _passages(work, list(sources.values()), given)
    found = {}
    for item_id, source in sources.items():
        if source.kept in given:
            found[item_id] = Found(source, given[source.kept], _passage(source, given[source.kept], passages))
    return found


def view_entries(rows: Sequence[ItemRow], found: Mapping[int, Found]) -> tuple[KitEntry, ...]:
    """The entries in the order of the rows."""
    return tuple(_entry(item, question, found.get(item.id or 0)) for item, question in rows)


def _passages(work: Work, sources: Sequence[Source], given: Mapping[Kept, Given]) -> dict[int, list[Passage]]:
    """The passages named, and all of a version and the one before where a passage has to be found again."""
    named, whole = set(), set()
    for source in sources:
        card = given[source.kept].card if source.kept in given else None
        if card is None or not source.anchor:
            continue
        if source.anchor_version_id in (card.version.id, None):
            named.add((card.version.id, source.anchor))
        else:
            whole |= {card.version.id, source.anchor_version_id or 0}
    return list_named_passages(work, named, whole)


def _passage(source: Source, given: Given, passages: Passages) -> Passage | None:
    """The passage in the version that goes out; in another version than the anchor's, the one that says the same."""
    if given.card is None or not source.anchor:
        return None
    version_id = given.card.version.id
    now = passages.get(version_id, ())
    if source.anchor_version_id in (version_id, None):
        return next((one for one in now if one.anchor == source.anchor), None)
    before = passages.get(source.anchor_version_id or 0, ())
    former = next((one for one in before if one.anchor == source.anchor), None)
    return find_same_passage(former, before, now) if former is not None else None


def _entry(item: KitItem, question: BuyerQuestion | None, found: Found | None) -> KitEntry:
    given = found.given if found is not None else None
    card = given.card if given is not None else None
    passage = found.passage if found is not None and card is not None else None
    latest = given.latest if given is not None else None
    return KitEntry(
        id=item.id or 0,
        kind=item.kind,
        state=_state(item, question, found),
        title=_title(item, question, given, passage),
        card=card,
        passage=view_passage(passage) if passage is not None else None,
        locator=locator(passage.label, card.version.unit_word, card.version.unit_count) if passage is not None and card is not None else "",
        question_id=question.id if question is not None else None,
        note=item.note,
        is_pinned=item.pinned_version_id is not None,
        number=card.version.number if card is not None else 0,
        seen=given.numbers.get(item.seen_version_id or 0, 0) if given is not None else 0,
        latest=latest.number if latest is not None and card is not None else 0,
        owner=given.owner if given is not None else "",
    )


def _title(item: KitItem, question: BuyerQuestion | None, given: Given | None, passage: Passage | None) -> str:
    if item.kind == ItemKind.ANSWER:
        return question.text if question is not None else ""
    if item.kind == ItemKind.NOTE or given is None:
        return ""
    if passage is not None:
        return passage_title(passage.heading, passage.label)
    return given.title


def _state(item: KitItem, question: BuyerQuestion | None, found: Found | None) -> EntryState:
    if item.kind == ItemKind.NOTE:
        return EntryState.CURRENT
    if item.kind == ItemKind.ANSWER:
        if question is None:
            return EntryState.GONE if item.question_id is None else EntryState.HIDDEN
        if question.asset_id is None and item.pinned_version_id is None:
            return EntryState.UNANSWERED
    elif item.asset_id is None:
        return EntryState.GONE
    if found is None:
        return EntryState.HIDDEN
    if found.given.card is None:
        return EntryState.RETIRED if found.given.is_retired else EntryState.HIDDEN
    return _state_of_given(item, found)


def _state_of_given(item: KitItem, found: Found) -> EntryState:
    card = found.given.card
    if card is None or card.status == "retired":
        return EntryState.RETIRED
    if found.source.anchor and found.passage is None and card.version.reading != Reading.WAITING:
        return EntryState.LOST
    is_other = found.source.kept[0] != item.asset_id or card.version.id != item.seen_version_id
    return EntryState.CHANGED if is_other and item.pinned_version_id is None else EntryState.CURRENT
