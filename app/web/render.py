"""From page data to an answer: one frozen dataclass, one template, and the shell around it. Used by every page."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from app.core.templating import render_template
from app.core.work import Actor
from app.framework.queries import list_values
from app.identity.models import UserActor
from app.identity.rules import ROLE_NAMES, THEMES, Permission, initials, may, permissions_of
from app.settings import Settings
from app.web.context import context_chips, read_context
from app.web.deps import actor_of, open_work, work_in_progress
from app.web.requestlog import request_id_of
from app.web.services import services_of
from app.web.shell import ContextChip, NavItem, Shell

PAGES: dict[str, type] = {}
TEMPLATES: dict[type, str] = {}
FLASH_COOKIE = "quiver_flash"
UNDO = "\x1f"  # stands between a message and the address that undoes what it tells
THEME_COOKIE = "quiver_theme"
FLASH_SECONDS = 60
LONGEST_FLASH = 300

# (label, address, icon, permission, behind "More" on small screens): only what exists.
NAV: tuple[tuple[str, str, str, Permission, bool], ...] = (
    ("Map", "/", "map", Permission.ASK, False),
    ("Questions", "/questions", "message-circle-question-mark", Permission.SEE_QUESTIONS, False),
    ("Kits", "/kits", "package-open", Permission.USE_KITS, False),
    ("Rooms", "/rooms", "door-open", Permission.SHARE, False),
    ("Upload", "/upload", "upload", Permission.UPLOAD, True),
    ("Review", "/review", "list-checks", Permission.REVIEW, True),
    ("Opportunities", "/opportunities", "handshake", Permission.SEE_DEALS, True),
    ("Framework", "/framework", "sliders-horizontal", Permission.EDIT_FRAMEWORK, True),
)
# What people need now and then: behind "More" on every screen.
NOW_AND_THEN = frozenset({"/framework", "/opportunities"})
# The bottom bar of a phone, beside Ask; everything else is behind "More" there.
TABS = frozenset({"/", "/kits", "/rooms"})
# Pages of other addresses, by the entry they belong to.
BELONGS_TO = {"/rooms": ("/links", "/share"), "/questions": ("/judged",)}

C = TypeVar("C", bound=type)


def page(template: str) -> Callable[[C], C]:
    """Say which template shows this frozen dataclass; its fields are exactly what the template gets, beside `shell`."""

    def register(data_type: C) -> C:
        if PAGES.get(template, data_type).__qualname__ != data_type.__qualname__:
            raise RuntimeError(f"two page types want {template}")
        PAGES[template] = data_type
        TEMPLATES[data_type] = template
        return data_type

    return register


def render(request: Request, data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """The page of this data. A message left by `redirect` is shown once, on the next whole page."""
    template = TEMPLATES[type(data)]
    whole_page = not template.rpartition("/")[2].startswith("_")
    shell = build_shell(request, flash=whole_page)
    values = {field.name: getattr(data, field.name) for field in fields(data)}
    response = HTMLResponse(render_template(template, {**values, "shell": shell}), status_code=status, headers=headers)
    if whole_page and FLASH_COOKIE in request.cookies:
        response.delete_cookie(FLASH_COOKIE, path="/", secure=services_of(request).settings.secure_cookies, httponly=True, samesite="lax")
    return response


def render_bare(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """A page without the portal around it, for guests of a room; its template gets no shell."""
    values = {field.name: getattr(data, field.name) for field in fields(data)}
    return HTMLResponse(render_template(TEMPLATES[type(data)], values), status_code=status, headers=headers)


def redirect(request: Request, path: str, message: str = "", undo: str = "") -> RedirectResponse:
    """303 to a page of this portal, where the message is shown once, with a button that posts to `undo` if there is a way back."""
    response = RedirectResponse(safe_path(path), status_code=303)
    if message:
        settings = services_of(request).settings
        response.set_cookie(
            FLASH_COOKIE,
            sign_flash(f"{message[:LONGEST_FLASH].replace(UNDO, ' ')}{UNDO}{undo}" if undo else message[:LONGEST_FLASH], settings),
            max_age=FLASH_SECONDS,
            path="/",
            secure=settings.secure_cookies,
            httponly=True,
            samesite="lax",
        )
    return response


def safe_path(path: str) -> str:
    """The path when it stays within this portal, else the start page; for addresses that come from a form."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\"))
    plain = all(character.isprintable() and character != "\\" for character in path)
    return quote(path, safe="/?&=%+:;,@!$'()*~#-._") if inside and plain else "/"


def sign_flash(message: str, settings: Settings) -> str:
    """The cookie value of a message; signed, so that nobody can put words in the portal's mouth."""
    return f"{urlsafe_b64encode(message.encode()).decode()}.{_signature(message, settings)}"


def read_flash(cookie: str, settings: Settings) -> str:
    """The message of a cookie value; empty when it is not ours."""
    encoded, _, signature = cookie.partition(".")
    try:
        message = urlsafe_b64decode(encoded.encode()).decode()
    except ValueError:
        return ""
    return message if hmac.compare_digest(signature.encode(), _signature(message, settings).encode()) else ""


def path_of(request: Request) -> str:
    """The address within the portal, with its query."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def build_shell(request: Request, *, flash: bool = True) -> Shell:
    """What surrounds the page for whoever asks."""
    actor = actor_of(request)
    settings = services_of(request).settings
    told, _, undo = (read_flash(request.cookies.get(FLASH_COOKIE, ""), settings) if flash else "").partition(UNDO)
    return Shell(
        signed_in=actor.kind == "user",
        name=actor.name,
        initials=initials(actor.name),
        role=str(actor.role),
        role_name=ROLE_NAMES.get(actor.role, ""),
        theme=_theme(request, actor),
        nav=_nav(request.url.path, actor),
        context=_context(request, actor),
        path=path_of(request) if request.method == "GET" else "/",
        flash=told,
        undo=undo,
        request_id=request_id_of(request.scope),
        may=frozenset(permission.value for permission in permissions_of(actor)),
        single_keys=actor.single_keys if isinstance(actor, UserActor) else True,
        organisation=actor.organisation if isinstance(actor, UserActor) else "",
    )


def _signature(message: str, settings: Settings) -> str:
    return hmac.digest(settings.secret_key.get_secret_value().encode(), b"flash:" + message.encode(), "sha256").hex()[:40]


def _theme(request: Request, actor: Actor) -> str:
    theme = actor.theme if isinstance(actor, UserActor) else request.cookies.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


def _nav(path: str, actor: Actor) -> tuple[NavItem, ...]:
    return tuple(
        NavItem(label, href, icon, current=_is_current(path, href), curate=curate, is_rare=href in NOW_AND_THEN, is_tab=href in TABS)
        for label, href, icon, permission, curate in NAV
        if may(actor, permission)
    )


def _is_current(path: str, href: str) -> bool:
    if href == "/":
        return path in {"/", "/list"}
    return path == href or path.startswith((f"{href}/", *BELONGS_TO.get(href, ())))


def _context(request: Request, actor: Actor) -> tuple[ContextChip, ...]:
    if not may(actor, Permission.ASK):
        return ()
    work = work_in_progress(request)
    if work is not None:
        return context_chips(read_context(request), list_values(work))
    with open_work(request, read_only=True) as own:
        return context_chips(read_context(request), list_values(own))
