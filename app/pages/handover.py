"""Somebody leaves: what they own, who gets it, and the account disabled, all at once. For administrators."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from app.core.errors import Conflict, Refused
from app.core.work import Work
from app.identity import actions, queries
from app.identity.actions.people import check_revision
from app.identity.queries.people import PersonView, get_person
from app.identity.rules import Permission
from app.pages.people import Text
from app.web.assetform import Choice, whole_number
from app.web.deps import ReadDep, WorkDep, require
from app.web.holdings import Holdings, hand_over, holdings_of
from app.web.render import page, redirect, render

router = APIRouter()
TITLES = 10


@page("identity/hand_over.html")
@dataclass(frozen=True)
class HandOverPage:
    """Form: POST /people/{id}/hand-over with owner, revision, and step: `leave` (disable too) or `stay` (hand over only)."""

    person: PersonView
    holdings: Holdings
    owners: tuple[Choice, ...]
    chosen: str
    errors: Mapping[str, str]
    is_self: bool


@router.get("/people/{user_id}/hand-over", dependencies=[require(Permission.MANAGE_USERS)])
def show_hand_over(request: Request, work: ReadDep, user_id: int) -> Response:
    """What somebody owns, and who could have it."""
    return render(request, _page(work, user_id, "", {}))


@router.post("/people/{user_id}/hand-over", dependencies=[require(Permission.MANAGE_USERS)])
def hand_over_all(request: Request, work: WorkDep, user_id: int, owner: Text = "", revision: Text = "", step: Text = "leave") -> Response:
    """Everything they own gets a new owner, and the account is disabled unless they stay; all of it or nothing."""
    person = queries.get_user(work, user_id)
    check_revision(person, whole_number(revision))
    new_owner = queries.find_curator(work, whole_number(owner) or 0)
    if new_owner is None or new_owner.id == user_id:
        return render(request, _page(work, user_id, owner, {"owner": "Choose who looks after it from now on."}), 422)
    leaves = step == "leave" and person.is_active
    try:
        if leaves:
            actions.disable_user(work, user_id)
    except (Conflict, Refused) as problem:
        return render(request, _page(work, user_id, owner, {"": problem.message}), problem.status)
    given = hand_over(work, user_id, new_owner.id or 0)
    said = f"{given.total} handed over to {new_owner.name}."
    return redirect(request, f"/people/{user_id}", f"{said} {person.name} can no longer sign in." if leaves else said)


def _page(work: Work, user_id: int, chosen: str, errors: Mapping[str, str]) -> HandOverPage:
    owners = tuple(Choice(str(user.id), user.name) for user in queries.list_curators(work) if user.id != user_id)
    return HandOverPage(
        person=get_person(work, queries.get_user(work, user_id)),
        holdings=holdings_of(work, user_id, TITLES),
        owners=owners,
        chosen=chosen,
        errors=errors,
        is_self=work.actor.id == user_id,
    )
