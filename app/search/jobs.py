"""Keeps the index equal to the library: the one consumer that writes it. Safe to run twice."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from app.core.desk import Desk
from app.framework.events import FrameworkChanged
from app.library.actions.suggestions import SuggestionInput, store_suggestions
from app.library.events import AssetChanged, VersionRead
from app.library.queries.carriers import list_carrying
from app.library.queries.uploads import find_draft
from app.messaging.events import QuestionChanged
from app.search.documents import BATCH, all_documents, batched, documents_of
from app.search.engine import SearchEngine, fingerprint
from app.search.evidence import item_of, list_alike, list_candidates
from app.search.tagging import suggest

# So many changed assets take longer one batch after the other than making the index anew.
REBUILD_FROM = 1000
READ_SECONDS = 30.0
READ_AT_ONCE = 10


@dataclass(frozen=True)
class IndexDesk(Desk):
    """A desk with the index on it."""

    index: SearchEngine


def index_assets(desk: IndexDesk, events: Sequence[AssetChanged]) -> None:
    """Bring the index up to date with these assets, in one commit."""
    _index(desk, sorted({event.asset_id for event in events}))


def index_question_assets(desk: IndexDesk, events: Sequence[QuestionChanged]) -> None:
    """Let the passages that answer a question be found by its new words."""
    _index(desk, sorted({asset_id for event in events for asset_id in event.asset_ids}))


def index_carriers(desk: IndexDesk, events: Sequence[FrameworkChanged]) -> None:
    """Let what carries a renamed or moved value be found by its new name and place."""
    value_ids = {value_id for event in events for value_id in event.value_ids}
    with desk.open_work(read_only=True) as work:
        asset_ids = list_carrying(work, value_ids)
    if len(asset_ids) > REBUILD_FROM:
        rebuild(desk)
        return
    for batch in batched(asset_ids, BATCH):
        _index(desk, batch)


def rebuild(desk: IndexDesk) -> None:
    """Make the index anew from the database and change over at once."""
    with desk.open_work(read_only=True) as work:
        desk.index.rebuild(all_documents(work))


def mend(desk: IndexDesk) -> None:
    """Make the index equal to the database after a kill, a damage or an older shape."""
    if not desk.index.ready:
        rebuild(desk)
        return
    for batch in batched(find_differences(desk), BATCH):
        _index(desk, batch)


def find_differences(desk: IndexDesk) -> list[int]:
    """Assets whose indexed state is not what the database says; empty when index and database are equal."""
    with desk.open_work(read_only=True) as work:
        by_asset = groupby(all_documents(work), key=attrgetter("asset_id"))
        wanted = {asset_id: fingerprint(documents) for asset_id, documents in by_asset}
    known = desk.index.known()
    return sorted(asset_id for asset_id in wanted.keys() | known.keys() if wanted.get(asset_id) != known.get(asset_id))


def read_meaning(desk: IndexDesk) -> None:
    """Work out what passages mean that were added since, for at most half a minute; what is left goes on the next time."""
    until = time.monotonic() + READ_SECONDS
    for batch in batched(desk.index.list_unread(), READ_AT_ONCE):
        with desk.open_work(read_only=True) as work:
            documents = documents_of(work, batch)
        for some in documents.values():
            if time.monotonic() > until:
                return
            desk.index.read_meaning(some)


def forget_meaning(desk: IndexDesk) -> None:
    """Drop the vectors of texts that were changed or taken out of search."""
    desk.index.forget_meaning()


def suggest_tags(desk: IndexDesk, events: Sequence[VersionRead]) -> None:
    """Suggest tags for drafts whose text was read; released items are tagged by people already."""
    for asset_id in sorted({event.asset_id for event in events}):
        with desk.open_work(read_only=True) as work:
            view = find_draft(work, asset_id)
            if view is None:
                continue
            item = item_of(view)
            suggested = suggest(item, list_candidates(work), list_alike(work, desk.index, item))
        with desk.open_work() as work:
            store_suggestions(work, asset_id, [SuggestionInput(one.value_id, one.score, one.reason) for one in suggested])


def _index(desk: IndexDesk, asset_ids: Sequence[int]) -> None:
    if not asset_ids:
        return
    if not desk.index.ready:
        rebuild(desk)
        return
    with desk.open_work(read_only=True) as work:
        documents = documents_of(work, asset_ids)
    desk.index.update_many(documents)
