"""Documents into answers: filters, folding of passages and format twins, facet counts, order. Called by the engine.
A run is all documents of one asset; dates, facets and twins are the same in all of them, so all but the best score is reckoned by run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from app.search._arrays import Floats, Ints, Mask, run_starts
from app.search._ranking import Matches, best_places
from app.search._snapshot import Snapshot, bits_of
from app.search.engine import Hit, SearchRequest

STALE_FACTOR = 0.6  # a stale passage keeps this much of its score
EXPIRED_FACTOR = 0.3  # where expired ones are shown at all
CALL_BOOST = 0.1  # what carrying a value of every boosted facet adds, as a share of the score; of half of the facets half of it
SECOND_PASSAGE = 0.1  # what the second best passage of an asset adds, as a share of its score
MAX_OTHER_PASSAGES = 5


@dataclass(frozen=True)
class Folded:
    """The counted and ordered side of a result."""

    hits: tuple[Hit, ...]
    total: int
    total_without_facets: int
    total_boosted: int
    counts: Mapping[int, int]
    expired_hidden: int


def fold(snapshot: Snapshot, found: Matches, request: SearchRequest) -> Folded:
    """Answers in order, and exact counts of them."""
    best = snapshot.kernels.best_of_runs(found.tally, found.answers, snapshot.run_of, len(snapshot.starts))
    matched = best > 0
    shown = matched & _unexpired(snapshot, request.today) if request.hide_expired else matched
    passes = _carriers(snapshot, request.facets)
    boosted = _carriers(snapshot, request.boosted)
    weights = _freshness(snapshot, request.today)
    if boosted:
        weights = weights * _boosts(boosted, len(snapshot.starts))
    kept = _all_of(shown, passes.values())
    total = _answers(snapshot, kept)
    return Folded(
        hits=_hits(snapshot, found, np.where(kept, best, np.float32(0)), weights, request),
        total=total,
        total_without_facets=_answers(snapshot, shown),
        total_boosted=_answers(snapshot, _all_of(kept, boosted.values())) if boosted else 0,
        counts=_counts(snapshot, shown, passes, request),
        expired_hidden=_answers(snapshot, _all_of(matched, passes.values())) - total if request.hide_expired else 0,
    )


def _carriers(snapshot: Snapshot, facets: Mapping[str, frozenset[int]]) -> dict[str, Mask]:
    """By facet, which runs carry one of the values named."""
    return {name: _carry_any(snapshot, values) for name, values in facets.items() if values}


def _carry_any(snapshot: Snapshot, values: frozenset[int]) -> Mask:
    return snapshot.remembered(values, lambda: np.any(snapshot.carrying(sorted(values)), axis=1))


def _all_of(shown: Mask, passes: Iterable[Mask]) -> Mask:
    for mask in passes:
        shown = shown & mask
    return shown


def _answers(snapshot: Snapshot, runs: Mask) -> int:
    """How many answers these runs are: format twins count once."""
    twins, groups = snapshot.twinned
    here = runs[twins]
    folded = np.count_nonzero(np.logical_or.reduceat(here, groups)) if len(groups) else 0
    return int(np.count_nonzero(runs) - np.count_nonzero(here) + folded)


def _counts(snapshot: Snapshot, shown: Mask, passes: Mapping[str, Mask], request: SearchRequest) -> dict[int, int]:
    """Answers per facet value: each facet ignores what is chosen in itself and follows the others."""
    chosen = {name: group for name, group in request.facet_groups.items() if name in passes}
    others = [value for name, group in request.facet_groups.items() if name not in chosen for value in group]
    counts = _count(snapshot, _all_of(shown, passes.values()), others)
    for name, group in chosen.items():
        runs = _all_of(shown, (mask for other, mask in passes.items() if other != name))
        counts |= _count(snapshot, runs, group)
    return counts


def _count(snapshot: Snapshot, runs: Mask, values: Iterable[int]) -> dict[int, int]:
    """Answers among these runs that carry each of the values."""
    ordered = sorted(values)
    found = np.bitwise_count(snapshot.carrying_bits(ordered) & bits_of(runs)).sum(axis=1, dtype=np.int64)
    twins, groups = snapshot.twinned
    if len(groups):
        folded = snapshot.carrying(ordered)[twins] * runs[twins, None]
        found += (np.maximum.reduceat(folded, groups, axis=0).sum(axis=0) - folded.sum(axis=0)).astype(np.int64)
    return dict(zip(ordered, found.tolist(), strict=True))


def _unexpired(snapshot: Snapshot, today: int) -> Mask:
    return snapshot.remembered(("unexpired", today), lambda: (snapshot.expires_on <= 0) | (snapshot.expires_on >= today))


def _freshness(snapshot: Snapshot, today: int) -> Floats:
    """What freshness leaves of the score of each run."""

    def reckon() -> Floats:
        stale = (snapshot.stale_now > 0) | ((snapshot.review_on > 0) & (snapshot.review_on < today))
        factors = np.where(stale, np.float32(STALE_FACTOR), np.float32(1))
        return np.where(_unexpired(snapshot, today), factors, np.float32(EXPIRED_FACTOR))

    return snapshot.remembered(("freshness", today), reckon)


def _boosts(boosted: Mapping[str, Mask], runs: int) -> Floats:
    """What boosted values make of the score of each run, by the share of the boosted facets that it carries a value of."""
    carried = np.zeros(runs, dtype=np.float32)
    for mask in boosted.values():
        carried += mask
    return np.float32(1) + np.float32(CALL_BOOST / max(len(boosted), 1)) * carried


def weights_of(snapshot: Snapshot, run: int, request: SearchRequest) -> tuple[float, float]:
    """What freshness leaves of the score of one run, and what boosted values make of it."""
    boosts = _boosts(_carriers(snapshot, request.boosted), len(snapshot.starts))
    return float(_freshness(snapshot, request.today)[run]), float(boosts[run])


def _hits(snapshot: Snapshot, found: Matches, best_of_runs: Floats, weights: Floats, request: SearchRequest) -> tuple[Hit, ...]:
    """Look closely only at the runs that may come on the asked page. `best_of_runs`: the score of the best passage of each run, 0 for one
    left out; `weights`: what freshness and boosts make of it."""
    runs = _candidates(snapshot, best_of_runs * weights, request)
    if not len(runs):
        return ()
    docs, run = documents_of(snapshot, runs)
    answering = found.matched(docs)
    docs, run = docs[answering], run[answering]
    given = found.scores(docs) * weights[run]
    order = best_first(snapshot, docs, run, given)
    docs, run, given = docs[order], run[order], given[order]
    starts = run_starts(run)
    runs, ends = run[starts], np.append(starts[1:], len(docs))
    totals = given[starts] + SECOND_PASSAGE * _second(given, starts)
    ranked = _ranked(snapshot, runs, totals, request)
    answers, assets = snapshot.answer[runs[ranked]], snapshot.run_asset[runs[ranked]]
    _, first = np.unique(answers, return_index=True)
    page = np.sort(first)[max(request.offset, 0) : max(request.offset, 0) + max(request.limit, 0)]
    return tuple(
        _hit(snapshot, found, docs[starts[best] : ends[best]], float(totals[best]), assets[answers == answers[place]][1:])
        for place, best in zip(page.tolist(), ranked[page].tolist(), strict=True)
    )


def _candidates(snapshot: Snapshot, scores: Floats, request: SearchRequest) -> Ints:
    """Runs that may come on the page: a second passage adds at most its share, and twins of one answer take one place."""
    twins, _ = snapshot.twinned
    wanted = max(request.offset, 0) + max(request.limit, 0) + int(np.count_nonzero(scores[twins]))
    if request.sort != "fit" or request.group_by or not wanted:
        return np.flatnonzero(scores)
    chosen = best_places(scores, wanted, 1 + SECOND_PASSAGE)
    if not len(twins):
        return chosen
    with_twins = twins[np.isin(snapshot.answer[twins], snapshot.answer[chosen]) & (scores[twins] > 0)]
    return np.union1d(chosen, with_twins)


def documents_of(snapshot: Snapshot, runs: Ints) -> tuple[Ints, Ints]:
    """The documents of these runs, and the run of each."""
    sizes = snapshot.ends[runs] - snapshot.starts[runs]
    before = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum())) + np.repeat(snapshot.starts[runs] - before, sizes), np.repeat(runs, sizes)


def best_first(snapshot: Snapshot, docs: Ints, run: Ints, scores: Floats) -> Ints:
    """The order of documents by run, each one's best first; of equals a passage goes before the card."""
    passage = snapshot.passage[docs]
    return np.lexsort((passage, passage == 0, -scores, run))


