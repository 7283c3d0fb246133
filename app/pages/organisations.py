"""Partner organisations: the list, adding, renaming, letting in and keeping out, and their people. For administrators."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from app.core.errors import Conflict, Refused, Stale
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity import queries
from app.identity.actions import organisations
from app.identity.models import Organisation
from app.identity.queries.people import OrganisationView, PersonFilter, PersonView, list_organisations, list_people
from app.identity.rules import Permission
from app.pages.people import Text
from app.web.assetform import whole_number
from app.web.deps import ReadDep, WorkDep, require
from app.web.render import page, redirect, render

router = APIRouter()
PAGE_SIZE = 25


@page("identity/organisations.html")
@dataclass(frozen=True)
class OrganisationsPage:
    """Form: POST /organisations with name."""

    organisations: tuple[OrganisationView, ...]
    name: str
    errors: Mapping[str, str]


@page("identity/organisation.html")
@dataclass(frozen=True)
class OrganisationPage:
    """Forms: POST /organisations/{id} (name, revision), .../deactivate and .../activate (revision)."""

    id: int
    name: str
    is_active: bool
    revision: int
    people: Page[PersonView]
    form_name: str
    errors: Mapping[str, str]
    changed_by_other: bool


@router.get("/organisations", dependencies=[require(Permission.MANAGE_USERS)])
def show_organisations(request: Request, work: ReadDep) -> Response:
    """Every partner organisation."""
    return render(request, OrganisationsPage(list_organisations(work), "", {}))


@router.post("/organisations", dependencies=[require(Permission.MANAGE_USERS)])
def add_organisation(request: Request, work: WorkDep, name: Text = "") -> Response:
    """A new one, without people yet."""
    try:
        organisation = organisations.create_organisation(work, name)
    except (Conflict, Refused) as problem:
        return render(request, OrganisationsPage(list_organisations(work), name, {"name": problem.message}), 422)
    return redirect(request, f"/organisations/{organisation.id}", f"“{organisation.name}” is added. Invite its people.")


@router.get("/organisations/{organisation_id}", dependencies=[require(Permission.MANAGE_USERS)])
def show_organisation(request: Request, work: ReadDep, organisation_id: int, page: int = 1) -> Response:
    """One organisation and its people."""
    organisation = queries.get_organisation(work, organisation_id)
    return render(request, _page(work, organisation, organisation.name, {}, page=page))


@router.post("/organisations/{organisation_id}", dependencies=[require(Permission.MANAGE_USERS)])
def rename_organisation(request: Request, work: WorkDep, organisation_id: int, name: Text = "", revision: Text = "") -> Response:
    """Another name; what was sent is shown again beside the present one when somebody was quicker."""
    organisation = queries.get_organisation(work, organisation_id)
    try:
        organisations.rename_organisation(work, organisation_id, name, whole_number(revision))
    except (Conflict, Refused) as problem:
        return render(request, _page(work, organisation, name, {"name": problem.message}), 422)
    except Stale as problem:
        return render(request, _page(work, organisation, name, {"": problem.message}), problem.status)
    return redirect(request, f"/organisations/{organisation_id}", "Saved.")


@router.post("/organisations/{organisation_id}/deactivate", dependencies=[require(Permission.MANAGE_USERS)])
def deactivate(request: Request, work: WorkDep, organisation_id: int, revision: Text = "") -> Response:
    """Keep its people out."""
    changed = organisations.set_organisation_active(work, organisation_id, whole_number(revision), active=False)
    return redirect(request, f"/organisations/{organisation_id}", f"Nobody of “{changed.name}” can sign in any more.")


@router.post("/organisations/{organisation_id}/activate", dependencies=[require(Permission.MANAGE_USERS)])
def activate(request: Request, work: WorkDep, organisation_id: int, revision: Text = "") -> Response:
    """Let its people in again."""
    changed = organisations.set_organisation_active(work, organisation_id, whole_number(revision), active=True)
    return redirect(request, f"/organisations/{organisation_id}", f"People of “{changed.name}” may sign in again.")


def _page(work: Work, organisation: Organisation, form_name: str, errors: Mapping[str, str], page: int = 1) -> OrganisationPage:
    key = organisation.id or 0
    return OrganisationPage(
        id=key,
        name=organisation.name,
        is_active=organisation.is_active,
        revision=organisation.revision,
        people=list_people(work, PersonFilter(organisation_id=key), PageRequest(max(1, page), PAGE_SIZE)),
        form_name=form_name,
        errors=errors,
        changed_by_other="" in errors,
    )
