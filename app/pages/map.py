"""The start page: the map, what buyers ask on calls like this, what is new."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from app.core.paging import PageRequest
from app.framework.queries import list_values
from app.identity.rules import Permission, may
from app.library.models import AssetCard
from app.library.queries import list_assets
from app.search import queries
from app.search.models import FacetGroup, RelatedQuestion
from app.search.queries import Question
from app.web.context import read_context
from app.web.deps import ReadDep, require
from app.web.question import from_context
from app.web.render import page, render
from app.web.services import services_of

router = APIRouter()


@page("map/map.html")
@dataclass(frozen=True)
class MapPage:
    """What is here for the call that is set."""

    total: int
    groups: tuple[FacetGroup, ...]
    recent: tuple[AssetCard, ...]
    questions: tuple[RelatedQuestion, ...]
    can_upload: bool


@router.get("/", dependencies=[require(Permission.ASK)])
def show_map(request: Request, work: ReadDep) -> Response:
    """The ask field, what buyers ask on calls like this, what is new."""
    values = list_values(work)
    question = Question("", from_context(read_context(request), values))
    total, groups = queries.count_all(work, services_of(request).index, question)
    data = MapPage(
        total=total,
        groups=groups,
        recent=list_assets(work, PageRequest(1, 6), current_only=True).items,
        questions=queries.list_call_questions(work, question, 6),
        can_upload=may(work.actor, Permission.UPLOAD),
    )
    return render(request, data)
