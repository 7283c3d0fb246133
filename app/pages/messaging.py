"""Buyer questions: the list by square and state, one question, and writing down that a buyer asked it."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.framework.models import CALL_FACETS, Facet, ValueView
from app.framework.queries import list_values
from app.framework.rules import FACET_NAMES
from app.identity.rules import Permission, may
from app.library import queries as library
from app.library.models import PassageView
from app.library.rules import locator
from app.messaging import actions, queries, rules
from app.messaging.models import AnswerState, AskedInput, AskedView, QuestionFilter, QuestionText, QuestionView
from app.search.queries.suggestions import list_alike
from app.web.assetform import ChoiceGroup
from app.web.context import choose, read_context
from app.web.deps import ReadDep, WorkDep, require
from app.web.question import question_facets
from app.web.render import page, redirect, render

router = APIRouter()
PAGE_SIZE = 25
FILTER_FACETS = (Facet.STAGE, Facet.STEP, Facet.STAKEHOLDER, Facet.SOLUTION, Facet.VERTICAL)
STATES = {
    AnswerState.UNANSWERED: ("Nothing answers it", "circle-dashed"),
    AnswerState.OUTDATED: ("Answer no longer current", "triangle-alert"),
    AnswerState.ANSWERED: ("Answered", "badge-check"),
}
WRITTEN = "Written down. Marketing sees how often buyers ask it."


class Asked(BaseModel):
    """What a buyer asked, or the question it is; the call by keys; `sure` when none of those alike is meant."""

    text: str = ""
    question_id: int | None = None
    note: str = ""
    sure: str = ""
    next: str = ""
    stage: str = ""
    stakeholder: str = ""
    solution: str = ""
    vertical: str = ""

    @property
    def context(self) -> dict[str, str]:
        """The call, as far as it is plausible."""
        return {facet.value: key for facet, key in choose(self.model_dump()).items()}


@dataclass(frozen=True)
class StateCount:
    """One state to choose with how many questions are in it; an empty key means all. `query` is the list's address with it."""

    key: str
    name: str
    icon: str
    count: int
    query: str


@page("messaging/questions.html")
@dataclass(frozen=True)
class QuestionsPage:
    """Questions of a choice, asked most often first; `chosen` are the facet values' keys, `query` the address without its page."""

    questions: Page[QuestionView]
    states: tuple[StateCount, ...]
    state: str
    groups: tuple[ChoiceGroup, ...]
    chosen: frozenset[int]
    text: str
    query: str
    can_edit: bool


@page("messaging/question.html")
@dataclass(frozen=True)
class QuestionPage:
    """One question; `answer` is the passage where the reader may see one that is current, `asked` is told to marketing only, `call` are
    the keys of the call that is set."""

    question: QuestionView
    answer: PassageView | None
    place: str
    asked: tuple[AskedView, ...]
    call: dict[str, str]
    can_edit: bool


@page("messaging/asked.html")
@dataclass(frozen=True)
class AskedPage:
    """What a buyer asked, not written down yet; `alike` are questions it may be."""

    text: str
    note: str
    call: dict[str, str]
    values: tuple[ValueView, ...]
    alike: tuple[QuestionText, ...]
    errors: dict[str, str]
    next: str


@router.get("/questions", dependencies=[require(Permission.SEE_QUESTIONS)])
def list_questions(request: Request, work: ReadDep, q: str = "", state: str = "", page: int = 1) -> Response:
    """What buyers ask, of one square or all, in one state or any."""
    chosen = _chosen(request, work)
    text, wanted = rules.clean_line(q, 200), AnswerState(state) if state in set(AnswerState) else None
    asked = QuestionFilter(text, question_facets(work, chosen), wanted)
    counts = queries.count_states(work, asked)
    pairs = [(facet.value, value.key) for facet in FILTER_FACETS for value in list_values(work).pick(chosen.get(facet, ()))]
    pairs += [("q", text)] if text else []
    data = QuestionsPage(
        questions=queries.list_questions(work, PageRequest(min(max(1, page), 100_000), PAGE_SIZE), asked),
        states=_states(counts, pairs),
        state=wanted or "",
        groups=tuple(ChoiceGroup(facet.value, FACET_NAMES[facet], list_values(work).by_facet(facet)) for facet in FILTER_FACETS),
        chosen=frozenset(value_id for ids in chosen.values() for value_id in ids),
        text=text,
        query=urlencode([*pairs, *([("state", wanted)] if wanted else [])]),
        can_edit=may(work.actor, Permission.EDIT_QUESTIONS),
    )
    return render(request, data)


