"""Changes to partner organisations."""

from app.core.errors import Conflict, PreconditionMissing, Refused, Stale
from app.core.work import Work
from app.identity import queries, rules
from app.identity.actions import audit
from app.identity.models import Organisation
from app.identity.queries import people
from app.identity.rules import Permission


def create_organisation(work: Work, name: str) -> Organisation:
    """A partner organisation without people yet."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    organisation = Organisation(name=_checked_name(work, name, None), created_at=work.now)
    work.session.add(organisation)
    work.session.flush()
    audit(work, "created_organisation", "organisation", organisation.id, name=organisation.name)
    return organisation


def rename_organisation(work: Work, organisation_id: int, name: str, revision: int | None) -> Organisation:
    """Another name; Stale when somebody changed it since `revision` was read."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    checked = _checked_name(work, name, organisation_id)
    organisation = _changed(work, organisation_id, revision)
    organisation.name = checked
    audit(work, "renamed_organisation", "organisation", organisation_id, name=organisation.name)
    return organisation


def set_organisation_active(work: Work, organisation_id: int, revision: int | None, *, active: bool) -> Organisation:
    """Let its people in, or keep all of them out from their next request on."""
    organisation = _changed(work, organisation_id, revision)
    organisation.is_active = active
    audit(work, "activated_organisation" if active else "deactivated_organisation", "organisation", organisation_id)
    return organisation


def _changed(work: Work, organisation_id: int, revision: int | None) -> Organisation:
    organisation = queries.get_organisation(work, organisation_id)
    if revision is None:
        raise PreconditionMissing("The form does not say which state of the organisation it was made for. Reload the page, then try again.")
    if organisation.revision != revision:
        raise Stale(f"“{organisation.name}” was changed by somebody else meanwhile. Look at it again, then repeat what you did.")
    organisation.revision += 1
    return organisation


def _checked_name(work: Work, name: str, organisation_id: int | None) -> str:
    fault = rules.name_fault(name)
    if fault:
        raise Refused(fault)
    same = people.find_organisation(work, name.strip())
    if same is not None and same.id != organisation_id:
        raise Conflict("There is an organisation of this name already. Nothing was changed; use that one or choose another name.")
    return name.strip()