def _ranked(snapshot: Snapshot, runs: Ints, scores: Floats, request: SearchRequest) -> Ints:
    """The places of the runs in the order of the page."""
    keys = [snapshot.run_asset[runs], -scores]
    if request.sort == "newest":
        keys.append(-snapshot.changed_on[runs])
    if request.group_by:
        carried = snapshot.carrying(request.group_by)[runs] > 0
        keys.append(np.where(carried.any(axis=1), carried.argmax(axis=1), len(request.group_by)))
    return np.lexsort(keys)


def _second(scores: Floats, starts: Ints) -> Floats:
    """The second score of each run, 0 where it has one passage only."""
    following = np.append(scores, np.float32(0))[starts + 1]
    single = np.append(starts[1:], len(scores)) == starts + 1
    return np.where(single, np.float32(0), following)


def _hit(snapshot: Snapshot, found: Matches, docs: Ints, score: float, twins: Ints) -> Hit:
    best = int(docs[0])
    passage = int(snapshot.passage[best])
    others = dict.fromkeys(snapshot.passage[docs[1:]].tolist())
    return Hit(
        asset_id=int(snapshot.asset[best]),
        passage_id=passage,
        score=score,
        by_meaning=best in found.by_meaning,
        other_passages=tuple(other for other in others if other not in (0, passage))[:MAX_OTHER_PASSAGES],
        twin_assets=tuple(twins.tolist()),
    )
