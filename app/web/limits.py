"""How large and how slow a request may be."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Ordinary forms and JSON; upload routes raise it (deps.COUNTS_ITS_OWN_BYTES) and count while they stream.
FORM_BYTES = 1024 * 1024


class IdleBody:
    """Middleware: a body that sends nothing for too long is given up, so that it does not hold a place for ever."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        ended = False

        async def receive_in_time() -> Message:
            nonlocal ended
            if ended:  # what comes now is the end of the connection, which may take its time
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), self.seconds)
            except TimeoutError:
                raise HTTPException(408, "Nothing arrived for a while, so this was given up. Nothing was kept. Try again.") from None
            ended = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        await self.app(scope, receive_in_time, send)
