"""Asking: the results page, what is offered while typing, why an answer stands there, the call context, and asking marketing."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from app.activity.models import Happening, Verb
from app.core.work import Work
from app.framework.models import ValueView
from app.framework.queries import list_values
from app.identity.rules import Permission, may
from app.library.queries import get_shown
from app.messaging.actions import record_asked
from app.messaging.models import AskedInput, QuestionBrief, QuestionFilter
from app.messaging.queries import list_briefly
from app.plays.models import CurrentKit
from app.plays.queries import find_current
from app.search import queries, rules
from app.search.models import Answer, Results, Why
from app.search.queries import LIST_SIZE, PAGE_SIZE, Question
from app.search.queries.suggestions import suggest
from app.search.queries.why import explain
from app.web.assetform import read_posted
from app.web.context import choose, read_context, without_call, write_context
from app.web.deps import ReadDep, WorkDep, require
from app.web.notes import note_asked, note_used
from app.web.question import address_of, from_context, question_facets, read_question
from app.web.render import page, redirect, render
from app.web.services import services_of

router = APIRouter()
NOTHING_FITTED = "Nothing that search found fitted."
SQUARE_QUESTIONS = 10
PRIVATE = {"Vary": "HX-Request", "Cache-Control": "no-store"}


class Asked(BaseModel):
    """A question for marketing and the facets it was asked with, by key."""

    question: str = ""
    next: str = "/"
    stage: str = ""
    stakeholder: str = ""
    solution: str = ""
    vertical: str = ""


class Told(BaseModel):
    """Whether an item answered a question."""

    question: str
    asset_id: int
    said: Literal["yes", "no"]
    next: str = "/"


class TitleOut(BaseModel):
    """An item to open."""

    id: int
    title: str


class SuggestionsOut(BaseModel):
    """What goes on from the words typed so far."""

    questions: list[str]
    items: list[TitleOut]


@page("search/results.html")
@dataclass(frozen=True)
class ResultsPage:
    """The answers. `query` is this page's address with its whole context, but without its page number; `call` the one that lifts what fits
    it, `about` that and what was chosen of its facets, `asked_for` the same when it is not the reader's own; `without_context` the same
    question for any call, `only_call` for this one alone, `exact` with no word corrected; `questions` those of a list's square, `current`
    the kit the reader works on."""

    results: Results
    query: str
    call: tuple[ValueView, ...]
    about: tuple[ValueView, ...]
    asked_for: tuple[ValueView, ...]
    without_context: str
    only_call: str
    exact: str
    newest_first: bool
    show_expired: bool
    nearest: tuple[Answer, ...]
    questions: tuple[QuestionBrief, ...]
    current: CurrentKit | None
    can_request: bool
    can_curate: bool


@page("search/_results.html")
@dataclass(frozen=True)
class ResultsFragment(ResultsPage):
    """The same for a partial update."""


@page("search/why.html")
@dataclass(frozen=True)
class WhyPage:
    """Why an item is among the answers; `why` is None when it is not. `back` is the address of the answers."""

    question: str
    why: Why | None
    back: str


@page("search/_why.html")
@dataclass(frozen=True)
class WhyFragment:
    """The same, to unfold under the answer."""

    why: Why | None


@router.get("/ask", dependencies=[require(Permission.ASK)])
def ask(request: Request, work: ReadDep) -> Response:
    """Answers to a question; what fits the call that is set comes further up, what the address chooses narrows them."""
    question = read_question(request.query_params, read_context(request), list_values(work))
    index = services_of(request).index
    results = queries.find(work, index, question, PAGE_SIZE if question.text else LIST_SIZE)
    nearest = queries.find_nearest(work, index, question) if results.total == 0 and question.text else ()
    note_asked(request, work, question, results)
    return render(request, _page(request, work, question, results, nearest), headers=PRIVATE)


@router.get("/ask/suggest", dependencies=[require(Permission.ASK)])
def offer(request: Request, response: Response, work: ReadDep, q: str = "") -> SuggestionsOut:
    """Questions and titles while somebody types; never recorded."""
    found = suggest(work, services_of(request).index, q)
    response.headers["Cache-Control"] = "no-store"
    return SuggestionsOut(
        questions=[one.text for one in found if one.asset_id is None],
        items=[TitleOut(id=one.asset_id, title=one.text) for one in found if one.asset_id is not None],
    )


@router.get("/ask/why/{asset_id}", dependencies=[require(Permission.EDIT_QUESTIONS)])
def show_why(request: Request, asset_id: int, work: ReadDep) -> Response:
    """Why this item answers, with the figures its place goes by."""
    question = read_question(request.query_params, read_context(request), list_values(work))
    why = explain(work, services_of(request).index, question, asset_id)
    if request.headers.get("hx-request") == "true":
        return render(request, WhyFragment(why), headers=PRIVATE)
    return render(request, WhyPage(question.text, why, f"/ask?{address_of(question, list_values(work))}"), headers=PRIVATE)


@router.post("/ask/request", dependencies=[require(Permission.RECORD_ASKED)])
def ask_marketing(request: Request, work: WorkDep, asked: Annotated[Asked, Form()]) -> Response:
    """Send a question nothing answered to marketing, with the call it was asked for."""
    context = {facet.value: key for facet, key in choose(asked.model_dump()).items()}
    record_asked(work, AskedInput(text=asked.question, context=context, note=NOTHING_FITTED))
    return redirect(request, asked.next, "Asked marketing. The question is on their list with this call’s context.")


@router.post("/ask/answered", dependencies=[require(Permission.ASK)])
def note_answered(request: Request, work: ReadDep, told: Annotated[Told, Form()]) -> Response:
    """Whether an item answered the question, says who asked it."""
    shown = get_shown(work, told.asset_id)
    verb = Verb.ANSWERED if told.said == "yes" else Verb.NOT_ANSWERED
    question = " ".join(told.question.split())
    note_used(request, Happening(work.now, work.actor.id, verb, shown.asset.id, shown.version.id, question=question))
    return redirect(
        request, told.next, "Noted, thank you." if told.said == "yes" else "Noted. Marketing sees which questions go unanswered."
    )


@router.post("/context", dependencies=[require(Permission.ASK)])
async def set_context(request: Request) -> Response:
    """Set or clear what the call is about; it stays set from page to page, and what was asked is asked again for it."""
    form = {name: value for name, value in (await read_posted(request)).items() if isinstance(value, str)}
    context = {} if form.get("clear") else choose(form)
    response = redirect(request, without_call(form.get("next", "/")))
    write_context(response, context, services_of(request).settings)
    return response


def _page(request: Request, work: Work, question: Question, results: Results, nearest: tuple[Answer, ...]) -> ResultsPage:
    values = list_values(work)
    plain = replace(question, chosen={}, call={}, show_expired=False, newest_first=False)
    read_otherwise = {word for word, _ in (*results.corrected, *results.widened)}
    typed = rules.exactly(question.text, read_otherwise)
    narrowed = replace(question, chosen={**question.chosen, **question.call}, call={})
    about = values.pick(question.facet_ids)
    partial = request.headers.get("hx-request") == "true"
    return (ResultsFragment if partial else ResultsPage)(
        results=results,
        query=address_of(question, values),
        call=values.pick(value_id for ids in question.call.values() for value_id in ids),
        about=about,
        asked_for=about if question.text and question.about != from_context(read_context(request), values) else (),
        without_context=f"/ask?{address_of(plain, values)}" if any(question.chosen.values()) else "",
        only_call=f"/ask?{address_of(narrowed, values)}" if 0 < results.total_for_call < results.total else "",
        exact=f"/ask?{address_of(replace(question, text=typed), values)}" if read_otherwise else "",
        newest_first=question.newest_first,
        show_expired=question.show_expired,
        nearest=nearest,
        questions=_of_square(work, question) if not question.text else (),
        current=find_current(work) if may(work.actor, Permission.USE_KITS) else None,
        can_request=may(work.actor, Permission.RECORD_ASKED),
        can_curate=may(work.actor, Permission.EDIT_QUESTIONS),
    )


def _of_square(work: Work, question: Question) -> tuple[QuestionBrief, ...]:
    facets = question_facets(work, question.chosen)
    return list_briefly(work, QuestionFilter(facets=facets), SQUARE_QUESTIONS) if facets else ()
