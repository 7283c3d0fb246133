"""From an asset to the documents the index keeps of it; called by the jobs and the rebuild."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import Facets, list_steps_of_stages, list_values
from app.library import queries as library
from app.library.models import Asset, Audience, Passage, Status, VersionView
from app.library.queries.findings import list_stale_at_once
from app.library.rules import passage_audience
from app.messaging.models import BuyerQuestion
from app.messaging.queries import list_answered_by
from app.search.engine import CUSTOMER, INTERNAL, PARTNER, RELEASED, SearchDocument

AUDIENCES = {Audience.INTERNAL: INTERNAL, Audience.PARTNER: PARTNER, Audience.CUSTOMER: CUSTOMER}
BATCH = 50


def documents_of(work: Work, asset_ids: Sequence[int]) -> dict[int, list[SearchDocument]]:
    """The documents of these assets; an asset readers cannot get has none, which takes it out of the index."""
    assets = {asset.id or 0: asset for asset in library.list_assets_by_id(work, asset_ids)}
    found: dict[int, list[SearchDocument]] = {asset_id: [] for asset_id in asset_ids}
    released = [asset_id for asset_id, asset in assets.items() if asset.status == Status.RELEASED and asset.released_version_id]
    values = list_values(work)
    facets = library.list_facet_ids(work, released)
    steps = list_steps_of_stages(work)
    questions = list_answered_by(work, released)
    cards = library.list_cards(work, released, values)
    stale = list_stale_at_once(work, released)
    passages = library.list_passages_of(work, [cards[asset_id].version.id for asset_id in released])
    for asset_id in released:
        asset, version = assets[asset_id], cards[asset_id].version
        laid_over = dict.fromkeys(step for value_id in facets[asset_id] for step in steps.get(value_id, ()))
        carried = (asset.kind_id, *facets[asset_id], *laid_over)
        builder = _Builder(asset, version, carried, values, questions[asset_id], stale_now=asset_id in stale)
        found[asset_id] = [builder.card(), *map(builder.passage, passages[version.id])]
    return found


def all_documents(work: Work) -> Iterator[SearchDocument]:
    """Every document there should be, for a rebuild."""
    for ids in batched(library.list_asset_ids(work), BATCH):
        for documents in documents_of(work, ids).values():
            yield from documents


def batched(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """The ids in runs of at most `size`, so that a large library is never held at once."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


class _Builder:
    """Makes the documents of one asset; what they share is worked out once."""

    def __init__(
        self,
        asset: Asset,
        version: VersionView,
        facet_ids: tuple[int, ...],
        values: Facets,
        questions: Sequence[BuyerQuestion],
        *,
        stale_now: bool,
    ) -> None:
        self._asset = asset
        self._stale_now = stale_now
        self._facet_ids = facet_ids
        self._questions = questions
        self._version_id = version.id
        # by id: a new order of the framework is no reason to index everything anew; who may get an item is no word to find it by
        named = sorted(values.pick(facet_ids), key=lambda value: value.id)
        names = [value.name for value in named if value.facet != Facet.AUDIENCE]
        self._words = " ".join([*asset.tags, *names, version.format_label, version.file_name])

    def card(self) -> SearchDocument:
        """Title, summary and tags, so that a file without text is found, too."""
        return self._document(0, "", self._asset.summary, self._asked(""), self._words)

    def passage(self, passage: Passage) -> SearchDocument:
        """One passage with the buyer questions it answers."""
        found = self._document(passage.id or 0, passage.heading, passage.text, self._asked(passage.anchor), "")
        return replace(found, audience=AUDIENCES[passage_audience(self._asset.audience, is_notes=passage.is_notes)])

    def _asked(self, anchor: str) -> str:
        return "\n".join(
            words for question in self._questions if self._anchor_of(question) == anchor for words in (question.text, *question.phrasings)
        )

    def _anchor_of(self, question: BuyerQuestion) -> str:
        """An anchor of another version may name another passage here: then the question belongs to the item as a whole."""
        return question.anchor if question.anchor_version_id == self._version_id else ""

    def _document(self, passage_id: int, heading: str, text: str, questions: str, tags: str) -> SearchDocument:
        asset = self._asset
        return SearchDocument(
            asset_id=asset.id or 0,
            passage_id=passage_id,
            title=asset.title,
            heading=heading,
            text=text,
            questions=questions,
            tags=tags,
            language=asset.language,
            facets=self._facet_ids,
            audience=AUDIENCES[asset.audience],
            status=RELEASED,
            review_on=asset.review_on.toordinal() if asset.review_on else 0,
            expires_on=asset.expires_on.toordinal() if asset.expires_on else 0,
            stale_now=self._stale_now,
            twin=asset.twin_key,
            changed_on=asset.changed_at.toordinal(),
        )
