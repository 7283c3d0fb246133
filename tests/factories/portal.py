"""A whole portal for one test: the real app on a real database, and clients signed in as each role."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from app.core.clock import utc_now
from app.core.db import open_session
from app.core.desk import work_opener
from app.core.mail import post_of
from app.core.work import Actor, Work
from app.identity import actions
from app.identity.models import Role, SystemActor, UserActor
from app.main import create_app
from app.ops.worker import Worker
from app.search.jobs import IndexDesk
from app.settings import Settings
from app.web.services import Services
from app.web.sessions import cookie_name
from tests.factories.people import ensure_user

BASE_URL = "http://testserver"
SAME_ORIGIN = {"Origin": BASE_URL, "Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Portal:
    """A started portal. Its worker does not run by itself: call `drain` to have uploads read and the index brought up to date."""

    app: FastAPI
    first_client: TestClient

    @property
    def services(self) -> Services:
        """What the running portal holds open."""
        services = self.app.state.services
        assert isinstance(services, Services)
        return services

    def client(self, role: Role | None = None, **headers: str) -> TestClient:
        """A new browser, signed in as the usual account of this role. It sends what browsers send and follows no redirects."""
        client = TestClient(self.app, base_url=self.services.settings.base_url, headers={**SAME_ORIGIN, **headers}, follow_redirects=False)
        client.portal = self.first_client.portal  # all clients of a portal share its event loop
        if role is not None:
            client.cookies.set(cookie_name(self.services.settings), self.session_of(role))
        return client

    def session_of(self, role: Role) -> str:
        """The secret of a new session of the usual account of this role."""
        with self.work() as work:
            return actions.start_session(work, ensure_user(work, role), "Firefox/140.0 Linux")

    def actor(self, role: Role) -> UserActor:
        """The usual account of this role, to act without a browser."""
        with self.work() as work:
            user = ensure_user(work, role)
            assert user.id is not None
            return UserActor(user.id, user.name, user.role)

    @contextmanager
    def work(self, actor: Actor | None = None, *, read_only: bool = False, now: datetime | None = None) -> Iterator[Work]:
        """A transaction beside the portal's own, as Quiver itself unless somebody is named."""
        with open_session(self.services.engine, read_only=read_only) as session:
            yield Work(session, actor or SystemActor(), now or utc_now(), self.services.blobs)

    def drain(self) -> None:
        """Let the worker do everything that is due."""
        services = self.services
        open_work, post = work_opener(services.engine, services.blobs, SystemActor()), post_of(services.settings)
        Worker(IndexDesk(open_work, services.blobs, services.index, post=post)).drain()


@contextmanager
def started(settings: Settings, *more: APIRouter) -> Iterator[Portal]:
    """The portal, from start to stop; with routes of the test's own, if it needs some."""
    app = create_app(settings)
    for router in more:
        app.include_router(router)
    with TestClient(app, base_url=settings.base_url) as first_client:
        yield Portal(app, first_client)
