"""How an address becomes a question and a question an address; the results page and the API read it the same way."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from app.core.work import Work
from app.framework.models import CALL_FACETS, Facet
from app.framework.queries import Facets, list_steps_of_stages
from app.search.queries import Question
from app.web.context import call_name

LAST_PAGE = 1000


def read_question(params: QueryParams, context: Mapping[Facet, str], values: Facets) -> Question:
    """The question an address asks. The call comes from the address; from the context when it names none and `set` is missing. It narrows
    nothing, but without words there is no order it could change: then it chooses what is listed."""
    chosen = _named(params, {facet: facet.value for facet in Facet}, values)
    call = _named(params, {facet: call_name(facet) for facet in CALL_FACETS}, values)
    text = " ".join(params.get("q", "").split())[:300]
    if "set" not in params and not call:
        call = from_context(context, values)
    if not text:
        explicit = "set" in params or any(facet.value in params for facet in CALL_FACETS)
        chosen, call = chosen if explicit else {**call, **chosen}, {}
    number = params.get("page", "1")
    return Question(
        text=text,
        chosen=chosen,
        call={facet: ids for facet, ids in call.items() if facet not in chosen},
        page=min(max(1, int(number)), LAST_PAGE) if number.isdecimal() and len(number) < 6 else 1,
        show_expired=params.get("expired") == "1",
        newest_first=params.get("sort") == "newest",
    )


def address_of(question: Question, values: Facets) -> str:
    """What stands behind /ask? for this question with everything it was asked for, but its page: whoever opens it sees the same."""
    pairs = [("q", question.text), ("set", "1")]
    pairs += [(facet.value, value.key) for facet in Facet for value in values.pick(question.chosen.get(facet, ()))]
    pairs += [(call_name(facet), value.key) for facet in CALL_FACETS for value in values.pick(question.call.get(facet, ()))]
    pairs += [("expired", "1")] if question.show_expired else []
    pairs += [("sort", "newest")] if question.newest_first else []
    return urlencode(pairs)


def question_facets(work: Work, chosen: Mapping[Facet, frozenset[int]]) -> tuple[frozenset[int], ...]:
    """The same choice for buyer questions, which carry the call alone: a buyer step stands for the stages under it."""
    found = [chosen[facet] for facet in CALL_FACETS if chosen.get(facet)]
    if chosen.get(Facet.STEP):
        laid = list_steps_of_stages(work)
        found.append(frozenset(stage for stage, steps in laid.items() if chosen[Facet.STEP].intersection(steps)))
    return tuple(found)


def _named(params: QueryParams, names: Mapping[Facet, str], values: Facets) -> dict[Facet, frozenset[int]]:
    found = {facet: frozenset(_ids(params.getlist(name), facet, values)) for facet, name in names.items()}
    return {facet: ids for facet, ids in found.items() if ids}


def _ids(keys: Iterable[str], facet: Facet, values: Facets) -> Iterable[int]:
    return (value.id for key in keys if (value := values.find(facet, key)) is not None)


def from_context(context: Mapping[Facet, str], values: Facets) -> dict[Facet, frozenset[int]]:
    """The facet values of the call that is set."""
    chosen = {facet: frozenset(_ids([key], facet, values)) for facet, key in context.items()}
    return {facet: ids for facet, ids in chosen.items() if ids}
