"""How an answer came to its score: the same reckoning as a search, kept word by word. Called by the engine."""

import numpy as np

from app.search import rules
from app.search._analysis import stems
from app.search._arrays import FIELDS, Ints, Snapshot, View
from app.search._folding import SECOND_PASSAGE, best_first, factors
from app.search._ranking import Part, Ranking, gains, rarity
from app.search.engine import Explanation, MatchedWord, SearchRequest


def explained(snapshot: Snapshot, query: rules.Query, request: SearchRequest, asset_id: int) -> Explanation | None:
    """The points of the asset's best passage; None when it does not answer this asker."""
    view = snapshot.view(request.audiences)
    ranking = Ranking(view, query, request.synonyms)
    found = ranking.run()
    docs = np.flatnonzero(found.matched & (snapshot.asset == asset_id))
    if not len(docs):
        return None
    kept = factors(snapshot, docs, request.today)
    scores = found.scores[docs] * kept
    order = best_first(snapshot, docs, scores)
    best = int(docs[order[0]])
    second = SECOND_PASSAGE * float(scores[order[1]]) if len(order) > 1 else 0.0
    expires = int(snapshot.expires_on[best])
    return Explanation(
        words=tuple(_word(view, parts, best, request) for parts in ranking.added if parts),
        passage_id=int(snapshot.passage[best]),
        factor=float(kept[order[0]]),
        is_expired=0 < expires < request.today,
        second=second,
        score=float(scores[order[0]]) + second,
    )


def _word(view: View, parts: list[Part], doc: int, request: SearchRequest) -> MatchedWord:
    """The alternative that counted for this document; of an asked word that stands nowhere in it, the word itself."""
    points = [_points(view, part, doc) for part in parts]
    best = max(range(len(parts)), key=points.__getitem__)
    part = parts[best]
    used = part.used or (_written(request.synonyms, part.terms) if part.how == "synonym" else part.asked)
    fields = _fields(view, part, doc) if points[best] else ()
    return MatchedWord(part.asked, used, part.how, fields, points[best])


def _points(view: View, part: Part, doc: int) -> float:
    place = np.searchsorted(part.docs, doc)
    if place == len(part.docs) or part.docs[place] != doc:
        return 0.0
    return part.weight * rarity(view.count, view.frequency(part.docs)) * float(part.impacts[place])


def _fields(view: View, part: Part, doc: int) -> tuple[str, ...]:
    """The fields of the document that hold it, the one that gave most first."""
    runs = [(term,) for term in part.terms] if part.how == "prefix" else [part.terms]
    given: dict[int, float] = {}
    for posting in (posting for run in runs for posting in view.snapshot.postings(run)):
        place = int(np.searchsorted(posting.docs, doc))
        if place < len(posting.docs) and posting.docs[place] == doc:
            here: Ints = np.array([place])
            given[posting.field] = given.get(posting.field, 0.0) + float(gains(view, posting)[here][0])
    return tuple(FIELDS[number] for number in sorted(given, key=lambda number: -given[number]))


def _written(synonyms: rules.Synonyms, run: tuple[str, ...]) -> str:
    """The house synonym of these stems, as somebody wrote it."""
    members = (member for group in synonyms.groups for member in group)
    return next((member for member in members if tuple(stems(member)[: rules.LONGEST_SYNONYM]) == run), " ".join(run))
