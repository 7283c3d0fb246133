"""`/metrics` for Prometheus: requests, jobs, index, store and disk. For administrators and whoever has the token; numbers only."""

import hmac
from collections.abc import Iterator

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.core.clock import utc_now
from app.core.db import open_session
from app.core.work import Work
from app.identity.models import SystemActor
from app.identity.rules import Permission
from app.web.deps import PermissionCheck
from app.web.metrics import REGISTRY
from app.web.operations import Condition, read_condition
from app.web.services import services_of

router = APIRouter(include_in_schema=False)


class MetricsCheck(PermissionCheck):
    """Lets whoever sends the token pass; everybody else needs the permission."""

    async def __call__(self, request: Request) -> None:
        if not sends_token(request):
            await super().__call__(request)


def sends_token(request: Request) -> bool:
    """Whether the request carries the token of the settings; never without one."""
    token = services_of(request).settings.metrics_token.get_secret_value()
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return bool(token) and scheme.casefold() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


@router.get("/metrics", dependencies=[Depends(MetricsCheck(Permission.OPERATE))])
def metrics(request: Request) -> Response:
    """Everything at this moment, as text."""
    services = services_of(request)
    with open_session(services.engine, read_only=True) as session:  # as Quiver itself: whoever has the token is nobody here
        condition = read_condition(Work(session, SystemActor(), utc_now(), services.blobs), services)
    now = CollectorRegistry(auto_describe=False)
    now.register(_Gauges(condition))
    return Response(generate_latest(REGISTRY) + generate_latest(now), headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Gauges(Collector):
    """The condition of the portal as numbers."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition

    def collect(self) -> Iterator[Metric]:
        """One family a number."""
        condition = self._condition
        jobs = GaugeMetricFamily("quiver_jobs", "Jobs by state; dead ones were given up", labels=("state",))
        for state, number in (("waiting", condition.waiting), ("running", condition.running), ("dead", condition.dead)):
            jobs.add_metric((state,), number)
        yield jobs
        yield GaugeMetricFamily("quiver_index_ready", "1 when the search index answers", value=float(condition.index_ready))
        yield GaugeMetricFamily("quiver_index_items", "Items in the search index", value=condition.index_items)
        yield GaugeMetricFamily("quiver_store_bytes", "Bytes of all stored files", value=condition.stored)
        yield GaugeMetricFamily("quiver_store_quota_bytes", "Most bytes the store may hold", value=condition.quota)
        if condition.free is not None:
            yield GaugeMetricFamily("quiver_disk_free_bytes", "Free bytes where the data lies", value=condition.free)
