"""How often each kind is reviewed and who steps in, and what was decided lately."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import ValidationError

from app.core.errors import AppError, Conflict, NotFound, Refused, Stale
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.framework.models import Facet, ValueView
from app.framework.queries import list_values
from app.identity.models import User
from app.identity.queries import list_curators
from app.identity.rules import Permission
from app.review import actions
from app.review.models import Decision, PolicyInput, PolicyView
from app.review.queries.log import list_decisions
from app.review.queries.policies import list_policy_views
from app.web.assetform import INTERVALS, whole_number
from app.web.deps import ReadDep, WorkDep, require
from app.web.render import page, redirect, render

router = APIRouter()
PAGE_SIZE = 50
Text = Annotated[str, Form()]
FormNumber = Annotated[int | None, Form()]


@page("review/policies.html")
@dataclass(frozen=True)
class PoliciesPage:
    """Every kind with its policy; `changed` is the kind whose policy was just saved, `error` why nothing was."""

    policies: tuple[PolicyView, ...]
    intervals: dict[int, str]
    keepers: tuple[User, ...]
    changed: str
    error: str


@page("review/log.html")
@dataclass(frozen=True)
class LogPage:
    """Who decided what about which item, newest first."""

    decisions: Page[Decision]


@router.get("/review/policies", dependencies=[require(Permission.EDIT_POLICIES)])
def show_policies(request: Request, work: ReadDep, changed: str = "") -> Response:
    """Every kind, its interval, and who is asked when an owner left."""
    return render(request, _policies(work, changed))


@router.post("/review/policies/{key}", dependencies=[require(Permission.EDIT_POLICIES)])
def save_policy(
    request: Request, key: str, work: WorkDep, interval_days: Text = "", fallback_owner_id: Text = "", revision: FormNumber = None
) -> Response:
    """Another interval, or somebody else who steps in; items keep theirs until it is applied to them."""
    kind = _kind(work, key)
    try:
        data = PolicyInput(interval_days=whole_number(interval_days) or 0, fallback_owner_id=whole_number(fallback_owner_id))
        actions.save_policy(work, kind.id, data, revision)
    except ValidationError:
        return _again(request, work, Refused("Choose how often items of this kind are reviewed."))
    except (Refused, Stale) as problem:
        return _again(request, work, problem)
    work.session.flush()
    view = next(view for view in list_policy_views(work) if view.kind.id == kind.id)
    concerned = f"{view.others} of its {view.items} items follow another interval" if view.others else "All its items follow it"
    return redirect(request, f"/review/policies?changed={key}#{key}", f"Saved for {kind.name}. {concerned}.")


@router.post("/review/policies/{key}/apply", dependencies=[require(Permission.EDIT_POLICIES)])
def apply_policy(request: Request, key: str, work: WorkDep, revision: FormNumber = None) -> Response:
    """Let every item of the kind follow its policy."""
    kind = _kind(work, key)
    try:
        number = actions.apply_policy(work, kind.id, revision)
    except (Conflict, Stale) as problem:
        return _again(request, work, problem)
    told = "1 item follows" if number == 1 else f"{number} items follow"
    return redirect(request, f"/review/policies#{key}", f"{told} the interval of {kind.name} now.")


@router.get("/review/log", dependencies=[require(Permission.REVIEW)])
def show_log(request: Request, work: ReadDep, page: int = 1) -> Response:
    """Who said what is still right, and what else was decided."""
    return render(request, LogPage(list_decisions(work, PageRequest(max(1, page), PAGE_SIZE))))


def _kind(work: Work, key: str) -> ValueView:
    kind = list_values(work).find(Facet.KIND, key)
    if kind is None:
        raise NotFound("There is no such kind of content. Look at the list of kinds.")
    return kind


def _policies(work: Work, changed: str = "", error: str = "") -> PoliciesPage:
    return PoliciesPage(list_policy_views(work), INTERVALS, tuple(list_curators(work)), changed, error)


def _again(request: Request, work: Work, problem: AppError) -> Response:
    return render(request, _policies(work, error=problem.message), problem.status)
