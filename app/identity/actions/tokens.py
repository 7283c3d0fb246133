"""Makes and revokes API tokens, and notes their use."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update
from sqlmodel import col

from app.core.errors import Conflict, Refused
from app.core.work import Work
from app.identity import rules
from app.identity.actions import TOKEN_BYTES, audit
from app.identity.models import ApiToken
from app.identity.queries import get_own_user
from app.identity.queries.tokens import count_live_tokens, get_token


@dataclass(frozen=True)
class MadeToken:
    """A new token and its secret, which is shown once and kept nowhere."""

    token: ApiToken
    secret: str


def make_token(work: Work, name: str, scopes: Collection[str], days: int) -> MadeToken:
    """A token for a program that acts in the name of whoever asks."""
    user = get_own_user(work)
    fault = rules.token_fault(name, scopes, days)
    if fault:
        raise Refused(fault)
    if count_live_tokens(work, user.id or 0) >= rules.TOKENS_PER_PERSON:
        raise Conflict(f"You have {rules.TOKENS_PER_PERSON} tokens that work. Revoke one you no longer need, then make another.")
    secret = rules.TOKENS_BEGIN + secrets.token_urlsafe(TOKEN_BYTES)
    token = ApiToken(
        token_hash=rules.token_hash(secret),
        user_id=user.id or 0,
        name=name.strip(),
        scopes=sorted(scopes),
        created_at=work.now,
        expires_at=work.now + timedelta(days=days),
    )
    work.session.add(token)
    work.session.flush()
    audit(work, "made_token", "token", token.id, scopes=token.scopes, expires_on=token.expires_at.date().isoformat())
    return MadeToken(token, secret)


def revoke_token(work: Work, token_id: int) -> ApiToken:
    """From the next request on nobody gets in with it. One's own, or anybody's for those who manage users."""
    token = get_token(work, token_id)
    if token.revoked_at is None:
        token.revoked_at = work.now
        audit(work, "revoked_token", "token", token_id, person=token.user_id)
    return token


def touch_token(work: Work, token_id: int) -> None:
    """Note that this token is in use."""
    work.session.exec(update(ApiToken).where(col(ApiToken.id) == token_id).values(last_used_at=work.now))
