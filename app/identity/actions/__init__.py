"""Changes to accounts, sessions and set-up links, and the audit entry every feature writes."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, update
from sqlmodel import col

from app.core.errors import Conflict, Refused, TooMany
from app.core.work import Work
from app.identity import queries, rules
from app.identity.events import LinkMailWanted, UserDisabled, UserEnabled
from app.identity.models import ApiToken, AuditEntry, LoginSession, NewUser, Role, SetupLink, SignInAttempt, TokenActor, User
from app.identity.rules import Permission

HASHER = PasswordHasher()
TOKEN_BYTES = 32
LONGEST_AGENT = 200
LONGEST_ADDRESS = 64


@dataclass(frozen=True)
class Invited:
    """An account and the token of the one-use link with which its owner chooses a password; the token is shown once."""

    user: User
    token: str


@dataclass(frozen=True)
class Attempt:
    """A try to sign in, counted as failed until it has succeeded. `user_id` is empty when nobody can get in with it."""

    id: int
    user_id: int | None
    password_hash: str


@dataclass(frozen=True)
class Proven:
    """An attempt whose password was right; it counts as long as `password_hash` is still the account's."""

    attempt_id: int
    user_id: int
    password_hash: str


def audit(work: Work, verb: str, target: str, target_id: int | None = None, **detail: Any) -> None:
    """Write down who did what to which thing, in the running transaction. Never pass secrets or content."""
    if isinstance(work.actor, TokenActor):
        detail |= {"token": work.actor.token_id}
    entry = AuditEntry(
        at=work.now, actor_kind=work.actor.kind, actor_id=work.actor.id, verb=verb, target=target, target_id=target_id, detail=detail
    )
    work.session.add(entry)


def create_user(work: Work, new: NewUser) -> Invited:
    """An account without a password, and the link to choose one."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    user = _add_user(work, new)
    audit(work, "created_user", "user", user.id, role=user.role)
    return Invited(user, _issue_link(work, user))


def first_run_link(work: Work) -> str | None:
    """The token with which the first administrator sets up a new portal; none once there is an account. Earlier ones stop working."""
    if queries.count_users(work):
        return None
    return _issue_link(work, None)


def create_first_admin(work: Work, token: str, new: NewUser, password: str) -> User:
    """Use the link of a new portal: the account of its first administrator."""
    opened = queries.get_open_link(work, token)
    if opened.user is not None:
        raise Refused("This link belongs to an account that exists. Choose its password.")
    _check_new_password(password, new.email, new.name)
    user = _add_user(work, new.model_copy(update={"role": Role.ADMIN}))
    opened.link.used_at = work.now
    _set_password(work, user, password)
    audit(work, "created_first_admin", "user", user.id)
    return user


def reset_password(work: Work, user_id: int) -> Invited:
    """Take the password away, end every session, and give a new link; Conflict when that link could let nobody in."""
    user = queries.get_user(work, user_id)
    if not user.is_active:
        raise Conflict("The account is disabled, so a link would let nobody in. Enable it first, then reset it; nothing was changed.")
    if not queries.lets_in(work, user):
        raise Conflict("Its organisation is not active, so a link would let nobody in. Let that in first; nothing was changed.")
    user.password_hash = ""
    user.revision += 1
    end_sessions(work, user_id)
    audit(work, "reset_password", "user", user_id)
    return Invited(user, _issue_link(work, user))


def want_link_mail(work: Work, invited: Invited) -> None:
    """Have somebody mailed a link beside this one, which works until either is used."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    work.record(LinkMailWanted(rules.token_hash(invited.token)))


def issue_mailed_link(work: Work, token_hash: str) -> Invited | None:
    """One more link beside the open one of this hash, to be mailed; None when that one was used, replaced, ran out or lets nobody in.

    Each try to send gets its own, since none is kept, and none ends another: one that was mailed before its try failed must still work.
    """
    rules.require(work.actor, Permission.MANAGE_USERS)
    opened = queries.find_live_link(work, token_hash)
    return Invited(opened.user, _add_link(work, opened.user)) if opened is not None and opened.user is not None else None


def disable_user(work: Work, user_id: int) -> User:
    """Nobody signs in with this account from now on, and its tokens are revoked; what its owner made stays."""
    user = queries.get_user(work, user_id)
    _keep_an_admin(work, user)
    user.is_active = False
    user.revision += 1
    end_sessions(work, user_id)
    working = (col(ApiToken.user_id) == user_id) & col(ApiToken.revoked_at).is_(None)
    work.session.exec(update(ApiToken).where(working).values(revoked_at=work.now))
    audit(work, "disabled_user", "user", user_id)
    work.record(UserDisabled(user_id))
    return user


