"""`quiver user`: accounts from the command line, acting as the system."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.core.errors import Refused
from app.core.work import Work
from app.identity import actions, queries
from app.identity.actions import Invited
from app.identity.models import NewUser, Role
from app.ops.portal import open_desk, prepare_existing
from app.settings import Settings

MAILED = "The running portal mails them a link of their own, too. Both work until one of them is used."


def create(email: str, name: str, role: str) -> str:
    """A new account; gives the sentence with its one-use link."""
    if role not in set(Role):
        raise Refused(f"There is no role “{role}”. Choose one of {', '.join(Role)}.")
    with _work() as (settings, work):
        return _link(settings, work, actions.create_user(work, NewUser(email=email, name=name, role=Role(role))))


def reset(email: str) -> str:
    """A new one-use link for an account; its password and sessions are gone."""
    with _work() as (settings, work):
        user = queries.get_user_by_email(work, email)
        return _link(settings, work, actions.reset_password(work, user.id or 0))


def set_active(email: str, *, active: bool) -> str:
    """Let an account in, or keep it out from now on."""
    with _work() as (_, work):
        user = queries.get_user_by_email(work, email)
        if active:
            actions.enable_user(work, user.id or 0)
            return f"{user.email} may sign in again."
        actions.disable_user(work, user.id or 0)
        return f"{user.email} can no longer sign in. What they made stays."


def list_lines() -> list[str]:
    """One line an account."""
    with _work() as (_, work):
        return [f"{user.email}  {user.role}  {user.name}{'' if user.is_active else '  (disabled)'}" for user in queries.list_users(work)]


def _link(settings: Settings, work: Work, invited: Invited) -> str:
    told = f"{invited.user.email} chooses a password here, once, within 7 days: {settings.base_url}/setup/{invited.token}"
    if not settings.smtp_host:
        return told
    actions.want_link_mail(work, invited)
    return f"{told}\n{MAILED}"


@contextmanager
def _work() -> Iterator[tuple[Settings, Work]]:
    settings = prepare_existing()
    with open_desk(settings) as desk, desk.open_work() as work:
        yield settings, work
