"""What was retired or put into the trash, with the way back; linked from the upload and the review page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.core.paging import Page, PageRequest
from app.identity.rules import Permission
from app.library.actions import KEEP_TRASH
from app.library.models import Status
from app.library.queries.away import Away, list_away
from app.web.deps import ReadDep, require
from app.web.render import page, render

router = APIRouter()
PAGE_SIZE = 25
LAST_PAGE = 1000


@dataclass(frozen=True)
class AwayRow:
    """One item; `gone_at` is when what is in the trash is removed for good."""

    item: Away
    gone_at: datetime | None


@page("library/away.html")
@dataclass(frozen=True)
class AwayPage:
    """What can be brought back; `status` is "retired", "trashed" or "" for both."""

    rows: Page[AwayRow]
    status: str
    query: str


@router.get("/library/away", dependencies=[require(Permission.RETIRE)])
def show_away(
    request: Request, work: ReadDep, status: str = "", number: Annotated[int, Query(alias="page", ge=1, le=LAST_PAGE)] = 1
) -> Response:
    """Retired items and the trash."""
    chosen = Status(status) if status in (Status.RETIRED, Status.TRASHED) else None
    found = list_away(work, PageRequest(number, PAGE_SIZE), chosen)
    rows = tuple(AwayRow(item, item.changed_at + KEEP_TRASH if item.status == Status.TRASHED else None) for item in found.items)
    shown = chosen.value if chosen else ""
    return render(request, AwayPage(Page(rows, found.total, found.number, found.size), shown, f"status={shown}"))
