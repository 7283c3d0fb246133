"""Asking: the results page, the call context, and asking marketing."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from app.activity.models import Happening, Verb
from app.framework.models import CALL_FACETS, Facet
from app.framework.queries import Facets, list_values
from app.identity.rules import Permission, may
from app.messaging.actions import record_asked
from app.messaging.models import AskedInput
from app.search import queries
from app.search.models import Answer, Results
from app.search.queries import Question
from app.web.context import choose, read_context, write_context
from app.web.deps import ReadDep, WorkDep, require
from app.web.question import read_question
from app.web.render import page, redirect, render
from app.web.services import services_of

router = APIRouter()
NOTHING_FITTED = "Nothing that search found fitted."


class Asked(BaseModel):
    """A question for marketing and the facets it was asked with, by key."""

    question: str = ""
    next: str = "/"
    stage: str = ""
    stakeholder: str = ""
    solution: str = ""
    vertical: str = ""


@page("search/results.html")
@dataclass(frozen=True)
class ResultsPage:
    """The answers; `query` is this page's address without its page number, `without_context` the same question for any call."""

    results: Results
    query: str
    without_context: str
    show_expired: bool
    nearest: tuple[Answer, ...]
    can_request: bool
    can_curate: bool


@page("search/_results.html")
@dataclass(frozen=True)
class ResultsFragment(ResultsPage):
    """The same for a partial update."""


@router.get("/ask", dependencies=[require(Permission.ASK)])
def ask(request: Request, work: ReadDep) -> Response:
    """Answers to a question; the call context chooses the facets until the address does."""
    params = request.query_params
    question = read_question(params, read_context(request), list_values(work))
    results = queries.find(work, services_of(request).index, question)
    nearest = queries.find_nearest(work, services_of(request).index, question) if results.total == 0 and question.text else ()
    partial = request.headers.get("hx-request") == "true"
    data = (ResultsFragment if partial else ResultsPage)(
        results=results,
        query=_address(question, list_values(work)),
        without_context=f"/ask?{urlencode({'q': question.text, 'set': 1})}" if any(question.chosen.values()) else "",
        show_expired=question.show_expired,
        nearest=nearest,
        can_request=may(work.actor, Permission.REQUEST_CONTENT),
        can_curate=may(work.actor, Permission.EDIT_QUESTIONS),
    )
    if question.text and question.page == 1:
        _remember(request, work, question, list_values(work))
    return render(request, data, headers={"Vary": "HX-Request", "Cache-Control": "no-store"})


@router.post("/ask/request", dependencies=[require(Permission.REQUEST_CONTENT)])
def ask_marketing(request: Request, work: WorkDep, asked: Annotated[Asked, Form()]) -> Response:
    """Send a question nothing answered to marketing, with the call it was asked for."""
    context = {facet.value: key for facet, key in choose(asked.model_dump()).items()}
    record_asked(work, AskedInput(text=asked.question, context=context, note=NOTHING_FITTED))
    return redirect(request, asked.next, "Asked marketing. The question is on their list with this call’s context.")


@router.post("/context", dependencies=[require(Permission.ASK)])
async def set_context(request: Request) -> Response:
    """Set or clear what the call is about; it stays set from page to page."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    context = {} if form.get("clear") else choose(form)
    response = redirect(request, form.get("next", "/"))
    write_context(response, context, services_of(request).settings)
    return response


def _address(question: Question, values: Facets) -> str:
    pairs = [("q", question.text), ("set", "1")]
    pairs += [(facet.value, value.key) for facet in Facet for value in values.pick(question.chosen.get(facet, ()))]
    pairs += [("expired", "1")] if question.show_expired else []
    pairs += [("sort", "newest")] if question.newest_first else []
    return urlencode(pairs)


def _remember(request: Request, work: ReadDep, question: Question, values: Facets) -> None:
    context = tuple((facet.value, value.key) for facet in CALL_FACETS for value in values.pick(question.chosen.get(facet, ())))
    services_of(request).activity.note(Happening(work.now, work.actor.id, Verb.ASKED, question=question.text, context=context))
