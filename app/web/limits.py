"""How large and how slow a request may be, while it streams, with or without a declared length."""

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Ordinary forms and JSON. A route's own `max_body_size` wins: upload routes take deps.COUNTS_ITS_OWN_BYTES and count themselves.
FORM_BYTES = 1024 * 1024
TOO_LARGE = "What you sent is larger than this page takes. Nothing was kept. Send less, or upload it as a file."
TOO_SLOW = "Nothing arrived for a while, so this was given up. Nothing was kept. Try again."


class BodyLimits:
    """Middleware: refuses a body that is too large or stops coming, at the moment the route reads it."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, _Body(scope, receive, self.seconds).receive, send)


class _Body:
    """One request's body on its way in."""

    def __init__(self, scope: Scope, receive: Receive, seconds: float) -> None:
        self._scope = scope
        self._receive = receive
        self._seconds = seconds
        self._size = 0
        self._ended = False

    async def receive(self) -> Message:
        """The next part; 413 and 408 instead of too much and too late."""
        if self._ended:  # what comes now is the end of the connection, which may take its time
            return await self._receive()
        self._check(declared_length(self._scope))
        try:
            message = await asyncio.wait_for(self._receive(), self._seconds)
        except TimeoutError:
            raise HTTPException(408, TOO_SLOW) from None
        self._size += len(message.get("body", b""))
        self._check(self._size)
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    def _check(self, size: int) -> None:
        # set by the framework when the route that was found has a limit of its own
        if size > self._scope.get(MAX_BODY_SIZE_SCOPE_KEY, FORM_BYTES):
            raise HTTPException(413, TOO_LARGE)


def declared_length(scope: Scope) -> int:
    """How long a body is said to be; 0 when nothing is said."""
    declared = Headers(scope=scope).get("content-length", "")
    return int(declared) if declared.isdecimal() else 0
