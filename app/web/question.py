"""How an address becomes a question; the results page and the API read it the same way."""

from collections.abc import Iterable, Mapping

from starlette.datastructures import QueryParams

from app.framework.models import Facet
from app.framework.queries import Facets
from app.search.queries import Question

LAST_PAGE = 1000


def read_question(params: QueryParams, context: Mapping[Facet, str], values: Facets) -> Question:
    """The question an address asks. Facets come from the address; from the call context when it names none and `set` is missing."""
    named = {facet: frozenset(_ids(params.getlist(facet.value), facet, values)) for facet in Facet}
    explicit = "set" in params or any(facet.value in params for facet in Facet)
    number = params.get("page", "1")
    return Question(
        text=" ".join(params.get("q", "").split())[:300],
        chosen={facet: ids for facet, ids in named.items() if ids} if explicit else from_context(context, values),
        page=min(max(1, int(number)), LAST_PAGE) if number.isdecimal() and len(number) < 6 else 1,
        show_expired=params.get("expired") == "1",
        newest_first=params.get("sort") == "newest",
    )


def _ids(keys: Iterable[str], facet: Facet, values: Facets) -> Iterable[int]:
    return (value.id for key in keys if (value := values.find(facet, key)) is not None)


def from_context(context: Mapping[Facet, str], values: Facets) -> dict[Facet, frozenset[int]]:
    """The facet values of the call that is set."""
    chosen = {facet: frozenset(_ids([key], facet, values)) for facet, key in context.items()}
    return {facet: ids for facet, ids in chosen.items() if ids}
