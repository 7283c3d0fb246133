"""How questions do: what people asked and what they did with the answers, the worst first. For marketing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.activity.models import QuestionFigures
from app.activity.queries import list_question_figures
from app.core.paging import Page, PageRequest
from app.identity.rules import Permission
from app.web.deps import ReadDep, require
from app.web.figures import DAYS, LONGEST_DAYS, MOST_EXPORTED, figures_csv
from app.web.files import made_headers
from app.web.render import page, render

router = APIRouter()
PAGE_SIZE = 25
LAST_PAGE = 1000
RANGES = ((7, "7 days"), (30, "30 days"), (90, "3 months"), (365, "A year"))
Days = Annotated[int, Query(ge=1, le=LONGEST_DAYS)]


@page("messaging/figures.html")
@dataclass(frozen=True)
class FiguresPage:
    """The questions of the last `days`; `ranges` are the days to choose from, with their words."""

    figures: Page[QuestionFigures]
    days: int
    ranges: tuple[tuple[int, str], ...]
    query: str
    most_exported: int


@router.get("/questions/figures", dependencies=[require(Permission.EDIT_QUESTIONS)])
def show_figures(
    request: Request, work: ReadDep, days: Days = DAYS, number: Annotated[int, Query(alias="page", ge=1, le=LAST_PAGE)] = 1
) -> Response:
    """How the questions of so many days did."""
    found = list_question_figures(work, work.now - timedelta(days=days), PageRequest(number, PAGE_SIZE))
    return render(request, FiguresPage(found, days, RANGES, f"days={days}", MOST_EXPORTED))


@router.get("/questions/figures.csv", dependencies=[require(Permission.EDIT_QUESTIONS)])
def export_figures(work: ReadDep, days: Days = DAYS) -> Response:
    """The same as CSV."""
    headers = made_headers(f"questions-{work.today:%Y-%m-%d}.csv")
    return Response(figures_csv(work, days), media_type="text/csv; charset=utf-8", headers=headers)
