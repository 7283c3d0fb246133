"""People with an account: the list, inviting, role and organisation, new links, letting in and keeping out. For administrators."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from app.core.errors import Conflict, Stale
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity import actions, queries, rules
from app.identity.actions import Invited, people, tokens
from app.identity.actions.people import check_revision
from app.identity.models import NewUser, Role
from app.identity.queries.people import OrganisationView, PersonFilter, PersonView, count_roles, get_person, list_organisations, list_people
from app.identity.queries.tokens import TokenView, list_tokens_of
from app.identity.rules import Permission
from app.web.assetform import Choice, whole_number
from app.web.deps import ReadDep, WorkDep, require
from app.web.headers import SHOWN_ONCE
from app.web.holdings import Holdings, holdings_of
from app.web.render import page, redirect, render
from app.web.services import services_of

router = APIRouter()
PAGE_SIZE = 25
ROLES = tuple(Choice(role.value, rules.ROLE_NAMES[role]) for role in (Role.REP, Role.MARKETER, Role.MANAGER, Role.PARTNER, Role.ADMIN))
NEEDS_ORGANISATION = "Choose the organisation this partner belongs to. Add it on the page Organisations first if it is new."
Text = Annotated[str, Form()]


class PersonForm(BaseModel, frozen=True):
    """What a form says of somebody; `organisation` and `revision` are numbers or empty."""

    name: str = ""
    email: str = ""
    role: str = Role.REP.value
    organisation: str = ""
    revision: str = ""


@page("identity/people.html")
@dataclass(frozen=True)
class PeoplePage:
    """Form: GET /people with q, role, organisation, state. `query` repeats it for the pager; `total` counts everybody."""

    people: Page[PersonView]
    wanted: Mapping[str, str]
    query: str
    roles: tuple[Choice, ...]
    organisations: tuple[Choice, ...]
    total: int


@page("identity/invite.html")
@dataclass(frozen=True)
class InvitePage:
    """Form: POST /people/new with name, email, role, organisation. `mails` says whether a link is mailed, too."""

    form: PersonForm
    roles: tuple[Choice, ...]
    organisations: tuple[Choice, ...]
    errors: Mapping[str, str]
    mails: bool


@page("identity/link.html")
@dataclass(frozen=True)
class LinkPage:
    """The one-use link, shown this once. `is_new` says whether the account was just made, `mails` whether they are mailed one, too."""

    person_id: int
    name: str
    email: str
    link: str
    is_new: bool
    mails: bool


@page("identity/person.html")
@dataclass(frozen=True)
class PersonPage:
    """Forms: POST /people/{id} (name, role, organisation, revision); .../link, .../disable, .../enable (revision);
    .../sign-out; .../tokens/{id}/revoke.

    `changed_by_other` shows the form with what was sent beside what holds now.
    """

    person: PersonView
    form: PersonForm
    roles: tuple[Choice, ...]
    organisations: tuple[Choice, ...]
    tokens: tuple[TokenView, ...]
    holdings: Holdings
    errors: Mapping[str, str]
    changed_by_other: bool
    is_self: bool


@router.get("/people", dependencies=[require(Permission.MANAGE_USERS)])
def show_people(request: Request, work: ReadDep, q: str = "", role: str = "", organisation: str = "", page: int = 1) -> Response:
    """Everybody with an account, or those wanted."""
    state = request.query_params.get("state", "")
    wanted = {"q": q[:100], "role": role if role in set(Role) else "", "organisation": organisation, "state": state}
    active = {"active": True, "disabled": False}.get(state)
    chosen = PersonFilter(wanted["q"], Role(wanted["role"]) if wanted["role"] else None, whole_number(organisation), active)
    return render(
        request,
        PeoplePage(
            people=list_people(work, chosen, PageRequest(max(1, page), PAGE_SIZE)),
            wanted=wanted,
            query=urlencode({name: text for name, text in wanted.items() if text}),
            roles=ROLES,
            organisations=_choices(list_organisations(work)),
            total=sum(count_roles(work).values()),
        ),
    )


@router.get("/people/new", dependencies=[require(Permission.MANAGE_USERS)])
def show_invite(request: Request, work: ReadDep, organisation: str = "") -> Response:
    """An empty form; begun for a partner when an organisation is named."""
    form = PersonForm(role=Role.PARTNER.value if organisation else Role.REP.value, organisation=organisation)
    return render(request, _invite_page(request, work, form, {}))


@router.post("/people/new", dependencies=[require(Permission.MANAGE_USERS)])
def invite(request: Request, work: WorkDep, form: Annotated[PersonForm, Form()]) -> Response:
    """A new account; the page that follows shows its link this once."""
    errors = _faults(form, with_email=True)
    if not errors:
        try:
            new = NewUser(email=form.email, name=form.name, role=Role(form.role), organisation_id=whole_number(form.organisation))
            return _link_page(request, work, actions.create_user(work, new), is_new=True)
        except Conflict as problem:
            errors = {"email": problem.message}
    return render(request, _invite_page(request, work, form, errors), 422)


@router.get("/people/{user_id}", dependencies=[require(Permission.MANAGE_USERS)])
def show_person(request: Request, work: ReadDep, user_id: int) -> Response:
    """One account."""
    return render(request, _person_page(work, user_id, None, {}))


@router.post("/people/{user_id}", dependencies=[require(Permission.MANAGE_USERS)])
def change_person(request: Request, work: WorkDep, user_id: int, form: Annotated[PersonForm, Form()]) -> Response:
    """Another name, role or organisation; what was sent is shown again beside what holds now when somebody was quicker."""
    errors, status = _faults(form), 422
    if not errors:
        try:
            check_revision(queries.get_user(work, user_id), whole_number(form.revision))
            user = people.change_person(work, user_id, form.name, Role(form.role), whole_number(form.organisation))
            return redirect(request, f"/people/{user_id}", f"Saved. {user.name} signs in again when role or organisation changed.")
        except (Conflict, Stale) as problem:
            errors, status = {"": problem.message}, problem.status
    return render(request, _person_page(work, user_id, form, errors, changed_by_other=status == Stale.status), status)


@router.post("/people/{user_id}/link", dependencies=[require(Permission.MANAGE_USERS)])
def reset(request: Request, work: WorkDep, user_id: int, revision: Text = "") -> Response:
    """Take the password and every session away and show a new link, this once."""
    check_revision(queries.get_user(work, user_id), whole_number(revision))
    return _link_page(request, work, actions.reset_password(work, user_id), is_new=False)


@router.post("/people/{user_id}/sign-out", dependencies=[require(Permission.MANAGE_USERS)])
def sign_out_person(request: Request, work: WorkDep, user_id: int) -> Response:
    """End every session of somebody."""
    user = people.end_sessions_of(work, user_id)
    return redirect(request, f"/people/{user_id}", f"{user.name} is signed out everywhere.")


@router.post("/people/{user_id}/disable", dependencies=[require(Permission.MANAGE_USERS)])
def disable(request: Request, work: WorkDep, user_id: int, revision: Text = "") -> Response:
    """Keep somebody out; what they own stays theirs and is told to be without an owner."""
    check_revision(queries.get_user(work, user_id), whole_number(revision))
    user = actions.disable_user(work, user_id)
    return redirect(request, f"/people/{user_id}", f"{user.name} can no longer sign in.")


@router.post("/people/{user_id}/enable", dependencies=[require(Permission.MANAGE_USERS)])
def enable(request: Request, work: WorkDep, user_id: int, revision: Text = "") -> Response:
    """Let somebody in again."""
    check_revision(queries.get_user(work, user_id), whole_number(revision))
    user = actions.enable_user(work, user_id)
    return redirect(request, f"/people/{user_id}", f"{user.name} may sign in again.")


@router.post("/people/{user_id}/tokens/{token_id}/revoke", dependencies=[require(Permission.MANAGE_USERS)])
def revoke_token(request: Request, work: WorkDep, user_id: int, token_id: int) -> Response:
    """A program of theirs gets in no more."""
    token = tokens.revoke_token(work, token_id)
    return redirect(request, f"/people/{user_id}", f"The token “{token.name}” is revoked.")


def _faults(form: PersonForm, *, with_email: bool = False) -> dict[str, str]:
    role = form.role if form.role in set(Role) else ""
    faults = {
        "name": rules.name_fault(form.name),
        "email": rules.email_fault(rules.fold_email(form.email)) if with_email else "",
        "role": "" if role else "Choose a role.",
        "organisation": _organisation_fault(role, form.organisation),
    }
    return {field: fault for field, fault in faults.items() if fault}


def _organisation_fault(role: str, organisation: str) -> str:
    if role == Role.PARTNER:
        return "" if whole_number(organisation) else NEEDS_ORGANISATION
    return "Only partners belong to an organisation. Choose the role Partner, or no organisation." if organisation else ""


def _choices(organisations: tuple[OrganisationView, ...], *, active: bool = False) -> tuple[Choice, ...]:
    return tuple(
        Choice(str(one.id), one.name if one.is_active else f"{one.name} (not active)")
        for one in organisations
        if one.is_active or not active
    )


def _invite_page(request: Request, work: Work, form: PersonForm, errors: Mapping[str, str]) -> InvitePage:
    organisations = _choices(list_organisations(work), active=True)
    return InvitePage(form, ROLES, organisations, errors, bool(services_of(request).settings.smtp_host))


def _link_page(request: Request, work: Work, invited: Invited, *, is_new: bool) -> Response:
    """The page with the link; its person is mailed another where there is a mail server."""
    user, settings = invited.user, services_of(request).settings
    if settings.smtp_host:
        actions.want_link_mail(work, invited)
    link = f"{settings.base_url}/setup/{invited.token}"
    data = LinkPage(user.id or 0, user.name, user.email, link, is_new, bool(settings.smtp_host))
    return render(request, data, headers=SHOWN_ONCE)


def _person_page(
    work: Work, user_id: int, form: PersonForm | None, errors: Mapping[str, str], *, changed_by_other: bool = False
) -> PersonPage:
    organisations = list_organisations(work)  # first: the person's own is among them then, and not asked for again
    person = get_person(work, queries.get_user(work, user_id))
    organisation = str(person.organisation_id or "")
    return PersonPage(
        person=person,
        form=form or PersonForm(name=person.name, role=person.role, organisation=organisation),
        roles=ROLES,
        organisations=_choices(organisations),
        tokens=list_tokens_of(work, user_id),
        holdings=holdings_of(work, user_id, titles=0),
        errors=errors,
        changed_by_other=changed_by_other,
        is_self=work.actor.id == user_id,
    )
