"""How an answer came to its score: the same reckoning as a search, kept word by word. Called by the engine."""

import numpy as np

from app.search import rules
from app.search._folding import SECOND_PASSAGE, best_first, documents_of, weights_of
from app.search._meaning import Meaning
from app.search._phrases import count_in
from app.search._ranking import SYNONYMS, Part, Ranking, rarity
from app.search._segment import FIELDS, weighted
from app.search._snapshot import Snapshot, View
from app.search.engine import Explanation, MatchedWord, SearchRequest


def explained(snapshot: Snapshot, meaning: Meaning, request: SearchRequest, asset_id: int) -> Explanation | None:
    """The points of the asset's best passage; None when it does not answer this asker, or nothing was asked."""
    view = snapshot.view(request.audiences)
    query = rules.parse(request.text, view.languages)
    if query.empty:
        return None
    ranking = Ranking(view, query, request.synonyms)
    found = ranking.run()
    if not query.only_codes:
        meaning.blend(view, found, request.text)
    docs, run = documents_of(snapshot, np.flatnonzero(snapshot.run_asset == asset_id))
    answering = found.matched(docs)
    docs, run = docs[answering], run[answering]
    if not len(docs):
        return None
    factor, boost = weights_of(snapshot, int(run[0]), request)
    scores = found.scores(docs) * np.float32(factor) * np.float32(boost)
    order = best_first(snapshot, docs, run, scores)
    best = int(docs[order[0]])
    second = SECOND_PASSAGE * float(scores[order[1]]) if len(order) > 1 else 0.0
    return Explanation(
        words=tuple(_word(view, parts, best, request) for parts in ranking.added if parts),
        passage_id=int(snapshot.passage[best]),
        factor=factor,
        is_expired=0 < int(snapshot.expires_on[run[0]]) < request.today,
        boost=boost,
        carried=_carried(snapshot, int(run[0]), request),
        second=second,
        score=float(scores[order[0]]) + second,
        meaning=found.meant.get(best, 0.0),
    )


def _carried(snapshot: Snapshot, run: int, request: SearchRequest) -> tuple[int, ...]:
    values = sorted(value for some in request.boosted.values() for value in some)
    return tuple(np.array(values, dtype=np.int64)[snapshot.carrying(values)[run] > 0].tolist()) if values else ()


def _word(view: View, parts: list[Part], doc: int, request: SearchRequest) -> MatchedWord:
    """The alternative that counted for this document; of an asked word that stands nowhere in it, the word itself."""
    points = [_points(view, part, doc) for part in parts]
    best = max(range(len(parts)), key=points.__getitem__)
    part = parts[best]
    used = part.used or (_written(request.synonyms, part.run, view.languages) if part.how in SYNONYMS else part.asked)
    fields = _fields(view.snapshot, part, doc) if points[best] else ()
    return MatchedWord(part.asked, used, part.how, fields, points[best])


def _points(view: View, part: Part, doc: int) -> float:
    place = np.searchsorted(part.docs, doc)
    if not part.frequency or place == len(part.docs) or part.docs[place] != doc:
        return 0.0
    return part.weight * rarity(view.count, part.frequency) * float(part.impacts[place])


def _fields(snapshot: Snapshot, part: Part, doc: int) -> tuple[str, ...]:
    """The fields of the document that hold it, the one that gave most first."""
    number = int(np.searchsorted(snapshot.bases, doc, side="right")) - 1
    segment, here = snapshot.segments[number], doc - snapshot.bases[number]
    given: dict[int, float] = {}
    for field in range(len(FIELDS)):
        count = count_in(segment, snapshot.places[number], part.run, field, here)
        given[field] = float(weighted(field, np.array([count], dtype=np.float32), segment.lengths[field, [here]])[0])
    return tuple(FIELDS[field] for field in sorted(given, key=lambda field: -given[field]) if given[field])


def _written(synonyms: rules.Synonyms, run: rules.Run, languages: tuple[str, ...]) -> str:
    """The house synonym of these words, as somebody wrote it."""
    members = (member for group in (*synonyms.same, *synonyms.related) for member in group)
    return next(
        (member for member in members if tuple(rules.stems_in(word, languages) for word in rules.synonym_words(member)) == run),
        " ".join(stems[0] for stems in run),
    )
