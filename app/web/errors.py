"""Every failure as a sentence: an HTML page or problem JSON, never a traceback. Installed by main.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import AppError, NotFound, Refused, SignInNeeded, TooLarge
from app.web.headers import GUEST_PATHS
from app.web.limits import TOO_LARGE
from app.web.render import page, path_of, render, render_bare
from app.web.requestlog import loggable_path, request_id_of

log = structlog.get_logger(__name__)

TITLES: Mapping[int, str] = {
    400: "That was not understood",
    401: "Sign in first",
    403: "Not with this account",
    404: "Nothing here",
    405: "Not this way",
    408: "That took too long",
    409: "Something stands in the way",
    410: "No longer here",
    412: "Changed in the meantime",
    413: "Too large",
    422: "Please check what you entered",
    428: "Something is missing",
    429: "Too many tries",
    503: "Busy just now",
    507: "The disk is full",
}
MESSAGES: Mapping[int, str] = {
    404: "There is no page at this address, or it is not meant for your account. Ask for what you need, or go back to where you were.",
    405: "This address does not take that kind of request. Nothing was changed.",
}
UNEXPECTED = "Something in the portal failed. What was saved before is safe. Try again. If it stays, tell an administrator this number."
BUSY = "The portal is busy and could not do this in time. Nothing was changed. Try again in a minute."
NOT_UNDERSTOOD = "Some of what was sent is missing or has the wrong form, so nothing was changed. Go back and check it."
# As SQLite and PostgreSQL say it; other operational errors are faults of ours.
BUSY_WORDS = ("locked", "busy", "timeout", "connection", "too many clients", "deadlock", "serialize")
# Characters of an address that is opened after signing in; quoted again it has to fit into a header, which browsers and proxies limit.
LONGEST_WAY_BACK = 2000
# For when even the error page fails; nothing of the request goes into it.
BARE_PAGE = "<!doctype html><html lang=en><title>Quiver</title><h1>{title}</h1><p>{message}</p><p>{number}</p>"


class Unexpected(AppError):
    status, code = 500, "unexpected"


class Busy(AppError):
    status, code = 503, "busy"


class OtherError(AppError):
    """An error of the web layer itself, with the status it came with."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")


@page("error.html")
@dataclass(frozen=True)
class ErrorPage:
    """What happened, what was kept, what to do. The request's number is shown when the portal is at fault (`status` 500)."""

    status: int
    title: str
    message: str


@page("public/closed.html")
@dataclass(frozen=True)
class ClosedPage:
    """The same for a guest of a room: nothing of the portal; whom to write to where that is known."""

    title: str
    message: str
    write_to: str
    email: str


def install_errors(app: FastAPI) -> None:
    """Answer every kind of error that a route can raise."""
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(OperationalError, _on_busy_database)
    app.add_exception_handler(PoolTimeout, _on_busy_database)
    app.add_exception_handler(OverflowError, _on_impossible_value)
    app.add_exception_handler(DataError, _on_impossible_value)


class LastResort:
    """Middleware around everything that answers: what nobody expected is logged with its traceback and told without it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except ClientDisconnect:  # whoever asked went on before everything was sent, so there is nobody to answer
            log.info("left_meanwhile", path=loggable_path(scope["path"]))
        except Exception:
            if scope["type"] != "http" or started:
                raise
            log.exception("request_failed", path=loggable_path(scope["path"]))
            response = await answer_error(Request(scope, receive), Unexpected(UNEXPECTED))
            await response(scope, receive, send)


async def answer_error(request: Request, error: AppError) -> Response:
    """The error as the asker can take it: JSON for programs, the sign-in page for a page that needs it, else an error page."""
    if wants_json(request):
        return _problem(request, error)
    if isinstance(error, SignInNeeded) and request.method in ("GET", "HEAD"):
        return _to_sign_in(request)
    return await run_in_threadpool(_error_page, request, error)


def wants_json(request: Request) -> bool:
    """Whether the asker is a program: the API, or a request that takes JSON and no HTML."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("json" in accept and "text/html" not in accept)


async def _on_app_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, AppError):
        raise error
    if error.status >= 500:
        log.error("request_refused", code=error.code, path=loggable_path(request.url.path))
    return await answer_error(request, error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.__cause__, AppError):  # raised while the body was read
        return await answer_error(request, error.__cause__)
    response = await answer_error(request, _as_app_error(error))
    for name, value in (error.headers or {}).items():
        response.headers.setdefault(name, value)
    return response


async def _on_validation_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = error.errors()
    if faults and all(fault["loc"][0] == "path" for fault in faults):
        return await answer_error(request, NotFound(MESSAGES[404]))
    if wants_json(request):
        # the value itself is not repeated: it may be a password
        fields = [{"field": ".".join(map(str, fault["loc"][1:])), "message": fault["msg"]} for fault in faults]
        return _problem(request, Refused(NOT_UNDERSTOOD), fields=fields)
    return await answer_error(request, Refused(NOT_UNDERSTOOD))


async def _on_busy_database(request: Request, error: Exception) -> Response:
    if isinstance(error, OperationalError) and not any(word in str(error.orig) for word in BUSY_WORDS):
        raise error
    log.error("database_busy", path=loggable_path(request.url.path), error=str(getattr(error, "orig", error)))
    return await answer_error(request, Busy(BUSY))


async def _on_impossible_value(request: Request, error: Exception) -> Response:
    """A number or character no column holds, so nothing can be stored or found under it."""
    log.info("impossible_value", path=loggable_path(request.url.path), error=type(error).__name__)
    return await answer_error(request, NotFound(MESSAGES[404]) if request.method == "GET" else Refused(NOT_UNDERSTOOD))


def _as_app_error(error: HTTPException) -> AppError:
    if error.status_code == 404:
        return NotFound(MESSAGES[404])
    if error.status_code == 413:
        return TooLarge(TOO_LARGE)
    return OtherError(error.status_code, MESSAGES.get(error.status_code) or error.detail)


def _title(error: AppError) -> str:
    return TITLES.get(error.status, "That did not work")


def _problem(request: Request, error: AppError, **more: Any) -> JSONResponse:
    body = {
        "type": "about:blank",
        "title": _title(error),
        "status": error.status,
        "code": error.code,
        "detail": error.message,
        "request_id": request_id_of(request.scope),
        **more,
    }
    return JSONResponse(body, status_code=error.status, media_type="application/problem+json", headers=_headers(error))


def _to_sign_in(request: Request) -> Response:
    target = path_of(request)
    address = "/sign-in" if target == "/" or len(target) > LONGEST_WAY_BACK else f"/sign-in?{urlencode({'next': target})}"
    if "hx-request" in request.headers:  # a part of a page: the page itself has to go
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


def _error_page(request: Request, error: AppError) -> Response:
    try:
        if request.url.path.startswith(GUEST_PATHS):
            return render_bare(ClosedPage(_title(error), error.message, "", ""), status=error.status, headers=_headers(error))
        return render(request, ErrorPage(error.status, _title(error), error.message), status=error.status, headers=_headers(error))
    except Exception:
        log.exception("error_page_failed")
        number = request_id_of(request.scope)
        return HTMLResponse(BARE_PAGE.format(title=_title(error), message=UNEXPECTED, number=number), status_code=error.status)


def _headers(error: AppError) -> dict[str, str]:
    if error.status == SignInNeeded.status:
        return {"WWW-Authenticate": 'Bearer realm="Quiver"'}
    return {"Retry-After": "60"} if error.status in (429, 503) else {}
