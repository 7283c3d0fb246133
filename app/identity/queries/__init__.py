"""Reads users, sessions and links; used by sign-in, the account page, commands, and pages that name an owner."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import ScalarSelect, SQLColumnExpression, bindparam
from sqlmodel import col, func, or_, select

from app.core.errors import Gone, NotFound
from app.core.work import Work
from app.identity import rules
from app.identity.models import LoginSession, Organisation, Role, SetupLink, SignInAttempt, User, UserActor
from app.identity.rules import Permission

REPLACED = "This link was replaced by a newer one. Open the newest you were sent, or ask an administrator for another."
USED = (
    "A password was chosen with this link, or with another one of the same invitation, and it works once. "
    "Sign in with that password, or ask an administrator for a new link."
)
USED_AT_START = "This portal has an account by now, so its first link is used up. Sign in, or ask an administrator for an account."
TOO_OLD = "This link ended seven days after it was made. Ask an administrator for a new one."
TOO_OLD_AT_START = "This link ended seven days after it was made. Start the portal again: it prints a new one."
KEPT_OUT = "The account of this link is kept out for now, so no password was chosen. Ask an administrator to let it in again."
REPLACED_AT_START = "This link was replaced by a newer one: each start of the portal prints its own. Open the one of the last start."
# Run at every request, so made once.
SESSION = (
    select(LoginSession, User, Organisation)
    .join(User, col(User.id) == col(LoginSession.user_id))
    .outerjoin(Organisation, col(Organisation.id) == col(User.organisation_id))
    .where(col(LoginSession.id_hash) == bindparam("id_hash"))
)


@dataclass(frozen=True)
class KnownSession:
    """A live session: who it signs in, and whether its use should be written down again."""

    id_hash: str
    actor: UserActor
    needs_touch: bool


@dataclass(frozen=True)
class OpenLink:
    """A set-up link that can still be used; without a user it makes the first administrator."""

    link: SetupLink
    user: User | None


def find_session(work: Work, secret: str) -> KnownSession | None:
    """The session of a cookie's secret, unless it ended, ran out, or its user is disabled."""
    id_hash = rules.token_hash(secret)
    row = work.session.exec(SESSION, params={"id_hash": id_hash}).first()
    if row is None:
        return None
    session, user, organisation = row
    live = rules.session_is_live(session.created_at, session.last_seen_at, work.now)
    if user.id is None or not live or not rules.may_enter(user, organisation):
        return None
    actor = UserActor(user.id, user.name, user.role, user.theme, user.organisation_id, _name_of(organisation), user.single_keys)
    return KnownSession(id_hash, actor, rules.session_needs_touch(session.last_seen_at, work.now))


def list_sessions(work: Work) -> list[LoginSession]:
    """Where the actor is signed in, last used first."""
    rows = work.session.exec(
        select(LoginSession).where(col(LoginSession.user_id) == work.actor.id).order_by(col(LoginSession.last_seen_at).desc())
    ).all()
    return [row for row in rows if rules.session_is_live(row.created_at, row.last_seen_at, work.now)]


def get_own_user(work: Work) -> User:
    """The account of whoever acts."""
    rules.require(work.actor, Permission.ACCOUNT)
    return _get(work, work.actor.id)


def get_user(work: Work, user_id: int) -> User:
    """One account, for those who manage them."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    return _get(work, user_id)


def get_user_by_email(work: Work, email: str) -> User:
    """One account by its address, for those who manage them."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    user = find_by_email(work, email)
    if user is None:
        raise NotFound("There is no account with this e-mail address. `quiver user list` shows them all.")
    return user


def find_by_email(work: Work, email: str) -> User | None:
    """One account by its address; for sign-in, so without a permission."""
    return work.session.exec(select(User).where(col(User.email) == rules.fold_email(email))).first()


def house_emails(work: Work, emails: Collection[str]) -> set[str]:
    """Which of these folded addresses belong to people of the house; so that they are not taken for guests."""
    chosen = select(User.email).where(col(User.email).in_(emails), col(User.role) != Role.PARTNER)
    return set(work.session.exec(chosen).all())


def find_proven(work: Work, user_id: int, password_hash: str) -> User | None:
    """The account of somebody who has just proved who they are, while it lets in and still has the password they gave."""
    user = work.session.get(User, user_id)
    return user if user is not None and user.password_hash == password_hash and lets_in(work, user) else None


def lets_in(work: Work, user: User) -> bool:
    """Whether this account may be used; for sign-in, so without a permission."""
    return rules.may_enter(user, work.session.get(Organisation, user.organisation_id) if user.organisation_id else None)


def get_organisation(work: Work, organisation_id: int) -> Organisation:
    """One partner organisation, for those who manage users."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    organisation = work.session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("There is no such organisation. Look at the list of organisations.")
    return organisation


def list_users(work: Work) -> list[User]:
    """Every account by name, for those who manage them."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    return list(work.session.exec(select(User).order_by(col(User.name), col(User.id))).all())


