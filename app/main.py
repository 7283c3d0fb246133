"""Wiring: makes the portal out of its parts. `uvicorn --factory app.main:create_app`, or `quiver serve`."""

import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

from fastapi import APIRouter, FastAPI
from fastapi.concurrency import contextmanager_in_threadpool
from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from app import tables
from app.activity.actions import log_happenings
from app.api import description
from app.api.v1 import changes as api_changes
from app.api.v1 import library as api_library
from app.api.v1 import messaging as api_messaging
from app.api.v1 import search as api_search
from app.core.db import open_engine
from app.core.icons import STATIC
from app.core.logs import configure_logs
from app.core.store import DiskStore
from app.ops import health, metrics
from app.ops.embedded import embedded_worker
from app.ops.migrate import check_schema
from app.pages import (
    account,
    answers,
    audit,
    away,
    deals,
    deals_import,
    drafts,
    figures,
    framework,
    framework_retire,
    guestcases,
    guestdoors,
    guestdrafts,
    guestfills,
    handover,
    judged,
    kit_items,
    kit_papers,
    kit_rooms,
    kit_takeaway,
    kits,
    library,
    links,
    merging,
    messaging,
    operations,
    organisations,
    people,
    policies,
    public,
    review,
    room_preview,
    room_talk,
    rooms,
    search,
    searches,
    synonyms,
    template_fields,
    templates,
    tokens,
    transcripts,
    upload,
    upload_bulk,
    upload_parts,
    value_models,
    values,
)
from app.pages import map as map_page
from app.search._whoosh import open_engine as open_index
from app.settings import Settings, get_settings
from app.sharing.actions.visits import note_seen
from app.web import static
from app.web.activity import ActivityBuffer
from app.web.csrf import SameOriginOnly
from app.web.deps import undeclared_routes
from app.web.errors import LastResort, install_errors
from app.web.guests import install_guests
from app.web.headers import SecurityHeaders
from app.web.limits import BodyLimits
from app.web.requestlog import RequestLog
from app.web.services import Services, open_turns
from app.web.sessions import TouchSession
from app.web.static import OwnFiles

PAGES: tuple[APIRouter, ...] = (
    static.router,
    health.router,
    metrics.router,
    operations.router,
    account.router,
    tokens.router,
    transcripts.router,
    people.router,
    handover.router,
    organisations.router,
    audit.router,
    away.router,
    map_page.router,
    search.router,
    library.router,
    drafts.router,
    templates.router,
    template_fields.router,
    upload.router,
    upload_bulk.router,
    upload_parts.router,
    value_models.router,
    values.router,
    searches.router,
    judged.router,
    merging.router,
    figures.router,
    answers.router,  # before messaging, whose /questions/{question_id} takes what is left
    messaging.router,
    synonyms.router,  # before framework, whose /framework/{facet}/{key} takes what is left
    framework.router,
    framework_retire.router,
    deals_import.router,  # before deals, whose /opportunities/{opportunity_id} takes what is left
    deals.router,
    kit_items.router,  # before kits, whose /kits/{kit_id} takes what is left
    kit_takeaway.router,
    kits.router,
    kit_papers.router,
    kit_rooms.router,
    review.router,
    policies.router,
    room_preview.router,
    rooms.router,
    room_talk.router,
    links.router,
    guestcases.router,
    guestdrafts.router,
    guestfills.router,
    guestdoors.router,
    public.router,
)
API: tuple[APIRouter, ...] = (api_search.router, api_library.router, api_changes.router, api_messaging.router, description.router)
TABLES = tables.metadata


def allow_head(router: APIRouter) -> None:
    """Let a page be asked for without its body: link checkers and watchers do that."""
    for route in router.routes:
        if isinstance(route, APIRoute) and route.methods and "GET" in route.methods:
            route.methods.add("HEAD")


def all_routes() -> list[BaseRoute]:
    """Every page and the API."""
    whole = APIRouter()
    for router in PAGES:
        allow_head(router)
        whole.include_router(router, include_in_schema=False)
    for router in API:
        whole.include_router(router)
    whole.mount("/static", OwnFiles(directory=STATIC), name="static")
    return whole.routes


# The portals of a process share them, as tests start two thousand: working out what each of 270 depends on is most of making one.
# An app has no say in what they depend on: `dependency_overrides` does nothing here.
ROUTES = all_routes()


def create_app(settings: Settings | None = None) -> FastAPI:
    """The portal, ready to be served; raises when a route says nothing about who may use it."""
    chosen = settings or get_settings()
    configure_logs(chosen)
    app = FastAPI(
        title="Quiver",
        lifespan=_lifespan(chosen),
        middleware=_middleware(chosen),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=ROUTES,
    )
    install_errors(app)
    install_guests(app)
    refuse_undeclared(app)
    return app


def refuse_undeclared(app: FastAPI) -> None:
    """Default deny: a route without a permission keeps the portal from starting."""
    undeclared = undeclared_routes(app)
    if undeclared:
        raise RuntimeError(f"routes that declare no permission and are not public on purpose: {', '.join(undeclared)}")


def _middleware(settings: Settings) -> list[Middleware]:
    """From the outside in."""
    return [
        Middleware(RequestLog),
        Middleware(SecurityHeaders, https=settings.secure_cookies),
        Middleware(LastResort),
        Middleware(BodyLimits, seconds=settings.idle_body_seconds),
        Middleware(SameOriginOnly, settings=settings),
        Middleware(TouchSession),
    ]


def _lifespan(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with contextmanager_in_threadpool(open_services(settings)) as services:
            app.state.services = services
            settle_memory()
            yield

    return lifespan


def settle_memory() -> None:
    """Take everything made so far out of garbage collection: looking through it again and again stops all requests for 80 ms. A page
    makes some ten thousand objects that go with it; collecting at every 700th of them took a tenth of the time of asking."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@contextmanager
def open_services(settings: Settings) -> Iterator[Services]:
    """Everything that stays open while the portal runs, closed in the reverse order."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.url)
    blobs = DiskStore(settings.data_dir / "blobs")
    index = open_index(settings.data_dir / "index", settings.model_file)
    activity, visits = ActivityBuffer(engine, blobs, log_happenings), ActivityBuffer(engine, blobs, note_seen)
    services = Services(settings, engine, blobs, index, activity, visits, open_turns(engine))
    try:
        check_schema(engine)
        activity.start()
        visits.start()
        with embedded_worker(services):
            yield services
        activity.stop()
        visits.stop()
    finally:
        index.close()
        engine.dispose()