def enable_user(work: Work, user_id: int) -> User:
    """Let a disabled account in again."""
    user = queries.get_user(work, user_id)
    user.is_active = True
    user.revision += 1
    audit(work, "enabled_user", "user", user_id)
    work.record(UserEnabled(user_id))
    return user


def change_role(work: Work, user_id: int, role: Role, organisation_id: int | None = None) -> User:
    """Give an account another role and the organisation it belongs to; its owner signs in again."""
    user = queries.get_user(work, user_id)
    if role is not Role.ADMIN:
        _keep_an_admin(work, user)
    _check_organisation(work, role, organisation_id)
    audit(work, "changed_role", "user", user_id, before=user.role, after=role, organisation=organisation_id)
    user.role, user.organisation_id = role, organisation_id
    user.revision += 1
    end_sessions(work, user_id)
    return user


def choose_password(work: Work, token: str, password: str) -> User:
    """Use a set-up link of an existing account; every other one of it ends, too."""
    opened = queries.get_open_link(work, token)
    if opened.user is None or opened.user.id is None:
        raise Refused("This link sets up a new portal. Give a name and an e-mail address, too.")
    _set_password(work, opened.user, password)
    _end_links(work, opened.user)
    end_sessions(work, opened.user.id)
    audit(work, "chose_password", "user", opened.user.id)
    return opened.user


def begin_sign_in(work: Work, email: str, address: str) -> Attempt:
    """Count the try before the password is looked at, so that tries at the same moment cannot exceed the limit.

    Then `check_password` outside any transaction (it is slow on purpose), then `finish_sign_in`.
    """
    account, place = rules.token_hash(rules.fold_email(email)), rules.address_key(address)
    if rules.too_many_attempts(*queries.count_attempts(work, account, place)):
        raise TooMany("Too many tries to sign in. Wait 15 minutes, then try again. Nothing about the account has changed.")
    work.session.exec(delete(SignInAttempt).where(col(SignInAttempt.at) <= work.now - rules.ATTEMPTS_WINDOW))
    row = SignInAttempt(at=work.now, account=account, address=place)
    work.session.add(row)
    work.session.flush()
    nobodys_hash = _nobodys_hash()  # made on the first try of the process, whoever tries
    user = queries.find_by_email(work, email)
    if user is None or not user.password_hash or not queries.lets_in(work, user):
        return Attempt(_stored(row.id), None, nobodys_hash)
    return Attempt(_stored(row.id), user.id, user.password_hash)


def check_password(attempt: Attempt, password: str) -> Proven | None:
    """Whether the password is right; takes the same time when there is no such account."""
    try:
        HASHER.verify(attempt.password_hash, password[: rules.MAX_PASSWORD])
    except (VerificationError, InvalidHashError):
        return None
    return Proven(attempt.id, attempt.user_id, attempt.password_hash) if attempt.user_id is not None else None


def finish_sign_in(work: Work, proven: Proven, user_agent: str, address: str = "", replaces: str = "") -> str | None:
    """A new session's secret for the cookie; the session the browser had before ends.

    None when the account was disabled or got another password since the attempt began: the try then counts as failed.
    """
    user = queries.find_proven(work, proven.user_id, proven.password_hash)
    if user is None:
        return None
    work.session.exec(delete(SignInAttempt).where(col(SignInAttempt.id) == proven.attempt_id))
    if replaces:
        sign_out(work, replaces)
    work.session.add(
        AuditEntry(at=work.now, actor_kind="user", actor_id=user.id, verb="signed_in", target="user", target_id=user.id, detail={})
    )
    return start_session(work, user, user_agent, address)


def start_session(work: Work, user: User, user_agent: str, address: str = "") -> str:
    """The secret of a new session of this user; the caller has made sure who it is. Sessions that ran out are cleared away."""
    gone = (col(LoginSession.created_at) <= work.now - rules.SESSION_ABSOLUTE) | (
        col(LoginSession.last_seen_at) <= work.now - rules.SESSION_IDLE
    )
    work.session.exec(delete(LoginSession).where(gone))
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    work.session.add(
        LoginSession(
            id_hash=rules.token_hash(secret),
            user_id=_stored(user.id),
            created_at=work.now,
            last_seen_at=work.now,
            user_agent=user_agent[:LONGEST_AGENT],
            address=address[:LONGEST_ADDRESS],
        )
    )
    user.last_seen_at = work.now
    return secret


