"""What routes depend on: the transaction (WorkDep, ReadDep), the permission (require), the list of public routes."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import contextmanager_in_threadpool
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from app.core.clock import utc_now
from app.core.db import open_session
from app.core.work import Actor, Work
from app.identity import rules
from app.identity.models import AnonymousActor
from app.identity.rules import Permission
from app.web.services import quota_of, services_of
from app.web.sessions import find_known_session
from app.web.tokens import carries_token, find_known_token

# Routes anybody may call: each stands here and says `public()` where it is defined.
PUBLIC_ROUTES = frozenset(
    {
        "GET /api/openapi.json",
        "GET /favicon.ico",
        "GET /healthz",
        "GET /k/{code}",
        "GET /r/{secret}",
        "GET /r/{secret}/d/{draft}",
        "GET /r/{secret}/d/{draft}/words",
        "GET /r/{secret}/i/{item_id}",
        "GET /r/{secret}/i/{item_id}/case",
        "GET /r/{secret}/i/{item_id}/fill",
        "GET /r/{secret}/i/{item_id}/file",
        "GET /r/{secret}/i/{item_id}/media",
        "GET /r/{secret}/i/{item_id}/pdf",
        "GET /readyz",
        "GET /setup/{token}",
        "GET /sign-in",
        "POST /r/{secret}/code",
        "POST /r/{secret}/code/check",
        "POST /r/{secret}/d/{draft}",
        "POST /r/{secret}/d/{draft}/delete",
        "POST /r/{secret}/d/{draft}/logo",
        "POST /r/{secret}/d/{draft}/share",
        "POST /r/{secret}/d/{draft}/{format_key}",
        "POST /r/{secret}/i/{item_id}/case",
        "POST /r/{secret}/i/{item_id}/case/logo",
        "POST /r/{secret}/i/{item_id}/fill",
        "POST /r/{secret}/i/{item_id}/case/{format_key}",
        "POST /r/{secret}/open",
        "POST /r/{secret}/password",
        "POST /r/{secret}/plan",
        "POST /r/{secret}/plan/{step_id}",
        "POST /r/{secret}/plan/{step_id}/tick",
        "POST /r/{secret}/questions",
        "POST /r/{secret}/seen",
        "POST /setup/{token}",
        "POST /sign-in",
        "POST /theme",
    }
)
PUBLIC_MOUNTS = frozenset({"/static"})
# `@router.post(..., max_body_size=COUNTS_ITS_OWN_BYTES)`: for routes that stream a file and stop at the limit by themselves.
COUNTS_ITS_OWN_BYTES = 1 << 50


def actor_of(request: HTTPConnection) -> Actor:
    """Who asks; blocking on the first call of a request, so call it from a plain `def` route or a thread."""
    known = find_known_token(request) if carries_token(request) else find_known_session(request)
    return known.actor if known else AnonymousActor()


async def current_actor(request: Request) -> Actor:
    """The same, as a dependency and for async routes."""
    return await run_in_threadpool(actor_of, request)


ActorDep = Annotated[Actor, Depends(current_actor)]


@contextmanager
def open_work(request: HTTPConnection, *, read_only: bool = False) -> Iterator[Work]:
    """One transaction for whoever asks, in the calling thread: for reading, or after awaiting a turn (see write_work)."""
    services = services_of(request)
    actor = actor_of(request)
    with open_session(services.engine, read_only=read_only, serial=not read_only) as session:
        yield Work(session, actor, utc_now(), services.blobs, quota_of(services.settings))


@asynccontextmanager
async def write_work(request: HTTPConnection) -> AsyncIterator[Work]:
    """A write transaction for async routes; use the Work in threads (run_in_threadpool), one call at a time."""
    async with services_of(request).turns.writers, _in_thread(open_work(request)) as work:
        yield work


@asynccontextmanager
async def read_work(request: HTTPConnection) -> AsyncIterator[Work]:
    """A read-only transaction for async routes."""
    async with services_of(request).turns.readers, _in_thread(open_work(request, read_only=True)) as work:
        yield work


def _in_thread(manager: AbstractContextManager[Work]) -> Any:
    return contextmanager_in_threadpool(manager)


async def _work_of_write(request: Request) -> AsyncIterator[Work]:
    async with write_work(request) as work:
        with _in_progress(request, work):
            yield work


async def _work_of_read(request: Request) -> AsyncIterator[Work]:
    async with read_work(request) as work:
        with _in_progress(request, work):
            yield work


# scope="function": the transaction ends, committed, before the answer is sent.
WorkDep = Annotated[Work, Depends(_work_of_write, scope="function")]
ReadDep = Annotated[Work, Depends(_work_of_read, scope="function")]


@contextmanager
def _in_progress(request: Request, work: Work) -> Iterator[None]:
    request.state.work = work
    try:
        yield
    finally:
        request.state.work = None


def work_in_progress(request: Request) -> Work | None:
    """The route's open unit of work, if there is one; lets the shell read without a transaction of its own."""
    work: Work | None = getattr(request.state, "work", None)
    return work


class PermissionCheck:
    """The dependency `require` gives a route; start-up looks for it on every route."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> None:
        rules.require(await current_actor(request), self.permission)


class PublicMark:
    """The dependency `public` gives a route."""

    async def __call__(self) -> None:
        """Anybody may pass."""


def require(permission: Permission) -> Any:
    """For `dependencies=[require(Permission.X)]` of a route."""
    return Depends(PermissionCheck(permission))


def public() -> Any:
    """For `dependencies=[public()]` of a route that is on PUBLIC_ROUTES."""
    return Depends(PublicMark())


def undeclared_routes(app: FastAPI) -> list[str]:
    """Routes that neither name a permission nor are public on purpose, as "METHOD path"; an empty list lets the portal start."""
    return sorted(name for context in iter_route_contexts(app.routes) for name in _undeclared(context))


def permission_of(context: RouteContext) -> Permission | None:
    """The permission a route asks for, for tests and the API description."""
    return next((call.permission for call in _calls(context) if isinstance(call, PermissionCheck)), None)


def _undeclared(context: RouteContext) -> Iterable[str]:
    methods = {"GET" if method == "HEAD" else method for method in context.methods or {"MOUNT"}}
    names = [f"{method} {context.path}" for method in sorted(methods)]
    if context.methods is None and context.path in PUBLIC_MOUNTS:
        return ()
    if permission_of(context) is not None:
        return ()
    marked = any(isinstance(call, PublicMark) for call in _calls(context))
    return [name for name in names if not (marked and name in PUBLIC_ROUTES)]


def _calls(context: RouteContext) -> list[object]:
    dependant = getattr(context, "dependant", None)
    return [dependency.call for dependency in dependant.dependencies] if dependant else []
