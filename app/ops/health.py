"""For load balancers and watchers: whether the portal runs and whether all of it is well. Words only, no details."""

import os
import shutil
from typing import Literal

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from app.core import outbox
from app.core.db import is_reachable, open_session
from app.core.errors import AppError
from app.ops.migrate import WrongSchema, check_schema
from app.web.deps import public
from app.web.services import Services, services_of

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)
Word = Literal["ok", "degraded"]
DISK_FLOOR = 256 * 1024**2


@router.get("/healthz", dependencies=[public()])
def healthz(request: Request) -> JSONResponse:
    """200 as long as the process answers; `status` says degraded when a part is not well."""
    services = services_of(request)
    parts: dict[str, Word] = {
        "database": _word(_database_writes(services)),
        "disk": _word(_disk_has_room(services)),
        "side_effects": _word(_no_dead_rows(services)),
        "index": _word(services.index.ready),
    }
    status: Word = _word(all(word == "ok" for word in parts.values()))
    return JSONResponse({"status": status, **parts}, headers={"Cache-Control": "no-store"})


@router.get("/readyz", dependencies=[public()])
def readyz(request: Request) -> JSONResponse:
    """200 when requests can be served: the database answers and has this program's schema. Without index, the database searches."""
    ready = _is_ready(services_of(request))
    return JSONResponse(
        {"status": "ready" if ready else "starting"}, status_code=200 if ready else 503, headers={"Cache-Control": "no-store"}
    )


def _word(well: bool) -> Word:
    return "ok" if well else "degraded"


def _is_ready(services: Services) -> bool:
    if not is_reachable(services.engine):
        return False
    try:
        check_schema(services.engine)
    except (WrongSchema, SQLAlchemyError):
        return False
    return True


def _database_writes(services: Services) -> bool:
    return is_reachable(services.engine) and (services.engine.dialect.name != "sqlite" or os.access(services.settings.data_dir, os.W_OK))


def _disk_has_room(services: Services) -> bool:
    try:
        return shutil.disk_usage(services.settings.data_dir).free >= DISK_FLOOR
    except OSError:
        return False


def _no_dead_rows(services: Services) -> bool:
    try:
        with open_session(services.engine, read_only=True) as session:
            return outbox.count_by_state(session).get("dead", 0) == 0
    except (SQLAlchemyError, AppError):
        return False
