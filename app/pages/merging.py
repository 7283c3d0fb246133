"""One question that became two: merged into the one that stays, or removed when no buyer ever asked it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.core.errors import AppError, Conflict, Refused, Stale
from app.core.work import Work
from app.identity.rules import Permission
from app.messaging import actions, queries, rules
from app.messaging.models import QuestionBrief, QuestionFilter, QuestionView
from app.plays.actions.answers import point_to
from app.plays.queries.answers import list_referring
from app.search.queries.suggestions import list_alike
from app.web.deps import ReadDep, WorkDep, require
from app.web.render import page, redirect, render

router = APIRouter()
CANDIDATES = 20
FormNumber = Annotated[int | None, Form()]


@page("messaging/merge.html")
@dataclass(frozen=True)
class MergePage:
    """Forms: GET here with q; POST /questions/{id}/merge with into, revision; POST /questions/{id}/remove with revision.

    `candidates` are those found by `text`, without it those alike.
    """

    question: QuestionView
    text: str
    candidates: tuple[QuestionBrief, ...]
    error: str


@router.get("/questions/{question_id}/merge", dependencies=[require(Permission.EDIT_QUESTIONS)])
def show_merge(request: Request, question_id: int, work: ReadDep, q: str = "") -> Response:
    """Which question is it the same as?"""
    return render(request, _page(work, question_id, rules.clean_line(q, 200), ""))


@router.post("/questions/{question_id}/merge", dependencies=[require(Permission.EDIT_QUESTIONS)])
def merge(request: Request, question_id: int, work: WorkDep, into: FormNumber = None, revision: FormNumber = None) -> Response:
    """From now on there is one of them."""
    if into is None:
        return render(request, _page(work, question_id, "", "Choose the question it is the same as."), status=422)
    referring = list_referring(work, question_id)  # before it is gone
    try:
        kept = actions.merge_question(work, question_id, into, revision)
    except (Refused, Stale) as problem:
        return _told(request, work, question_id, problem)
    point_to(work, referring, into)
    return redirect(request, f"/questions/{kept.id}", "Merged. Wordings and counts of both are here.")


@router.post("/questions/{question_id}/remove", dependencies=[require(Permission.EDIT_QUESTIONS)])
def remove(request: Request, question_id: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """A question nobody asked is gone."""
    try:
        actions.remove_question(work, question_id, revision)
    except (Conflict, Stale) as problem:
        return _told(request, work, question_id, problem)
    return redirect(request, "/questions", "Removed. Nobody had asked it.")


def _told(request: Request, work: Work, question_id: int, problem: AppError) -> Response:
    return render(request, _page(work, question_id, "", problem.message), status=problem.status)


def _page(work: Work, question_id: int, text: str, error: str) -> MergePage:
    view = queries.get_question_view(work, question_id)
    if text:
        found = queries.list_briefly(work, QuestionFilter(text), CANDIDATES)
    else:
        found = queries.list_briefly_by_id(work, [one.id for one in list_alike(work, view.text)])
    return MergePage(question=view, text=text, candidates=tuple(one for one in found if one.id != question_id), error=error)