def list_curators(work: Work) -> list[User]:
    """Active people who may own content, by name."""
    chosen = select(User).where(col(User.is_active), col(User.role).in_(rules.CURATORS)).order_by(col(User.name), col(User.id))
    return list(work.session.exec(chosen).all())


def find_curator(work: Work, user_id: int) -> User | None:
    """Somebody active who may own content."""
    user = work.session.get(User, user_id)
    return user if user is not None and user.is_active and user.role in rules.CURATORS else None


def list_keepers(work: Work) -> list[User]:
    """Active people who may look after content, by name: those who may own any, and reps."""
    chosen = select(User).where(col(User.is_active), col(User.role).in_(rules.KEEPERS)).order_by(col(User.name), col(User.id))
    return list(work.session.exec(chosen).all())


def is_active(work: Work, user_id: int) -> bool:
    """Whether there is still somebody behind this account."""
    user = work.session.get(User, user_id)
    return user is not None and user.is_active


def list_names(work: Work, user_ids: Collection[int]) -> dict[int, str]:
    """Names by id, disabled people included."""
    if not user_ids:
        return {}
    rows = work.session.exec(select(User.id, User.name).where(col(User.id).in_(set(user_ids)))).all()
    return {user_id: name for user_id, name in rows if user_id is not None}


def name_of(user_id: SQLColumnExpression[int | None]) -> ScalarSelect[str]:
    """The name of a person as a column beside what carries their id."""
    return sqlalchemy.select(col(User.name)).where(col(User.id) == user_id).scalar_subquery()


def count_users(work: Work) -> int:
    """How many accounts there are; none means a new portal."""
    return work.session.exec(select(func.count()).select_from(User)).one()


def count_other_admins(work: Work, user_id: int) -> int:
    """How many active administrators there are beside this user."""
    others = select(func.count()).select_from(User).where(col(User.role) == Role.ADMIN, col(User.is_active), col(User.id) != user_id)
    return work.session.exec(others).one()


def get_open_link(work: Work, token: str) -> OpenLink:
    """The set-up link of this token; NotFound when there is none, Gone when it was used, replaced, ran out, or its user is disabled."""
    link = work.session.get(SetupLink, rules.token_hash(token))
    if link is None:
        raise NotFound("This is no set-up link. Copy the whole address from the message you got.")
    user = work.session.get(User, link.user_id) if link.user_id is not None else None
    fault = _fault_of_first_link(work, link) if link.user_id is None else _fault_of_link(work, link, user)
    if fault:
        raise Gone(fault)
    return OpenLink(link, user)


def find_live_link(work: Work, token_hash: str) -> OpenLink | None:
    """The link of which this is stored, while its holder can still choose a password with it."""
    link = work.session.get(SetupLink, token_hash)
    user = work.session.get(User, link.user_id) if link is not None and link.user_id is not None else None
    return OpenLink(link, user) if link is not None and user is not None and not _fault_of_link(work, link, user) else None


def _fault_of_first_link(work: Work, link: SetupLink) -> str:
    if count_users(work):
        return USED_AT_START
    if link.used_at is not None:
        return REPLACED_AT_START
    return "" if rules.link_is_live(link.created_at, link.used_at, work.now) else TOO_OLD_AT_START


def _fault_of_link(work: Work, link: SetupLink, user: User | None) -> str:
    if link.used_at is not None:
        return REPLACED if _was_replaced(work, link) else USED
    if user is None or not lets_in(work, user):
        return KEPT_OUT
    return "" if rules.link_is_live(link.created_at, link.used_at, work.now) else TOO_OLD


def _was_replaced(work: Work, link: SetupLink) -> bool:
    """Whether a newer link ended this one: nobody used it, so its end is the moment the newer one was made."""
    newer = select(SetupLink).where(
        col(SetupLink.user_id) == link.user_id, col(SetupLink.created_at) == link.used_at, col(SetupLink.token_hash) != link.token_hash
    )
    return work.session.exec(newer).first() is not None


def count_attempts(work: Work, account: str, address: str) -> tuple[int, int, int]:
    """Failed tries to sign in of the last minutes: of this account from this address, of the account, from the address."""
    since = work.now - rules.ATTEMPTS_WINDOW
    recent = select(SignInAttempt.account, SignInAttempt.address).where(
        col(SignInAttempt.at) > since, or_(col(SignInAttempt.account) == account, col(SignInAttempt.address) == address)
    )
    rows = work.session.exec(recent).all()
    both = sum(row == (account, address) for row in map(tuple, rows))
    return both, sum(row[0] == account for row in rows), sum(row[1] == address for row in rows)


def list_people_of_sessions(work: Work, id_hashes: Collection[str]) -> set[int]:
    """Whose sessions these are."""
    return set(work.session.exec(select(LoginSession.user_id).where(col(LoginSession.id_hash).in_(id_hashes))).all())


def _name_of(organisation: Organisation | None) -> str:
    return "" if organisation is None else organisation.name


def _get(work: Work, user_id: int | None) -> User:
    user = work.session.get(User, user_id) if user_id is not None else None
    if user is None:
        raise NotFound("This account does not exist.")
    return user
