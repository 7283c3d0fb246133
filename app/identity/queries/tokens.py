"""Reads API tokens: at the API's door, on the account page, and for those who manage users."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, select

from app.core.errors import NotFound
from app.core.work import Work
from app.identity import rules
from app.identity.models import ApiToken, Organisation, TokenActor, User
from app.identity.rules import Permission


@dataclass(frozen=True)
class KnownToken:
    """A token that works: in whose name it acts, and whether its use should be written down again."""

    actor: TokenActor
    needs_touch: bool


@dataclass(frozen=True)
class TokenView:
    """A token as the account page lists it; its secret is known to nobody any more."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    expired: bool


def find_token(work: Work, secret: str) -> KnownToken | None:
    """The token of this secret, unless it ran out, was revoked, or its person may not sign in; for the door, so without a permission."""
    row = work.session.exec(
        select(ApiToken, User, Organisation)
        .join(User, col(User.id) == col(ApiToken.user_id))
        .outerjoin(Organisation, col(Organisation.id) == col(User.organisation_id))
        .where(col(ApiToken.token_hash) == rules.token_hash(secret))
    ).first()
    if row is None:
        return None
    token, user, organisation = row
    if not rules.may_enter(user, organisation) or not rules.token_is_live(token.expires_at, token.revoked_at, work.now):
        return None
    scopes = frozenset(token.scopes) & frozenset(rules.SCOPES)
    actor = TokenActor(user.id or 0, user.name, user.role, token.id or 0, scopes, user.organisation_id)
    return KnownToken(actor, rules.token_needs_touch(token.last_used_at, work.now))


def list_own_tokens(work: Work) -> tuple[TokenView, ...]:
    """The tokens of whoever acts that were not revoked, newest first."""
    rules.require(work.actor, Permission.ACCOUNT)
    return _list(work, work.actor.id or 0)


def list_tokens_of(work: Work, user_id: int) -> tuple[TokenView, ...]:
    """The same of anybody, for those who manage users."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    return _list(work, user_id)


def get_token(work: Work, token_id: int) -> ApiToken:
    """A token of one's own, or anybody's for those who manage users; otherwise as if there were none."""
    token = work.session.get(ApiToken, token_id)
    mine = token is not None and rules.may(work.actor, Permission.ACCOUNT) and token.user_id == work.actor.id
    if token is None or not (mine or rules.may(work.actor, Permission.MANAGE_USERS)):
        raise NotFound("There is no such token. It may have been revoked; look at the list of tokens.")
    return token


def count_live_tokens(work: Work, user_id: int) -> int:
    """How many tokens of this person work."""
    live = select(func.count()).select_from(ApiToken).where(col(ApiToken.user_id) == user_id, col(ApiToken.revoked_at).is_(None))
    return work.session.exec(live.where(col(ApiToken.expires_at) > work.now)).one()


def _list(work: Work, user_id: int) -> tuple[TokenView, ...]:
    kept = select(ApiToken).where(col(ApiToken.user_id) == user_id, col(ApiToken.revoked_at).is_(None))
    return tuple(
        TokenView(
            row.id or 0, row.name, tuple(row.scopes), row.created_at, row.expires_at, row.last_used_at, expired=row.expires_at <= work.now
        )
        for row in work.session.exec(kept.order_by(col(ApiToken.id).desc())).all()
    )
