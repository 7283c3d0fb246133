"""Reads requests for content."""

from sqlmodel import col, func, select

from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.review.models import ContentRequest


def list_requests(work: Work, page: PageRequest) -> Page[ContentRequest]:
    """Requests nobody has answered yet, newest first."""
    open_ones = col(ContentRequest.answered_at).is_(None)
    total = work.session.exec(select(func.count()).select_from(ContentRequest).where(open_ones)).one()
    rows = work.session.exec(
        select(ContentRequest).where(open_ones).order_by(col(ContentRequest.id).desc()).offset(page.offset).limit(page.size)
    ).all()
    return Page(tuple(rows), total, page.number, page.size)
