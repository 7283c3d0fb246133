"""What passed its date, and what reps asked marketing for: a plain list."""

from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter, Request, Response

from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.framework.models import CALL_FACETS, ValueView
from app.framework.queries import list_values
from app.identity.queries import list_names
from app.identity.rules import Permission, may
from app.library.models import AssetCard, AssetView, FindingReason
from app.library.queries import count_past_dates, list_past_dates
from app.library.rules import PastDate, past_date_sentence
from app.review.models import ContentRequest
from app.review.queries import list_requests
from app.web.deps import ReadDep, require
from app.web.render import page, render

router = APIRouter()
PAGE_SIZE = 25
REQUESTS = 50


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


@dataclass(frozen=True)
class RequestView:
    """A question nothing answered."""

    id: int
    question: str
    facets: tuple[ValueView, ...]
    asked_by: str
    asked_at: datetime


@page("review/queue.html")
@dataclass(frozen=True)
class ReviewPage:
    """The list, by reason; `requests` are the open ones, newest first."""

    items: Page[PastItem]
    reasons: tuple[ReasonCount, ...]
    reason: str
    requests: tuple[RequestView, ...]
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
        requests=_requests(work),
        can_confirm=may(work.actor, Permission.EDIT),
        can_answer=may(work.actor, Permission.EDIT_QUESTIONS),
    )
    return render(request, data)


def _item(view: AssetView, why: PastDate) -> PastItem:
    return PastItem(view.card, why.reason, past_date_sentence(why), why.since_on, view.revision)


def _requests(work: Work) -> tuple[RequestView, ...]:
    rows = list_requests(work, PageRequest(1, REQUESTS)).items
    names = list_names(work, {row.asked_by for row in rows if row.asked_by is not None})
    return tuple(_request(work, row, names) for row in rows)


def _request(work: Work, row: ContentRequest, names: dict[int, str]) -> RequestView:
    values = list_values(work)
    context = (values.find(facet, str(row.context.get(facet.value, ""))) for facet in CALL_FACETS)
    facets = tuple(value for value in context if value is not None)
    return RequestView(row.id or 0, row.question, facets, names.get(row.asked_by or 0, ""), row.asked_at)
