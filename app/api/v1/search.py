"""Asking as JSON: the same answers, counts and order as the results page."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.v1.envelope import BEARER, PROBLEMS, next_page, read_page
from app.api.v1.library import Cursor
from app.api.v1.shapes import AssetOut, FacetOut, PassageOut, asset_out, facet_out, passage_out
from app.framework.queries import list_values
from app.identity.rules import Permission
from app.search import queries
from app.search.models import Answer
from app.web.deps import ReadDep, require
from app.web.notes import note_asked
from app.web.question import read_question
from app.web.services import services_of

router = APIRouter(prefix="/api/v1", tags=["ask"], dependencies=[BEARER], responses=PROBLEMS)


class AskIn(BaseModel):
    """A question and the facets that narrow it, by key; repeat a facet for more values of it. `call_...`: the call it is asked for, which
    brings answers that fit it further up and leaves none out."""

    model_config = ConfigDict(extra="ignore")

    q: str = Field("", max_length=300)
    stage: list[str] = []
    stakeholder: list[str] = []
    solution: list[str] = []
    vertical: list[str] = []
    call_stage: list[str] = []
    call_stakeholder: list[str] = []
    call_solution: list[str] = []
    call_vertical: list[str] = []
    kind: list[str] = []
    step: list[str] = []
    segment: list[str] = []
    objective: list[str] = []
    competitor: list[str] = []
    audience: list[str] = []
    expired: Literal["", "1"] = ""
    sort: Literal["", "newest"] = ""
    cursor: Cursor = None


class CopyOut(BaseModel):
    """Where another asset says nearly the same; `locator` reads as in an answer."""

    id: int
    title: str
    anchor: str
    locator: str


class AnswerOut(BaseModel):
    """An asset with its best passage; `excerpt` is the passage around its answering words, `also_in` answers of the same page that say
    nearly the same and are not listed themselves."""

    asset: AssetOut
    passage: PassageOut | None
    locator: str
    excerpt: str
    also_in: list[CopyOut]


class FacetCountOut(BaseModel):
    """How many answers a facet value would leave."""

    value: FacetOut
    count: int
    chosen: bool


class AskOut(BaseModel):
    """One page of answers; `best` is the curated one when a known question matches well, `total_for_call` counts those that carry all of
    the call. By typed word: `corrected` names the word that was looked for instead, `widened` the one that was looked for, too."""

    question: str
    best: AnswerOut | None
    answers: list[AnswerOut]
    total: int
    total_for_call: int
    next_cursor: str | None
    facets: list[FacetCountOut]
    corrected: dict[str, str]
    widened: dict[str, str]


@router.get("/ask", dependencies=[require(Permission.ASK)])
def ask(request: Request, work: ReadDep, asked: Annotated[AskIn, Query()]) -> AskOut:
    """Answers to a question; facets by key, repeat one for more values of it. Without a question: everything released, newest first."""
    question = replace(read_question(request.query_params, {}, list_values(work)), page=read_page(asked.cursor))
    results = queries.find(work, services_of(request).index, question)
    note_asked(request, work, question, results)
    return AskOut(
        question=results.question,
        best=_answer_out(results.best.answer) if results.best else None,
        answers=[_answer_out(answer) for answer in results.answers],
        total=results.total,
        total_for_call=results.total_for_call,
        next_cursor=next_page(results.page, results.pages),
        facets=[
            FacetCountOut(value=facet_out(option.value), count=option.count, chosen=option.is_chosen)
            for group in results.groups
            for option in group.options
        ],
        corrected=dict(results.corrected),
        widened=dict(results.widened),
    )


def _answer_out(answer: Answer) -> AnswerOut:
    return AnswerOut(
        asset=asset_out(answer.card),
        passage=passage_out(answer.passage) if answer.passage else None,
        locator=answer.locator,
        excerpt="".join(piece.text for piece in answer.pieces),
        also_in=[
            CopyOut(id=copy.card.id, title=copy.card.title, anchor=copy.passage.anchor, locator=copy.locator)
            for copy in answer.copies
            if copy.passage is not None
        ],
    )
