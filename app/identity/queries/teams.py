"""Who works together: the people of one partner organisation, or of the house that runs the portal."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, false
from sqlmodel import col, func, or_, select

from app.core.work import Actor, Work
from app.identity.models import Role, TokenActor, User, UserActor
from app.identity.rules import is_person


def is_of_team(actor: Actor) -> ColumnElement[bool]:
    """The condition on `User` that they work together with the actor; a partner without an organisation is a team of one.

    Who has no account works with nobody.
    """
    if not is_person(actor):
        return false()
    if isinstance(actor, UserActor | TokenActor) and actor.organisation_id is not None:
        return col(User.organisation_id) == actor.organisation_id
    if actor.role == Role.PARTNER:
        return col(User.id) == actor.id
    return col(User.organisation_id).is_(None) & (col(User.role) != Role.PARTNER)


def list_people(work: Work) -> list[User]:
    """Everybody active, by name; to choose who owns an opportunity."""
    return list(work.session.exec(select(User).where(col(User.is_active)).order_by(func.lower(User.name), col(User.id))).all())


def find_people(work: Work, names: Sequence[str]) -> dict[str, int]:
    """Ids of active people by address and by name, both in lower case; a name that two people share finds neither."""
    wanted = {name.lower() for name in names}
    matches = or_(col(User.email).in_(wanted), func.lower(User.name).in_(wanted))
    found: dict[str, int] = {}
    doubled = set()
    for user in work.session.exec(select(User).where(col(User.is_active), matches)).all():
        name = user.name.lower()
        doubled |= {name} & found.keys()
        found |= {name: user.id or 0, user.email: user.id or 0}
    return {name: key for name, key in found.items() if name not in doubled}
