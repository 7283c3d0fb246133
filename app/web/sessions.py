"""The session cookie, who it belongs to, and writing down now and then that a session is in use."""

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.clock import utc_now
from app.core.db import open_session
from app.core.errors import AppError
from app.core.work import Work
from app.identity.actions import touch_sessions
from app.identity.actions.tokens import touch_token
from app.identity.models import AnonymousActor, SystemActor
from app.identity.queries import KnownSession, find_session
from app.identity.queries.tokens import KnownToken
from app.identity.rules import SESSION_ABSOLUTE
from app.settings import Settings
from app.web.services import Services, services_of

log = structlog.get_logger(__name__)


def cookie_name(settings: Settings) -> str:
    """`__Host-` keeps other hosts of the domain from setting the cookie; browsers take it over https only."""
    return "__Host-quiver" if settings.secure_cookies else "quiver"


def set_session_cookie(response: Response, secret: str, settings: Settings) -> None:
    """Hand the browser its session."""
    response.set_cookie(
        cookie_name(settings),
        secret,
        max_age=int(SESSION_ABSOLUTE.total_seconds()),
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def clear_session_cookie(response: Response, settings: Settings) -> None:
    """Take the session from the browser, and with it what it kept of our pages."""
    response.delete_cookie(cookie_name(settings), path="/", secure=settings.secure_cookies, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache"'


def find_known_session(request: HTTPConnection) -> KnownSession | None:
    """The live session of this request's cookie, looked up once per request in a short transaction of its own."""
    state = request.state
    if not hasattr(state, "known_session"):
        services = services_of(request)
        secret = request.cookies.get(cookie_name(services.settings), "")
        state.known_session = _look_up(services, secret) if secret else None
    known: KnownSession | None = state.known_session
    return known


def _look_up(services: Services, secret: str) -> KnownSession | None:
    with open_session(services.engine, read_only=True) as session:
        return find_session(Work(session, AnonymousActor(), utc_now(), services.blobs), secret)


class TouchSession:
    """Middleware: after the answer is sent, note that the session or token was used, when the last note is old enough.

    Outside the request's transaction, because reading pages must work while nothing can be written.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
        if scope["type"] != "http":
            return
        state = scope.get("state", {})
        known = state.get("known_token") or state.get("known_session")
        if isinstance(known, KnownSession | KnownToken) and known.needs_touch:
            services = services_of(HTTPConnection(scope))
            async with services.turns.writers:
                await run_in_threadpool(_touch, services, known)


def _touch(services: Services, known: KnownSession | KnownToken) -> None:
    try:
        with open_session(services.engine) as session:
            work = Work(session, SystemActor(), utc_now(), services.blobs)
            if isinstance(known, KnownSession):
                touch_sessions(work, [known.id_hash])
            else:
                touch_token(work, known.actor.token_id)
    except (SQLAlchemyError, AppError) as error:
        log.warning("use_not_noted", error=type(error).__name__)
