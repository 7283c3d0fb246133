"""Documents into answers: filters, folding of passages and format twins, facet counts, order. Called by the engine."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.search._arrays import Docs, Floats, Ints, Mask, Snapshot
from app.search._ranking import Matches
from app.search.engine import Hit, SearchRequest

STALE_FACTOR = 0.6  # a stale passage keeps this much of its score
EXPIRED_FACTOR = 0.3  # where expired ones are shown at all
SECOND_PASSAGE = 0.1  # what the second best passage of an asset adds, as a share of its score
MAX_OTHER_PASSAGES = 5


@dataclass(frozen=True)
class Folded:
    """The counted and ordered side of a result."""

    hits: tuple[Hit, ...]
    total: int
    total_without_facets: int
    counts: Mapping[int, int]
    expired_hidden: int


def fold(snapshot: Snapshot, found: Matches, request: SearchRequest) -> Folded:
    """Answers in order, and exact counts of them."""
    expired = (snapshot.expires_on > 0) & (snapshot.expires_on < request.today)
    shown = found.matched & ~expired if request.hide_expired else found.matched
    docs = np.flatnonzero(shown)
    passes = {name: _chosen(snapshot, docs, values) for name, values in request.facets.items() if values}
    kept = docs[_all_of(passes, docs)]
    total = _answers(snapshot, kept)
    hidden = 0
    if request.hide_expired:
        every = np.flatnonzero(found.matched)
        chosen = [_chosen(snapshot, every, values) for values in request.facets.values() if values]
        hidden = _answers(snapshot, every[np.logical_and.reduce(chosen) if chosen else slice(None)]) - total
    return Folded(
        hits=_hits(snapshot, kept, found.scores[kept] * factors(snapshot, kept, request.today), request),
        total=total,
        total_without_facets=_answers(snapshot, docs),
        counts=_counts(snapshot, docs, passes, request),
        expired_hidden=hidden,
    )


def _chosen(snapshot: Snapshot, docs: Ints, values: frozenset[int]) -> Mask:
    carried: Mask = np.logical_or.reduce(snapshot.carrying(docs, sorted(values)), axis=1)
    return carried


def _all_of(passes: Mapping[str, Mask], docs: Ints, without: str = "") -> Mask:
    result = np.ones(len(docs), dtype=np.bool_)
    for name, mask in passes.items():
        if name != without:
            result &= mask
    return result


def _answers(snapshot: Snapshot, docs: Ints) -> int:
    return int(np.count_nonzero(np.bincount(snapshot.answer[docs])))


def _counts(snapshot: Snapshot, docs: Ints, passes: Mapping[str, Mask], request: SearchRequest) -> dict[int, int]:
    """Answers per facet value: each facet ignores what is chosen in itself and follows the others."""
    counts: dict[int, int] = {}
    order = np.argsort(snapshot.answer[docs], kind="stable")
    docs = docs[order]
    passes = {name: mask[order] for name, mask in passes.items()}
    for name, group in request.facet_groups.items():
        values = sorted(group)
        kept = docs[_all_of(passes, docs, without=name)]
        counts.update(zip(values, _distinct(snapshot, kept, values), strict=True))
    return counts


def _distinct(snapshot: Snapshot, docs: Ints, values: list[int]) -> list[int]:
    if not (len(docs) and values):
        return [0] * len(values)
    answers = snapshot.answer[docs]
    starts = np.flatnonzero(np.concatenate(([True], answers[1:] != answers[:-1])))
    carried = np.logical_or.reduceat(snapshot.carrying(docs, values), starts, axis=0)
    return [int(count) for count in carried.sum(axis=0)]


def factors(snapshot: Snapshot, docs: Ints, today: int) -> Floats:
    """What freshness leaves of the scores of these documents."""
    review, expires = snapshot.review_on[docs], snapshot.expires_on[docs]
    stale = (snapshot.stale_now[docs] > 0) | ((review > 0) & (review < today))
    kept = np.where((expires > 0) & (expires < today), EXPIRED_FACTOR, np.where(stale, STALE_FACTOR, 1.0))
    return kept.astype(np.float32)


def _hits(snapshot: Snapshot, docs: Ints, scores: Floats, request: SearchRequest) -> tuple[Hit, ...]:
    """Order all answers by their best asset, then look closely at the asked page only."""
    if not len(docs):
        return ()
    order = best_first(snapshot, docs, scores)
    docs, scores = docs[order], scores[order]
    starts = np.flatnonzero(np.concatenate(([True], snapshot.asset[docs][1:] != snapshot.asset[docs][:-1])))
    asset_scores = scores[starts] + SECOND_PASSAGE * _second(scores, starts)
    newest = np.maximum.reduceat(snapshot.changed_on[docs], starts)
    asset_ids = snapshot.asset[docs[starts]]
    by_fit = (asset_ids, -asset_scores) if request.sort == "fit" else (asset_ids, -asset_scores, -newest)
    ranked = np.lexsort((*by_fit, _group(snapshot, docs[starts], request.group_by)) if request.group_by else by_fit)
    answers = snapshot.answer[docs[starts]][ranked]
    _, first = np.unique(answers, return_index=True)
    page = np.sort(first)[max(request.offset, 0) : max(request.offset, 0) + max(request.limit, 0)]
    ends = np.append(starts[1:], len(docs))
    return tuple(
        _hit(snapshot, docs[starts[best] : ends[best]], float(asset_scores[best]), asset_ids[ranked[answers == answers[place]][1:]])
        for place, best in ((place, ranked[place]) for place in page)
    )


def best_first(snapshot: Snapshot, docs: Ints | Docs, scores: Floats) -> Ints:
    """The order of documents by asset, each asset's best first; of equals a passage goes before the card."""
    passage = snapshot.passage[docs]
    return np.lexsort((passage, passage == 0, -scores, snapshot.asset[docs]))


def _group(snapshot: Snapshot, docs: Ints, values: tuple[int, ...]) -> Ints:
    """The place of the first of these values that each document carries; those that carry none come last."""
    carried = snapshot.carrying(docs, values)
    return np.where(carried.any(axis=1), carried.argmax(axis=1), len(values)).astype(np.int64)


def _second(scores: Floats, starts: Ints) -> Floats:
    """The second score of each asset, 0 where it has one passage only."""
    following = np.append(scores, np.float32(0))[starts + 1]
    single = np.append(starts[1:], len(scores)) == starts + 1
    return np.where(single, np.float32(0), following)


def _hit(snapshot: Snapshot, docs: Ints | Docs, score: float, twins: Ints) -> Hit:
    best = int(docs[0])
    passage = int(snapshot.passage[best])
    others = dict.fromkeys(int(snapshot.passage[doc]) for doc in docs[1:])
    return Hit(
        asset_id=int(snapshot.asset[best]),
        passage_id=passage,
        key=snapshot.keys[best],
        score=score,
        other_passages=tuple(other for other in others if other not in (0, passage))[:MAX_OTHER_PASSAGES],
        twin_assets=tuple(int(asset) for asset in twins),
    )
