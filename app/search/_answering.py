"""One question against one snapshot: what matches, how well, in which order. Called by the engine."""

from dataclasses import replace

from app.search import rules
from app.search._folding import fold
from app.search._meaning import Meaning
from app.search._ranking import LEAST_COVER, Ranking, everything
from app.search._snapshot import Snapshot
from app.search.engine import SearchRequest, SearchResult


def answered(snapshot: Snapshot, meaning: Meaning, request: SearchRequest) -> SearchResult:
    """A page of answers with exact counts; of a blank question all there is, newest first."""
    view = snapshot.view(request.audiences)
    query = rules.parse(request.text, view.languages)
    if not request.text.strip():
        found, request = everything(view), replace(request, sort="newest")
    elif query.empty:
        return SearchResult(counts=dict.fromkeys((value for group in request.facet_groups.values() for value in group), 0))
    else:
        found = Ranking(view, query, request.synonyms).run(0.0 if request.any_word else LEAST_COVER)
        if not query.only_codes:
            meaning.blend(view, found, request.text)
    folded = fold(snapshot, found, request)
    return SearchResult(
        hits=folded.hits,
        total=folded.total,
        total_without_facets=folded.total_without_facets,
        total_boosted=folded.total_boosted,
        counts=folded.counts,
        expired_hidden=folded.expired_hidden,
        terms=tuple(found.terms),
        corrected=tuple(found.corrected),
        widened=tuple(found.widened),
        timed_out=found.timed_out,
    )
