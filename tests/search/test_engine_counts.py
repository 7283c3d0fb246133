"""Totals and facet counts are exact: equal to a plain reckoning over random documents, and to the searches they promise."""

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.search._ranking import LEAST_COVER
from app.search.engine import SearchDocument, SearchRequest, SearchResult
from tests.search.search_documents import TODAY, engine_with, passage

WORDS = ("dock", "gate", "pallet", "truck", "slot")
GROUPS = {"stage": frozenset({1, 2, 3}), "stakeholder": frozenset({11, 12}), "kind": frozenset({21, 22})}
EVERY_VALUE = [value for group in GROUPS.values() for value in sorted(group)]

some_words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
some_assets = st.lists(
    st.tuples(
        st.lists(
            st.fixed_dictionaries(
                {
                    "text": some_words,
                    "title": st.sampled_from(["", *WORDS]),
                    "audience": st.sampled_from([1, 2, 3]),
                    "status": st.sampled_from([1, 1, 1, 2]),
                }
            ),
            max_size=4,
        ),
        st.fixed_dictionaries(
            {
                "facets": st.sets(st.sampled_from(EVERY_VALUE), max_size=4).map(lambda some: tuple(sorted(some))),
                "expires_on": st.sampled_from([0, 0, TODAY - 1, TODAY]),
            }
        ),
    ),
    max_size=8,
)
some_documents = some_assets.map(
    lambda assets: [
        passage(10 * asset + number, asset_id=asset, twin="twins" if asset in (2, 5, 7) else "", **{**each, **shared})  # type: ignore[arg-type]  # any field
        for asset, (documents, shared) in enumerate(assets, start=1)
        for number, each in enumerate(documents)
    ]
)
some_choices = st.fixed_dictionaries({}, optional={name: st.frozensets(st.sampled_from(sorted(group))) for name, group in GROUPS.items()})
some_requests = st.builds(
    lambda text, audiences, chosen, boosted, hide: SearchRequest(
        text=text, audiences=audiences, today=TODAY, facets=chosen, boosted=boosted, facet_groups=GROUPS, hide_expired=hide, limit=50
    ),
    some_words,
    st.frozensets(st.sampled_from([1, 2, 3])),
    some_choices,
    some_choices,
    st.booleans(),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents=some_documents, requests=st.lists(some_requests, min_size=1, max_size=5))
def test_totals_and_counts_equal_a_plain_reckoning(documents: list[SearchDocument], requests: list[SearchRequest]) -> None:
    with tempfile.TemporaryDirectory() as folder, engine_with(Path(folder), *documents[::2]) as engine:
        assets = {document.asset_id for document in documents}
        for asset in sorted(assets):
            engine.update(asset, [document for document in documents if document.asset_id == asset])
        for request in requests:
            result = engine.search(request)
            assert _figures(result) == _reckoned(documents, request)
            assert len(result.hits) == result.total
            folded = [asset for hit in result.hits for asset in (hit.asset_id, *hit.twin_assets)]
            assert len(folded) == len(set(folded))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents=some_documents, request=some_requests)
def test_a_count_is_the_total_of_choosing_that_value(documents: list[SearchDocument], request: SearchRequest) -> None:
    with tempfile.TemporaryDirectory() as folder, engine_with(Path(folder), *documents) as engine:
        counts = engine.search(request).counts
        for name, group in GROUPS.items():
            for value in group:
                chosen = replace(request, facets={**request.facets, name: frozenset({value})})
                assert engine.search(chosen).total == counts[value]


Figures = tuple[int, int, int, int, Mapping[int, int]]


def _figures(result: SearchResult) -> Figures:
    return result.total, result.total_boosted, result.total_without_facets, result.expired_hidden, result.counts


def _reckoned(documents: Sequence[SearchDocument], request: SearchRequest) -> Figures:
    matched = _matched([each for each in documents if each.status == 1 and each.audience in request.audiences], request.text.split())
    shown = [each for each in matched if not (request.hide_expired and 0 < each.expires_on < TODAY)]

    def answers(some: Sequence[SearchDocument], chosen: Mapping[str, frozenset[int]]) -> int:
        kept = [each for each in some if all(not values or values & set(each.facets) for values in chosen.values())]
        return len({each.twin or str(each.asset_id) for each in kept})

    total = answers(shown, request.facets)
    narrowed = [each for each in shown if all(not values or values & set(each.facets) for values in request.facets.values())]
    boosted = answers(narrowed, request.boosted) if any(request.boosted.values()) else 0
    counts = {value: answers(shown, {**request.facets, name: frozenset({value})}) for name, group in GROUPS.items() for value in group}
    return total, boosted, answers(shown, {}), answers(matched, request.facets) - total, counts


def _matched(visible: Sequence[SearchDocument], words: Sequence[str]) -> list[SearchDocument]:
    """Documents that cover enough of the question, by the rarity of its words among the visible ones."""

    def has(document: SearchDocument, word: str) -> bool:
        return word in document.text.split() or word == document.title

    holding = {word: sum(has(document, word) for document in visible) for word in set(words)}
    rarity = {word: math.log(1 + (len(visible) - df + 0.5) / (df + 0.5)) for word, df in holding.items() if df}
    cover = [sum(weight for word, weight in rarity.items() if has(document, word)) for document in visible]
    return [document for document, share in zip(visible, cover, strict=True) if share > 0 and share >= LEAST_COVER * max(cover) - 1e-5]
