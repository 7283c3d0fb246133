"""Sign-in, set-up links, the own account, the theme."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.web.render import page


@page("public/sign_in.html")
@dataclass(frozen=True)
class SignInPage:
    """Form: POST /sign-in with email, password, next. `error` is one sentence above the form, empty at first."""

    email: str
    next: str
    error: str


@page("public/setup.html")
@dataclass(frozen=True)
class SetupPage:
    """Form: POST /setup/{token} with password, and email and name too when `first_admin` (a new portal's first link).

    `person` names whose link it is otherwise (e-mail address). `errors` maps a field's name to its sentence.
    """

    token: str
    first_admin: bool
    person: str
    email: str
    name: str
    min_password: int
    errors: Mapping[str, str]


@dataclass(frozen=True)
class SessionView:
    """One browser that is signed in."""

    device: str
    signed_in_at: datetime
    last_seen_at: datetime
    current: bool


@page("identity/account.html")
@dataclass(frozen=True)
class AccountPage:
    """Forms: POST /account/password (current, password), /account/sign-out-everywhere, /sign-out, /theme (theme, next)."""

    name: str
    email: str
    role_name: str
    theme: str
    sessions: tuple[SessionView, ...]
    min_password: int
    errors: Mapping[str, str]
