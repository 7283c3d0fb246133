"""Sign-in, set-up links, the own account, the theme."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import anyio.to_thread
import structlog
from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from app.core.errors import TooMany
from app.core.work import Work
from app.identity import actions, queries, rules
from app.identity.actions import Proven, people
from app.identity.models import LoginSession, NewUser, Role, User, UserActor
from app.identity.queries.people import SESSION_KEY
from app.identity.queries.tokens import TokenView, list_own_tokens
from app.identity.rules import Permission
from app.web.deps import ReadDep, WorkDep, public, read_work, require, write_work
from app.web.render import THEME_COOKIE, page, redirect, render
from app.web.services import services_of
from app.web.sessions import clear_session_cookie, cookie_name, find_known_session, set_session_cookie

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)
WRONG = "The e-mail address or the password is not right. Check both and try again."
WRONG_CURRENT = "This is not your password. Nothing was changed."
THEME_SECONDS = 365 * 24 * 3600
SCOPE_WORDS = {
    "assets:read": "Read items and download their files",
    "assets:write": "Upload, edit, release and retire items",
    "search:read": "Ask questions and get answers",
    "questions:read": "Read buyer questions",
    "questions:write": "Record and edit buyer questions",
}
FormText = Annotated[str, Form()]


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
    """One browser that is signed in; `key` names it in the form that ends it."""

    key: str
    device: str
    address: str
    signed_in_at: datetime
    last_seen_at: datetime
    current: bool


class TokenForm(BaseModel, frozen=True):
    """What a wanted token may do, for how many days."""

    name: str = ""
    scopes: list[str] = []
    days: int = 90


@dataclass(frozen=True)
class ScopeView:
    """Something a token may be allowed, in words; `words` is how it is stored."""

    value: str
    words: str


@page("identity/account.html")
@dataclass(frozen=True)
class AccountPage:
    """Forms: POST /account/password (current, password), /account/sessions/end (session), /account/sessions/end-others,
    /account/sign-out-everywhere, /account/choices (single_keys, due_mails), /account/tokens (name, scopes, days),
    /account/tokens/{id}/revoke, /sign-out, /theme (theme, next). `due_mails` is None for those who own nothing.
    """

    name: str
    email: str
    role_name: str
    organisation: str
    theme: str
    single_keys: bool
    due_mails: bool | None
    sessions: tuple[SessionView, ...]
    tokens: tuple[TokenView, ...]
    scopes: tuple[ScopeView, ...]
    token_days: tuple[int, ...]
    token_form: TokenForm
    min_password: int
    errors: Mapping[str, str]


@router.get("/sign-in", dependencies=[public()])
def show_sign_in(request: Request, next: str = "/") -> Response:
    """The form, or straight on for somebody who is signed in."""
    if find_known_session(request):
        return redirect(request, next)
    return render(request, SignInPage(email="", next=next, error=""))


@router.post("/sign-in", dependencies=[public()])
async def sign_in(request: Request, email: FormText = "", password: FormText = "", next: FormText = "/") -> Response:
    """Check the password and start a session; the same answer and the same time for a wrong password and an unknown account."""
    try:
        proven = await _prove(request, email, password)
    except TooMany as error:
        return await run_in_threadpool(render, request, SignInPage(email, next, error.message), 429, {"Retry-After": "900"})
    if proven is None:
        log.warning("sign_in_failed", address=_address(request))
        return await run_in_threadpool(render, request, SignInPage(email, next, WRONG), 401)
    settings = services_of(request).settings
    async with write_work(request) as work:
        before = request.cookies.get(cookie_name(settings), "")
        secret = await run_in_threadpool(actions.finish_sign_in, work, proven, _agent(request), _address(request), before)
    if secret is None:
        return await run_in_threadpool(render, request, SignInPage(email, next, WRONG), 401)
    response = redirect(request, next)
    set_session_cookie(response, secret, settings)
    return response


@router.post("/sign-out", dependencies=[require(Permission.ACCOUNT)])
def sign_out(request: Request, work: WorkDep) -> Response:
    """End this session."""
    settings = services_of(request).settings
    actions.sign_out(work, request.cookies.get(cookie_name(settings), ""))
    response = redirect(request, "/sign-in", "Signed out.")
    clear_session_cookie(response, settings)
    return response


@router.get("/setup/{token}", dependencies=[public()])
def show_setup(request: Request, work: ReadDep, token: str) -> Response:
    """Choose a password, or set up a new portal."""
    return render(request, _setup_page(work, token))


@router.post("/setup/{token}", dependencies=[public()])
def set_up(request: Request, work: WorkDep, token: str, email: FormText = "", name: FormText = "", password: FormText = "") -> Response:
    """Use the link, once; whoever used it is signed in."""
    shown = _setup_page(work, token)
    faults = {"password": rules.password_fault(password, email if shown.first_admin else shown.person, name)}
    if shown.first_admin:
        faults |= {"email": rules.email_fault(rules.fold_email(email)), "name": rules.name_fault(name)}
    errors = {field: fault for field, fault in faults.items() if fault}
    if errors:
        again = SetupPage(token, shown.first_admin, shown.person, email, name, rules.MIN_PASSWORD, errors)
        return render(request, again, status=422)
    if shown.first_admin:
        user = actions.create_first_admin(work, token, NewUser(email=email, name=name, role=Role.ADMIN), password)
    else:
        user = actions.choose_password(work, token, password)
    return _signed_in(request, work, user)


@router.get("/account", dependencies=[require(Permission.ACCOUNT)])
def show_account(request: Request, work: ReadDep) -> Response:
    """Who I am, where I am signed in."""
    return render(request, account_page(request, work, {}))


@router.post("/account/password", dependencies=[require(Permission.ACCOUNT)])
async def change_password(request: Request, current: FormText = "", password: FormText = "") -> Response:
    """A new password; every other browser is signed out."""
    async with read_work(request) as work:
        user = await run_in_threadpool(queries.get_own_user, work)
        email, name = user.email, user.name
    fault = rules.password_fault(password, email, name)
    errors = {"password": fault} if fault else {}
    proven = None if fault else await _prove(request, email, current)
    if not fault and proven is None:
        errors = {"current": WRONG_CURRENT}
    if proven is None:
        async with read_work(request) as work:
            data = await run_in_threadpool(account_page, request, work, errors)
        return await run_in_threadpool(render, request, data, 422)
    async with write_work(request) as work:
        secret = await run_in_threadpool(actions.change_password, work, proven, password, _agent(request), _address(request))
    response = redirect(request, "/account", "Password changed. Other browsers are signed out.")
    set_session_cookie(response, secret, services_of(request).settings)
    return response


@router.post("/account/sign-out-everywhere", dependencies=[require(Permission.ACCOUNT)])
def sign_out_everywhere(request: Request, work: WorkDep) -> Response:
    """End every session of this person."""
    actions.sign_out_everywhere(work)
    response = redirect(request, "/sign-in", "Signed out everywhere.")
    clear_session_cookie(response, services_of(request).settings)
    return response


@router.post("/account/sessions/end", dependencies=[require(Permission.ACCOUNT)])
def end_session(request: Request, work: WorkDep, session: FormText = "") -> Response:
    """Sign one browser out."""
    done = people.end_session(work, session)
    return redirect(request, "/account", "That browser is signed out." if done else "That browser was signed out already.")


@router.post("/account/sessions/end-others", dependencies=[require(Permission.ACCOUNT)])
def end_other_sessions(request: Request, work: WorkDep) -> Response:
    """Sign every browser out but this one."""
    known = find_known_session(request)
    people.end_other_sessions(work, known.id_hash if known else "")
    return redirect(request, "/account", "All other browsers are signed out.")


@router.post("/account/choices", dependencies=[require(Permission.ACCOUNT)])
def choose(request: Request, work: WorkDep, single_keys: FormText = "", due_mails: FormText = "") -> Response:
    """Whether single keys act, and for owners whether mails about what is due come."""
    owns = work.actor.role in rules.CURATORS
    people.set_choices(work, single_keys=single_keys == "on", due_mails=due_mails == "on" if owns else None)
    return redirect(request, "/account", "Saved.")


@router.post("/theme", dependencies=[public()])
def change_theme(request: Request, work: WorkDep, theme: FormText = "", next: FormText = "/") -> Response:
    """Light, dark, or as the system has it; kept in the account and, for the pages before sign-in, in the browser."""
    shown = theme if theme in rules.THEMES else ""
    if rules.may(work.actor, Permission.ACCOUNT):
        actions.set_theme(work, shown)
    response = redirect(request, next)
    secure = services_of(request).settings.secure_cookies
    response.set_cookie(THEME_COOKIE, shown, max_age=THEME_SECONDS, path="/", secure=secure, httponly=True, samesite="lax")
    return response


async def _prove(request: Request, email: str, password: str) -> Proven | None:
    """Count the try, then check the password outside any transaction and only a few at a time."""
    async with write_work(request) as work:
        attempt = await run_in_threadpool(actions.begin_sign_in, work, email, _address(request))
    checks = services_of(request).turns.password_checks
    return await anyio.to_thread.run_sync(actions.check_password, attempt, password, limiter=checks)


def _signed_in(request: Request, work: Work, user: User) -> Response:
    secret = actions.start_session(work, user, _agent(request), _address(request))
    response = redirect(request, "/", "Password saved. You are signed in.")
    set_session_cookie(response, secret, services_of(request).settings)
    return response


def _setup_page(work: Work, token: str) -> SetupPage:
    user = queries.get_open_link(work, token).user
    person = user.email if user else ""
    return SetupPage(token, user is None, person, email="", name="", min_password=rules.MIN_PASSWORD, errors={})


def account_page(request: Request, work: Work, errors: Mapping[str, str], token_form: TokenForm | None = None) -> AccountPage:
    """The page, with what is wrong when a form on it was refused."""
    user, actor = queries.get_own_user(work), work.actor
    known = find_known_session(request)
    return AccountPage(
        name=user.name,
        email=user.email,
        role_name=rules.ROLE_NAMES[user.role],
        organisation=actor.organisation if isinstance(actor, UserActor) else "",
        theme=user.theme,
        single_keys=user.single_keys,
        due_mails=user.due_mails if user.role in rules.CURATORS else None,
        sessions=tuple(_session_view(row, known.id_hash if known else "") for row in queries.list_sessions(work)),
        tokens=list_own_tokens(work),
        scopes=_scopes_of(user.role),
        token_days=rules.TOKEN_DAYS,
        token_form=token_form or TokenForm(),
        min_password=rules.MIN_PASSWORD,
        errors=errors,
    )


def _session_view(row: LoginSession, own: str) -> SessionView:
    return SessionView(
        row.id_hash[:SESSION_KEY], device_name(row.user_agent), row.address, row.created_at, row.last_seen_at, current=row.id_hash == own
    )


def _scopes_of(role: Role) -> tuple[ScopeView, ...]:
    """What this role may let a program do."""
    telling = {scope: allowed - {Permission.CONFIRM} for scope, allowed in rules.SCOPES.items()}  # reps confirm what they own on its page
    useful = (scope for scope, allowed in telling.items() if any(role in rules.PERMISSIONS[one] for one in allowed))
    return tuple(ScopeView(scope, SCOPE_WORDS[scope]) for scope in useful)


def device_name(user_agent: str) -> str:
    """Browser and system in words, as far as the browser tells."""
    browsers = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in user_agent), "A program")
    system = next((name for mark, name in systems if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")
