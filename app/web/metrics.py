"""Counts and times of requests for Prometheus, by route and status, with nobody's words. Filled by the request log, read by /metrics."""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import Scope

REGISTRY = CollectorRegistry()
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
# Several serving processes answer behind one address: told apart, so that each one's counters only grow.
REQUESTS = Counter("quiver_requests", "Requests answered", ("process", "method", "route", "status"), registry=REGISTRY)
TOLD = "Time until the whole answer was sent"
SECONDS = Histogram("quiver_request_seconds", TOLD, ("process", "route"), buckets=BUCKETS, registry=REGISTRY)
NO_ROUTE = "none"


def observe(scope: Scope, status: int, seconds: float) -> None:
    """Count one request."""
    process, route = str(os.getpid()), route_of(scope)
    method = scope["method"] if scope["method"] in METHODS else "other"
    REQUESTS.labels(process, method, route, str(status)).inc()
    SECONDS.labels(process, route).observe(seconds)


def route_of(scope: Scope) -> str:
    """The route's template, such as /assets/{asset_id}; never the address itself, which may hold names and secrets."""
    route = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    if isinstance(path, str) and path:
        return path
    return "/static" if str(scope.get("path", "")).startswith("/static/") else NO_ROUTE
