"""How large and how slow the head of a request may be: uvicorn reads heads without end. Given to uvicorn by `quiver serve`."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 30.0
# Closing while there is more to read resets the connection, and a reset takes back an answer that was not read yet.
REST_BYTES = 1024 * 1024
REST_SECONDS = 5.0
TOO_LARGE = b"The head of this request is too large. Delete this site's cookies, or send less, then try again."
ANSWER = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(TOO_LARGE), TOO_LARGE)
)


class HeadTooLarge(Exception):
    """Stops the parser in the middle of a head."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol; a head above HEAD_BYTES is answered with 431, one not there after HEAD_SECONDS ends the connection."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._is_open = False
        self._is_answering = False
        self._parsed = 0
        self._fed = 0
        self._refused = False
        self._rest = REST_BYTES

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first head."""
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; what it keeps back of a header that does not end is counted, too."""
        if self._refused:
            self._pass_over(data)
            return
        was_open = self._is_open
        super().data_received(data)
        if was_open and self._is_open:
            self._fed += len(data)
            if self._fed > HEAD_BYTES:
                self._refuse()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._is_open, self._parsed, self._fed = True, 0, 0

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or one after the body."""
        self._count(name + value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there: the request begins."""
        self._is_open, self._is_answering = False, True
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Wait for the next head, unless it came already."""
        self._is_answering = not self.cycle.response_complete  # the one that came last
        super().on_response_complete()
        if not (self._is_answering or self._refused or self.transport.is_closing()):
            self._wait(HEAD_SECONDS)

    def send_400_response(self, msg: str) -> None:
        """What uvicorn says to what it cannot read."""
        if self._parsed > HEAD_BYTES:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _count(self, piece: bytes) -> None:
        self._parsed += len(piece)
        if self._parsed > HEAD_BYTES:
            raise HeadTooLarge

    def _refuse(self) -> None:
        """Answer, and listen on until the other side has read it and ends, or for so long; not while an answer is on its way."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self.transport.write(ANSWER)
        if self._is_answering:
            self.transport.close()
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._wait(REST_SECONDS)

    def _pass_over(self, data: bytes) -> None:
        self._rest -= len(data)
        if self._rest < 0:
            self.transport.close()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
