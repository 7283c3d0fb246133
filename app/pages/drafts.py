"""A draft that turned out wrong is discarded by itself: first what it is, then the verb."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from app.core.errors import Conflict, NotFound, Stale
from app.core.work import Work
from app.identity.rules import Permission
from app.library import actions, queries, rules
from app.library.actions.drafts import discard_draft
from app.library.models import VersionView
from app.pages.library import FormNumber
from app.web.deps import ReadDep, WorkDep, require
from app.web.render import page, redirect, render

router = APIRouter()


@page("library/discard.html")
@dataclass(frozen=True)
class DiscardPage:
    """Form: POST to /assets/{id}/versions/{number}/discard with revision. `released_number` is 0 when readers get nothing."""

    asset_id: int
    title: str
    version: VersionView
    released_number: int
    revision: int
    error: str


@router.get("/assets/{asset_id}/versions/{number}/discard", dependencies=[require(Permission.UPLOAD)])
def show_discard(request: Request, asset_id: int, number: int, work: ReadDep) -> Response:
    """What would go, and what readers keep."""
    versions = queries.list_versions(work, asset_id)
    version = next((one for one in versions if one.number == number), None)
    fault = rules.discard_fault(queries.get_asset(work, asset_id), version, len(versions)) if version else ""
    if fault:
        raise Conflict(fault)
    return render(request, _page(work, asset_id, number, ""))


@router.post("/assets/{asset_id}/versions/{number}/discard", dependencies=[require(Permission.UPLOAD)])
def discard(request: Request, asset_id: int, number: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """The draft is gone; readers notice nothing."""
    try:
        actions.check_revision(queries.get_asset(work, asset_id), revision)
        discard_draft(work, asset_id, number)
    except Stale as problem:
        return render(request, _page(work, asset_id, number, problem.message), status=problem.status)
    return redirect(request, f"/assets/{asset_id}", f"v{number} is discarded. Readers notice nothing.")


def _page(work: Work, asset_id: int, number: int, error: str) -> DiscardPage:
    view = queries.get_view(work, asset_id)
    version = next((one for one in view.versions if one.number == number), None)
    if version is None:
        raise NotFound(f"“{view.card.title}” has no version {number}. It may have been discarded; look at its list of versions.")
    return DiscardPage(
        asset_id=asset_id,
        title=view.card.title,
        version=version,
        released_number=next((one.number for one in view.versions if one.is_released), 0),
        revision=view.revision,
        error=error,
    )
