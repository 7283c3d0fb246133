"""The things the audit log speaks of: their kind in words, their name, and where they are. Gathered from every feature."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType

from app.core.work import Work
from app.deals.queries import list_names_of
from app.framework.queries import list_values
from app.identity.queries import list_names
from app.identity.queries.people import list_organisation_names
from app.library.queries.ownership import list_titles_of
from app.messaging.queries import list_texts_of
from app.plays.queries import list_titles_of as list_titles_of_kits
from app.sharing.queries.links import list_link_names
from app.sharing.queries.rooms import list_room_titles

Key = tuple[str, int]

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "asset": "item",
        "buyer_question": "buyer question",
        "facet_value": "framework value",
        "job": "background job",
        "judged_question": "judged question",
        "kit": "kit",
        "link": "link",
        "map_square": "map square",
        "opportunity": "opportunity",
        "organisation": "organisation",
        "portal": "the portal",
        "process_map": "process map",
        "review_policy": "review policy",
        "room": "room",
        "saved_search": "saved search",
        "synonyms": "synonyms",
        "timed_job": "timed job",
        "token": "token",
        "user": "person",
    }
)
ADDRESSES: Mapping[str, str] = MappingProxyType(
    {
        "asset": "/assets/{}",
        "buyer_question": "/questions/{}/edit",
        "opportunity": "/opportunities/{}",
        "link": "/links/{}",
        "organisation": "/organisations/{}",
        "room": "/rooms/{}",
        "user": "/people/{}",
    }
)


def kind_words(target: str) -> str:
    """What this kind of thing is called."""
    return KINDS.get(target, target.replace("_", " "))


def address_of(target: str, target_id: int | None) -> str:
    """Where the thing is shown; empty when it has no page of its own."""
    return ADDRESSES[target].format(target_id) if target_id is not None and target in ADDRESSES else ""


def names_of(work: Work, things: Iterable[Key]) -> dict[Key, str]:
    """The names of things that are still there; a statement for each kind, however many things."""
    ids: dict[str, set[int]] = defaultdict(set)
    for target, target_id in things:
        ids[target].add(target_id)
    found: dict[Key, str] = {}
    for target, read in READERS.items():
        if ids[target]:
            found |= {(target, key): name for key, name in read(work, ids[target]).items()}
    return found


def _value_names(work: Work, ids: Collection[int]) -> dict[int, str]:
    return {value.id: value.name for value in list_values(work).pick(ids)}


READERS: Mapping[str, Callable[[Work, Collection[int]], dict[int, str]]] = {
    "asset": list_titles_of,
    "buyer_question": list_texts_of,
    "facet_value": _value_names,
    "kit": list_titles_of_kits,
    "opportunity": list_names_of,
    "link": list_link_names,
    "organisation": list_organisation_names,
    "room": list_room_titles,
    "user": list_names,
}
