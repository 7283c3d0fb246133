"""The token a program sends with a request to the API: who it acts for, and writing down now and then that it is in use."""

from starlette.requests import HTTPConnection

from app.core.clock import utc_now
from app.core.db import open_session
from app.core.work import Work
from app.identity.models import AnonymousActor
from app.identity.queries.tokens import KnownToken, find_token
from app.web.services import services_of

SCHEME = "bearer "


def carries_token(request: HTTPConnection) -> bool:
    """Whether a program asks: an API address and a bearer token, good or not. Its cookies then count for nothing."""
    return request.url.path.startswith("/api/") and request.headers.get("authorization", "").lower().startswith(SCHEME)


def find_known_token(request: HTTPConnection) -> KnownToken | None:
    """The working token of this request, looked up once per request in a short transaction of its own."""
    state = request.state
    if not hasattr(state, "known_token"):
        services = services_of(request)
        secret = request.headers["authorization"][len(SCHEME) :].strip()
        with open_session(services.engine, read_only=True) as session:
            state.known_token = find_token(Work(session, AnonymousActor(), utc_now(), services.blobs), secret)
    known: KnownToken | None = state.known_token
    return known
