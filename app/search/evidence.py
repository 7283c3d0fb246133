"""Gathers what speaks for a tag of a draft: its words, the framework's, and released items like it. Called by jobs.py and a benchmark."""

from collections import defaultdict
from collections.abc import Collection

from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_same_words, list_values
from app.library import queries as library
from app.library.models import AssetView
from app.library.rules import locator
from app.search.engine import CUSTOMER, INTERNAL, PARTNER, SearchEngine, SearchRequest
from app.search.rules import MAX_CHARACTERS, MAX_TERMS
from app.search.tagging import Alike, Candidate, Item, Part, candidates_of, telling_words

NEAREST = 12
LONGEST_PARTS = 200


def item_of(view: AssetView) -> Item:
    """What is known of a file."""
    card = view.card
    parts = tuple(
        Part(locator(passage.label, card.version.unit_word, card.version.unit_count), f"{passage.heading} {passage.text}")
        for passage in view.passages[:LONGEST_PARTS]
    )
    return Item(card.title, card.version.file_name, view.source_folder, card.version.family, parts)


def list_candidates(work: Work) -> tuple[Candidate, ...]:
    """The values that may be suggested in this portal, with what stands for them."""
    values = list_values(work).values
    clues = {value.id: value.buyer_words or value.milestone for value in values if value.facet in (Facet.STAGE, Facet.STAKEHOLDER)}
    return candidates_of(values, list_same_words(work), clues)


def list_alike(work: Work, engine: SearchEngine, item: Item, besides: Collection[int] = ()) -> tuple[Alike, ...]:
    """Released items that share telling words with the file, nearest first; those of `besides` do not count."""
    likeness: dict[int, float] = defaultdict(float)
    words = telling_words(item, 2 * MAX_TERMS)
    for asked in (words[:MAX_TERMS], words[MAX_TERMS:]):
        for place, asset_id in enumerate(_found(work, engine, " ".join(asked), besides), start=1):
            likeness[asset_id] += 1 / (1 + place)
    nearest = sorted(likeness, key=lambda asset_id: -likeness[asset_id])[:NEAREST]
    assets = {asset.id: asset for asset in library.list_assets_by_id(work, nearest)}
    facets = library.list_facet_ids(work, nearest)
    return tuple(
        Alike(assets[asset_id].title, likeness[asset_id], frozenset((assets[asset_id].kind_id, *facets.get(asset_id, ()))))
        for asset_id in nearest
        if asset_id in assets
    )


def _found(work: Work, engine: SearchEngine, text: str, besides: Collection[int]) -> list[int]:
    if not text:
        return []
    request = SearchRequest(
        text=text[:MAX_CHARACTERS],
        audiences=frozenset({INTERNAL, PARTNER, CUSTOMER}),
        today=work.today.toordinal(),
        hide_expired=False,
        limit=NEAREST + len(besides),
    )
    return [hit.asset_id for hit in engine.search(request).hits if hit.asset_id not in besides][:NEAREST]