def sign_out(work: Work, secret: str) -> None:
    """End the session of this secret, if there is one."""
    work.session.exec(delete(LoginSession).where(col(LoginSession.id_hash) == rules.token_hash(secret)))


def sign_out_everywhere(work: Work) -> None:
    """End every session of whoever acts, this one too."""
    user = queries.get_own_user(work)
    end_sessions(work, _stored(user.id))
    audit(work, "signed_out_everywhere", "user", user.id)


def change_password(work: Work, proven: Proven, password: str, user_agent: str, address: str = "") -> str:
    """A new password for whoever acts; ends every session and gives the secret of a new one."""
    user = queries.get_own_user(work)
    if user is not queries.find_proven(work, proven.user_id, proven.password_hash):
        raise Refused("Sign in again, then change the password.")
    _set_password(work, user, password)
    work.session.exec(delete(SignInAttempt).where(col(SignInAttempt.id) == proven.attempt_id))
    end_sessions(work, proven.user_id)
    audit(work, "changed_password", "user", user.id)
    return start_session(work, user, user_agent, address)


def set_theme(work: Work, theme: str) -> None:
    """Remember light, dark, or (empty) whatever the person's system prefers."""
    if theme not in rules.THEMES:
        raise Refused("Choose light, dark, or the setting of your system.")
    queries.get_own_user(work).theme = theme


def touch_sessions(work: Work, id_hashes: Collection[str]) -> None:
    """Note that these sessions, and so their people's accounts, are in use."""
    work.session.exec(update(LoginSession).where(col(LoginSession.id_hash).in_(id_hashes)).values(last_seen_at=work.now))
    people = queries.list_people_of_sessions(work, id_hashes)
    work.session.exec(update(User).where(col(User.id).in_(people)).values(last_seen_at=work.now))


def end_sessions(work: Work, user_id: int) -> None:
    """Sign this user out everywhere, from the next request on."""
    work.session.exec(delete(LoginSession).where(col(LoginSession.user_id) == user_id))


def _add_user(work: Work, new: NewUser) -> User:
    fault = rules.email_fault(rules.fold_email(new.email)) or rules.name_fault(new.name)
    if fault:
        raise Refused(fault)
    if queries.find_by_email(work, new.email) is not None:
        raise Conflict("There is an account with this e-mail address already. Reset its password or enable it instead.")
    _check_organisation(work, new.role, new.organisation_id)
    user = User(
        email=rules.fold_email(new.email),
        name=new.name.strip(),
        role=new.role,
        organisation_id=new.organisation_id,
        created_at=work.now,
    )
    work.session.add(user)
    work.session.flush()
    return user


def _issue_link(work: Work, user: User | None) -> str:
    """A new link; earlier ones stop working and are kept as used in the moment this one was made, which tells that it replaced them."""
    _end_links(work, user)
    return _add_link(work, user)


def _end_links(work: Work, user: User | None) -> None:
    unused = (col(SetupLink.user_id) == (user.id if user else None)) & col(SetupLink.used_at).is_(None)
    work.session.exec(update(SetupLink).where(unused).values(used_at=work.now))


def _add_link(work: Work, user: User | None) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    work.session.add(SetupLink(token_hash=rules.token_hash(token), user_id=user.id if user else None, created_at=work.now))
    return token


def _set_password(work: Work, user: User, password: str) -> None:
    _check_new_password(password, user.email, user.name)
    user.password_hash = HASHER.hash(password)
    work.session.add(user)


def _check_new_password(password: str, email: str, name: str) -> None:
    fault = rules.password_fault(password, email, name)
    if fault:
        raise Refused(fault)


def _check_organisation(work: Work, role: Role, organisation_id: int | None) -> None:
    if organisation_id is None:
        return
    if role is not Role.PARTNER:
        raise Refused("Only partners belong to an organisation. Choose the role Partner, or no organisation.")
    queries.get_organisation(work, organisation_id)


def _keep_an_admin(work: Work, user: User) -> None:
    if user.role is Role.ADMIN and user.is_active and queries.count_other_admins(work, _stored(user.id)) == 0:
        raise Conflict("This is the only administrator. Make somebody else one first; nothing was changed.")


@cache
def _nobodys_hash() -> str:
    """Compared with when there is no such user, so that the answer takes as long."""
    return HASHER.hash(secrets.token_urlsafe(TOKEN_BYTES))


def _stored(row_id: int | None) -> int:
    if row_id is None:
        raise AssertionError("a stored row has an id")
    return row_id
