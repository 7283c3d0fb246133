"""API tokens of one's own: made (shown once) and revoked on the account page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.core.errors import Conflict
from app.identity import rules
from app.identity.actions import tokens
from app.identity.rules import Permission
from app.pages.account import SCOPE_WORDS, TokenForm, account_page
from app.web.deps import WorkDep, require
from app.web.headers import SHOWN_ONCE
from app.web.render import page, redirect, render

router = APIRouter()


@page("identity/token.html")
@dataclass(frozen=True)
class TokenPage:
    """A new token's secret, shown this once."""

    name: str
    secret_text: str
    expires_at: datetime
    scopes: Sequence[str]


@router.post("/account/tokens", dependencies=[require(Permission.ACCOUNT)])
def make_token(request: Request, work: WorkDep, form: Annotated[TokenForm, Form()]) -> Response:
    """A token for a program; the answer shows its secret this once."""
    errors = _faults(form)
    if not errors:
        try:
            made = tokens.make_token(work, form.name, form.scopes, form.days)
            token = made.token
            data = TokenPage(token.name, made.secret, token.expires_at, [SCOPE_WORDS[scope] for scope in token.scopes])
            return render(request, data, headers=SHOWN_ONCE)
        except Conflict as problem:
            errors = {"token-name": problem.message}
    return render(request, account_page(request, work, errors, form), 422)


@router.post("/account/tokens/{token_id}/revoke", dependencies=[require(Permission.ACCOUNT)])
def revoke_token(request: Request, work: WorkDep, token_id: int) -> Response:
    """Nobody gets in with it any more."""
    token = tokens.revoke_token(work, token_id)
    return redirect(request, "/account", f"The token “{token.name}” is revoked.")


def _faults(form: TokenForm) -> dict[str, str]:
    fault = rules.token_fault(form.name, form.scopes, form.days)
    if not fault:
        return {}
    return {"token-name" if rules.token_fault("x", form.scopes, form.days) == "" else "token-scopes": fault}
