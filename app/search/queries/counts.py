"""How many answers there are, without the answers. Called by the page of the map."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.search.engine import SearchEngine
from app.search.queries import Question, request_of


def count_answers(work: Work, engine: SearchEngine, texts: Sequence[str], chosen: Mapping[Facet, frozenset[int]]) -> tuple[int, ...]:
    """For each of these questions the answers that asking it with these facets finds for this actor."""
    request = replace(request_of(work, Question("", chosen), list_values(work), 1), facet_groups={}, group_by=())
    return tuple(engine.search(replace(request, text=text)).total for text in texts)