@router.get("/questions/asked", dependencies=[require(Permission.RECORD_ASKED)])
def show_asked(request: Request, work: ReadDep, text: str = "", note: str = "", next: str = "") -> Response:
    """A form to write down what a buyer asked; with words in it, the questions these may be."""
    named = choose(dict(request.query_params)) or read_context(request)
    asked = Asked(text=rules.clean_line(text), note=rules.clean_line(note), next=next)
    return render(request, _asked_page(work, asked, {facet.value: key for facet, key in named.items()}, {}))


@router.post("/questions/asked", dependencies=[require(Permission.RECORD_ASKED)])
def record_asked(request: Request, work: WorkDep, asked: Annotated[Asked, Form()]) -> Response:
    """A buyer asked this. One that looks like a question already there is shown first, so that one does not become three."""
    words = rules.clean_line(asked.text)
    if asked.question_id is None and len(rules.bare(words)) < actions.SHORTEST:
        return render(request, _asked_page(work, asked, asked.context, {"text": "Write the question in the buyer's words."}), status=422)
    is_open = asked.question_id is None and not asked.sure and queries.find_same(work, words) is None
    if is_open and list_alike(work, words):
        fields = {"text": words, "note": rules.clean_line(asked.note), "next": asked.next, **asked.context}
        return redirect(request, f"/questions/asked?{urlencode({name: value for name, value in fields.items() if value})}")
    actions.record_asked(work, AskedInput(text=words, question_id=asked.question_id, context=asked.context, note=asked.note))
    return redirect(request, asked.next or "/questions", WRITTEN)


@router.get("/questions/{question_id}", dependencies=[require(Permission.SEE_QUESTIONS)])
def show_question(request: Request, question_id: int, work: ReadDep) -> Response:
    """One question: its other wordings, what answers it, how often it was asked."""
    view = queries.get_question_view(work, question_id)
    can_edit = may(work.actor, Permission.EDIT_QUESTIONS)
    asked = tuple(queries.list_asked(work, question_id)) if can_edit else ()
    call = {facet.value: key for facet, key in read_context(request).items()}
    answer = _answer_of(work, view)
    place = locator(answer.label, view.card.version.unit_word, view.card.version.unit_count) if answer and view.card else ""
    return render(request, QuestionPage(view, answer, place, asked, call, can_edit))


def _answer_of(work: Work, view: QuestionView) -> PassageView | None:
    """The passage that answers, of the version this reader gets."""
    if view.card is None or view.state != AnswerState.ANSWERED:
        return None
    passage = library.find_passage(work, view.card.version.id, view.anchor)
    return library.view_passage(passage) if passage is not None else None


def _chosen(request: Request, work: Work) -> dict[Facet, frozenset[int]]:
    values, params = list_values(work), request.query_params
    found = {facet: [values.find(facet, key) for key in params.getlist(facet.value)] for facet in FILTER_FACETS}
    ids = {facet: frozenset(value.id for value in some if value is not None) for facet, some in found.items()}
    return {facet: some for facet, some in ids.items() if some}


def _states(counts: dict[AnswerState, int], pairs: list[tuple[str, str]]) -> tuple[StateCount, ...]:
    every = StateCount("", "All", "list-checks", sum(counts.values()), urlencode(pairs))
    one = (
        StateCount(state.value, name, icon, counts[state], urlencode([*pairs, ("state", state.value)]))
        for state, (name, icon) in STATES.items()
    )
    return (every, *one)


def _asked_page(work: Work, asked: Asked, context: dict[str, str], errors: dict[str, str]) -> AskedPage:
    values = list_values(work)
    call = tuple(value for facet in CALL_FACETS if (value := values.find(facet, context.get(facet.value, ""))) is not None)
    alike = list_alike(work, asked.text) if asked.text else ()
    return AskedPage(asked.text, asked.note, {value.facet: value.key for value in call}, call, alike, errors, asked.next)
