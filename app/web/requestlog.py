"""A number for every request, and one line in the log for each: never its query, its cookies or its body."""

import re
import time
from secrets import token_hex
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.metrics import observe

log = structlog.get_logger(__name__)
HEADER = b"x-request-id"
# Addresses that carry a secret in their path are logged without it.
SECRET_PATH = re.compile(r"(^/setup/|^/r/|/[df]/)[^/]+")


def request_id_of(scope: Scope) -> str:
    """The number of the running request; people quote it when something failed."""
    number: str = scope.get("state", {}).get("request_id", "")
    return number


def loggable_path(path: str) -> str:
    """The path without the secrets some addresses carry."""
    return SECRET_PATH.sub(r"\1...", path)


class RequestLog:
    """Outermost middleware: gives the request its number, writes the access log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        seen: dict[str, Any] = {"status": 0}
        started = time.perf_counter()

        async def send_numbered(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), (HEADER, request_id.encode())]}
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_numbered)
            finally:
                seconds = time.perf_counter() - started
                observe(scope, seen["status"], seconds)
                milliseconds = round(seconds * 1000, 1)
                log.info("request", method=scope["method"], path=loggable_path(scope["path"]), status=seen["status"], ms=milliseconds)
