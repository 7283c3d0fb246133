"""Buyer questions as JSON: list, one, record, change, asked again."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from app.api.v1.envelope import BEARER, PROBLEMS, TAGGED, UNCHANGED, IfMatch, IfNoneMatch, next_page, read_page, read_tag, tagged
from app.api.v1.library import Cursor, Limit, find_values
from app.api.v1.shapes import AssetOut, FacetOut, asset_out, facet_out
from app.core.paging import PageRequest
from app.core.work import Work
from app.framework.models import CALL_FACETS
from app.framework.queries import list_values
from app.identity.rules import Permission
from app.messaging import actions, queries
from app.messaging.models import AnswerState, AskedInput, QuestionFilter, QuestionInput, QuestionView
from app.web.deps import ReadDep, WorkDep, require

router = APIRouter(prefix="/api/v1", tags=["questions"], dependencies=[BEARER], responses=PROBLEMS)

QuestionId = Annotated[int, Path(ge=1, le=2**31 - 1)]
EXAMPLE: JsonDict = {
    "text": "Will it talk to our warehouse system?",
    "facets": {"stage": ["discover"], "stakeholder": ["technical"]},
    "asset_id": 12,
    "anchor": "slide-9",
}
EXAMPLE_ASKED: JsonDict = {"context": {"stage": "discover"}, "note": "Second meeting"}


class QuestionsIn(BaseModel):
    """Which questions: words in them, facet values by key, whether something answers them now."""

    model_config = ConfigDict(extra="ignore")

    q: str = Field("", max_length=300)
    stage: list[str] = []
    stakeholder: list[str] = []
    solution: list[str] = []
    vertical: list[str] = []
    state: AnswerState | None = None
    cursor: Cursor = None
    limit: Limit = 25


class QuestionOut(BaseModel):
    """A buyer question; `answer` is the item that answers it, null when none does or the caller may not see it."""

    id: int
    text: str
    phrasings: list[str]
    facets: list[FacetOut]
    state: AnswerState
    answer: AssetOut | None
    anchor: str
    times_asked: int
    last_asked_at: AwareDatetime | None
    revision: int


class QuestionListOut(BaseModel):
    """Some questions; `next_cursor` is null when these were the last."""

    items: list[QuestionOut]
    total: int
    next_cursor: str | None


class QuestionIn(BaseModel):
    """A question in the buyer's words, where it belongs, and the passage that answers it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    text: str = Field(min_length=3, max_length=300)
    phrasings: list[str] = Field([], max_length=50)
    facets: dict[str, list[str]] = {}
    asset_id: int | None = Field(None, ge=1, le=2**31 - 1)
    anchor: str = Field("", max_length=200)


class AskedIn(BaseModel):
    """That a buyer asked it, on what call (one key a facet), and a note."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE_ASKED]})

    context: dict[str, str] = Field({}, max_length=8)
    note: str = Field("", max_length=300)


@router.get("/questions", dependencies=[require(Permission.SEE_QUESTIONS)])
def list_questions(work: ReadDep, asked: Annotated[QuestionsIn, Query()]) -> QuestionListOut:
    """Buyer questions the caller may know of."""
    keys = {name: some for name, some in asked.model_dump(include={facet.value for facet in CALL_FACETS}).items() if some}
    facets = tuple(frozenset(value.id for value in some) for some in find_values(keys, list_values(work)).values())
    page = PageRequest(read_page(asked.cursor), asked.limit)
    found = queries.list_questions(work, page, QuestionFilter(asked.q, facets, asked.state))
    return QuestionListOut(
        items=[_question_out(view) for view in found.items], total=found.total, next_cursor=next_page(found.number, found.pages)
    )


@router.get("/questions/{question_id}", dependencies=[require(Permission.SEE_QUESTIONS)], response_model=QuestionOut, responses=UNCHANGED)
def show_question(response: Response, work: ReadDep, question_id: QuestionId, known: IfNoneMatch = None) -> QuestionOut | Response:
    """One buyer question."""
    view = queries.get_question_view(work, question_id)
    if tagged(response, view.revision, known):
        return Response(status_code=304, headers=response.headers)
    return _question_out(view)


@router.post("/questions", status_code=201, dependencies=[require(Permission.EDIT_QUESTIONS)], responses={201: TAGGED[200]})
def record_question(response: Response, work: WorkDep, given: QuestionIn) -> QuestionOut:
    """Keep what buyers ask."""
    question = actions.record_question(work, _input(work, given))
    response.headers["Location"] = f"/api/v1/questions/{question.id}"
    return _answer(work, response, question.id or 0)


@router.put("/questions/{question_id}", dependencies=[require(Permission.EDIT_QUESTIONS)], responses=TAGGED)
def edit_question(response: Response, work: WorkDep, question_id: QuestionId, given: QuestionIn, state: IfMatch = None) -> QuestionOut:
    """Replace what is said of a question."""
    actions.edit_question(work, question_id, _input(work, given), read_tag(state))
    return _answer(work, response, question_id)


@router.post("/questions/{question_id}/asked", status_code=201, dependencies=[require(Permission.RECORD_ASKED)])
def record_asked(response: Response, work: WorkDep, question_id: QuestionId, given: AskedIn) -> QuestionOut:
    """A buyer asked it again."""
    actions.record_asked(work, AskedInput(question_id=question_id, context=given.context, note=given.note))
    return _answer(work, response, question_id)


def _input(work: Work, given: QuestionIn) -> QuestionInput:
    found = find_values(given.facets, list_values(work))
    return QuestionInput(
        text=given.text,
        phrasings=given.phrasings,
        facet_ids=[value.id for some in found.values() for value in some],
        asset_id=given.asset_id,
        anchor=given.anchor,
    )


def _answer(work: Work, response: Response, question_id: int) -> QuestionOut:
    view = queries.get_question_view(work, question_id)
    tagged(response, view.revision)
    return _question_out(view)


def _question_out(view: QuestionView) -> QuestionOut:
    return QuestionOut(
        id=view.id,
        text=view.text,
        phrasings=list(view.phrasings),
        facets=[facet_out(value) for value in view.facets],
        state=view.state,
        answer=asset_out(view.card) if view.card else None,
        anchor=view.anchor,
        times_asked=view.times_asked,
        last_asked_at=view.last_asked_at,
        revision=view.revision,
    )
