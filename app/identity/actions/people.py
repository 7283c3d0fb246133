"""What administrators change about people, and what people choose for themselves."""

from sqlalchemy import delete
from sqlmodel import col

from app.core.errors import PreconditionMissing, Refused, Stale
from app.core.work import Work
from app.identity import actions, queries, rules
from app.identity.actions import audit
from app.identity.models import LoginSession, Role, User
from app.identity.queries import people
from app.identity.rules import Permission


def check_revision(user: User, revision: int | None) -> None:
    """Raise Stale when the account was changed since `revision` was read, PreconditionMissing when nobody said what they read."""
    if revision is None:
        raise PreconditionMissing("The form does not say which state of the account it was made for. Reload the page, then try again.")
    if user.revision != revision:
        raise Stale(f"The account of {user.name} was changed by somebody else meanwhile. Look at it again, then repeat what you did.")


def change_person(work: Work, user_id: int, name: str, role: Role, organisation_id: int | None) -> User:
    """Another name, role or organisation; with another role or organisation its owner signs in again."""
    user = queries.get_user(work, user_id)
    fault = rules.name_fault(name)
    if fault:
        raise Refused(fault)
    if (role, organisation_id) != (user.role, user.organisation_id):
        actions.change_role(work, user_id, role, organisation_id)
    if name.strip() != user.name:
        user.name = name.strip()
        user.revision += 1
        audit(work, "renamed_user", "user", user_id)
    return user


def note_hand_over(work: Work, user_id: int, new_owner_id: int, **counts: int) -> None:
    """Write down that everything somebody owned has a new owner; the features that hold it have changed it."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    if new_owner_id == user_id or queries.find_curator(work, new_owner_id) is None:
        raise Refused("Choose somebody else, active, who may look after content: marketing, a manager or an administrator.")
    audit(work, "handed_over", "user", user_id, to=new_owner_id, **counts)


def end_session(work: Work, key: str) -> bool:
    """Sign one of the actor's own browsers out; false when it was signed out already."""
    row = people.find_own_session(work, key)
    if row is None:
        return False
    work.session.delete(row)
    audit(work, "ended_session", "user", work.actor.id)
    return True


def end_other_sessions(work: Work, keep: str) -> None:
    """Sign the actor out everywhere but in the browser of this session."""
    user = queries.get_own_user(work)
    work.session.exec(delete(LoginSession).where(col(LoginSession.user_id) == user.id, col(LoginSession.id_hash) != keep))
    audit(work, "ended_other_sessions", "user", user.id)


def end_sessions_of(work: Work, user_id: int) -> User:
    """Sign somebody out everywhere, for those who manage users."""
    user = queries.get_user(work, user_id)
    actions.end_sessions(work, user_id)
    audit(work, "ended_sessions_of", "user", user_id)
    return user


def set_choices(work: Work, *, single_keys: bool, due_mails: bool | None) -> None:
    """Remember whether single keys act and, unless None, whether mails about what is due are wanted."""
    user = queries.get_own_user(work)
    user.single_keys = single_keys
    user.due_mails = user.due_mails if due_mails is None else due_mails
