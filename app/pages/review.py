"""What passed its date, and the buyer questions nothing answers: a plain list."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request, Response

from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity.rules import Permission, may
from app.library.models import AssetCard, AssetView, FindingReason
from app.library.queries import count_past_dates, list_past_dates
from app.library.rules import PastDate, past_date_sentence
from app.messaging.models import AnswerState, QuestionFilter, QuestionView
from app.messaging.queries import list_questions
from app.web.deps import ReadDep, require
from app.web.render import page, render

router = APIRouter()
PAGE_SIZE = 25
QUESTIONS = 10


@dataclass(frozen=True)
class PastItem:
    """An item past its date, with the sentence that says why it is here."""

    card: AssetCard
    reason: str
    sentence: str
    since_on: date
    revision: int


@dataclass(frozen=True)
class ReasonCount:
    """One reason to choose, with how many items have it; an empty key means all."""

    key: str
    name: str
    icon: str
    count: int


@page("review/queue.html")
@dataclass(frozen=True)
class ReviewPage:
    """The list, by reason; `questions` are those nothing answers, asked most often first."""

    items: Page[PastItem]
    reasons: tuple[ReasonCount, ...]
    reason: str
    questions: Page[QuestionView]
    can_confirm: bool
    can_answer: bool


@router.get("/review", dependencies=[require(Permission.REVIEW)])
def show_review(request: Request, work: ReadDep, reason: str = "", page: int = 1) -> Response:
    """Items past their review or expiry date, longest over first, and open requests."""
    chosen = reason if reason in set(FindingReason) else ""
    counts = count_past_dates(work)
    found = list_past_dates(work, FindingReason(chosen) if chosen else None, PageRequest(max(1, page), PAGE_SIZE))
    data = ReviewPage(
        items=Page(tuple(_item(view, why) for view, why in found.items), found.total, found.number, found.size),
        reasons=(
            ReasonCount("", "Everything", "list-checks", sum(counts.values())),
            ReasonCount(FindingReason.PAST_REVIEW, "Past review", "calendar-clock", counts[FindingReason.PAST_REVIEW]),
            ReasonCount(FindingReason.EXPIRED, "Expired", "circle-x", counts[FindingReason.EXPIRED]),
        ),
        reason=chosen,
        questions=list_questions(work, PageRequest(1, QUESTIONS), QuestionFilter(state=AnswerState.UNANSWERED)),
        can_confirm=may(work.actor, Permission.EDIT),
        can_answer=may(work.actor, Permission.EDIT_QUESTIONS),
    )
    return render(request, data)


def _item(view: AssetView, why: PastDate) -> PastItem:
    return PastItem(view.card, why.reason, past_date_sentence(why), why.since_on, view.revision)
