"""The judged set: marketing grades passages for a question, and sees how well search ranks by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import Stale
from app.core.paging import Page
from app.core.templating import plural
from app.core.work import Work
from app.identity.rules import Permission
from app.messaging.rules import clean_line
from app.search.actions import grade_passages, remove_judgements, state_of
from app.search.models import Graded, GradedPassage, JudgedQuestion, Measure
from app.search.queries.judged import list_judgements, list_to_grade, read_judged_set
from app.web.assetform import read_posted, text_fields
from app.web.deps import ReadDep, WorkDep, read_work, require, write_work
from app.web.render import page, redirect, render
from app.web.services import services_of

router = APIRouter()
PAGE_SIZE = 25
LAST_PAGE = 1000
NOT_GRADED = "none"
GRADES = (("2", "Answers it"), ("1", "Partly"), ("0", "Does not"), (NOT_GRADED, "Not graded"))


@page("search/judged.html")
@dataclass(frozen=True)
class JudgedPage:
    """The questions of the judged set, and how well search ranks them today; `states` are what their rows were made from."""

    questions: Page[JudgedQuestion]
    measure: Measure | None


@page("search/grade.html")
@dataclass(frozen=True)
class GradePage:
    """Passages to grade for a question; `chosen` are the grades of the form by the passage's key, `state` what it was made from."""

    question: str
    passages: tuple[GradedPassage, ...]
    chosen: Mapping[str, str]
    grades: tuple[tuple[str, str], ...]
    state: str
    is_judged: bool
    error: str


@router.get("/judged", dependencies=[require(Permission.EDIT_QUESTIONS)])
def show_judged(request: Request, work: ReadDep, number: Annotated[int, Query(alias="page", ge=1, le=LAST_PAGE)] = 1) -> Response:
    """Every judged question, the one graded last first."""
    found = read_judged_set(work, services_of(request).index)
    shown = found.questions[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return render(request, JudgedPage(Page(shown, len(found.questions), number, PAGE_SIZE), found.measure))


@router.get("/judged/grade", dependencies=[require(Permission.EDIT_QUESTIONS)])
def show_grades(request: Request, work: ReadDep, q: str = "") -> Response:
    """The passages search gives for a question, and those graded before."""
    question = clean_line(q)
    return render(request, _grade_page(request, work, question)) if question else redirect(request, "/judged")


@router.post("/judged/grade", dependencies=[require(Permission.EDIT_QUESTIONS)])
async def save_grades(request: Request) -> Response:
    """Keep the grades; when somebody else graded meanwhile, theirs are shown beside what was chosen."""
    fields = text_fields(await read_posted(request))
    question = clean_line(fields.get("question", ""))
    grades = {name.removeprefix("grade-"): text for name, text in fields.items() if name.startswith("grade-")}
    try:
        async with write_work(request) as work:
            graded = await run_in_threadpool(grade_passages, work, question, _read_grades(grades), fields.get("state", ""))
    except Stale as problem:
        async with read_work(request) as work:
            again = await run_in_threadpool(_grade_page, request, work, question, chosen=grades, error=problem.message)
            return await run_in_threadpool(render, request, again, problem.status)
    return redirect(request, "/judged", _told(question, graded))


@router.post("/judged/remove", dependencies=[require(Permission.EDIT_QUESTIONS)])
def remove(request: Request, work: WorkDep, question: Annotated[str, Form()], state: Annotated[str, Form()] = "") -> Response:
    """Take a question out of the judged set."""
    remove_judgements(work, question, state)
    return redirect(request, "/judged", "Taken out of the judged set.")


def _grade_page(request: Request, work: Work, question: str, *, chosen: Mapping[str, str] | None = None, error: str = "") -> GradePage:
    passages = tuple(list_to_grade(work, services_of(request).index, question))
    judged = list_judgements(work, question)
    before = {one.passage.key: str(one.grade) for one in passages if one.grade is not None and not one.is_changed}
    return GradePage(question, passages, before if chosen is None else chosen, GRADES, state_of(judged), bool(judged), error)


def _told(question: str, graded: Graded) -> str:
    kept = plural(graded.kept, "passage") if graded.kept else "No passage"
    lost = f" {plural(graded.lost, 'grade')} could not be kept: the text changed meanwhile." if graded.lost else ""
    return f"{kept} graded for “{question[:100]}”.{lost}"


def _read_grades(grades: Mapping[str, str]) -> dict[tuple[int, str], int | None]:
    """By item and digest; what is no grade is refused by the action."""
    found: dict[tuple[int, str], int | None] = {}
    for key, text in grades.items():
        asset_id, _, digest = key.partition("-")
        if asset_id.isdecimal() and len(asset_id) < 10:
            found[int(asset_id), digest] = None if text == NOT_GRADED else int(text) if text.isdecimal() and len(text) == 1 else -1
    return found
