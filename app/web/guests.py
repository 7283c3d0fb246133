"""Visitors behind a link: every route under /r/{secret} comes through here, where the resolver is asked first. Their passes and stays."""

import hmac
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from app.core.work import Work
from app.identity.models import GuestActor
from app.settings import Settings
from app.sharing.actions.doors import LinkClosed, enter, note_miss
from app.sharing.actions.visits import Seen
from app.sharing.models import Happened
from app.sharing.queries import ClosedLink, OpenLink
from app.sharing.rules import PASS_LIFE, Refusal
from app.web.deps import actor_of, read_work, write_work
from app.web.errors import ClosedPage
from app.web.guestroom import door_page
from app.web.headers import GUEST_PATHS
from app.web.render import render_bare
from app.web.services import services_of

NOTHING = "Nothing here"
UNKNOWN = "This link does not open anything. Perhaps it was copied in part. Ask whoever sent it to you for another."
TOO_MANY = "Too many addresses that lead nowhere were tried from your network. Wait 15 minutes, then open your link again."
ENDED = "This room is closed."
USED_UP = "This link has been opened as often as it may be."


@dataclass(frozen=True)
class AtDoor:
    """A request whose link is open at this moment; `work` acts as its guest. Without a secret it is the sender's preview of the room."""

    work: Work
    opened: OpenLink
    secret: str

    @property
    def root(self) -> str:
        """Where the room is."""
        return f"/rooms/{self.opened.room.id}/preview" if self.is_preview else f"{GUEST_PATHS}{self.secret}"

    @property
    def is_preview(self) -> bool:
        """Whether nobody was let in: nothing is kept and nothing counts."""
        return not self.secret


def pass_cookie(settings: Settings) -> str:
    """A cookie only after a password, code or counted view, and for this link's addresses only."""
    return "__Secure-room" if settings.secure_cookies else "room"


def pass_of(request: Request) -> str:
    """The pass this browser brings, if any."""
    return request.cookies.get(pass_cookie(services_of(request).settings), "")


def network_address(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else "unknown"


def at_door(request: Request, work: Work, secret: str) -> AtDoor:
    """The room as this request may see it; LinkClosed when it may not. Blocking."""
    opened = enter(work, secret, pass_of(request))
    return AtDoor(replace(work, actor=GuestActor(opened.link.id or 0)), opened, secret)


async def _read_door(request: Request, secret: str) -> AsyncIterator[AtDoor]:
    async with read_work(request) as work:
        yield await run_in_threadpool(at_door, request, work, secret)


async def _write_door(request: Request, secret: str) -> AsyncIterator[AtDoor]:
    async with write_work(request) as work:
        yield await run_in_threadpool(at_door, request, work, secret)


# scope="function": the transaction ends, committed, before the answer is sent.
ReadDoor = Annotated[AtDoor, Depends(_read_door, scope="function")]
WriteDoor = Annotated[AtDoor, Depends(_write_door, scope="function")]


def go(secret: str, path: str = "", said: str = "") -> RedirectResponse:
    """303 to a page of the room; what was done is told by a word in the address, because a message would need a cookie."""
    return RedirectResponse(f"{GUEST_PATHS}{secret}{path}{f'?said={said}' if said else ''}", status_code=303)


def let_in(request: Request, secret: str, given: str) -> Response:
    """Into the room, with the pass in a cookie for its addresses alone."""
    settings = services_of(request).settings
    response = go(secret)
    response.set_cookie(
        pass_cookie(settings),
        given,
        max_age=int(PASS_LIFE.total_seconds()),
        path=f"{GUEST_PATHS}{secret}",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )
    return response


def wants_privacy(request: Request) -> bool:
    """Whether the browser asks not to be followed."""
    return request.headers.get("dnt") == "1" or request.headers.get("sec-gpc") == "1"


def note_visit(
    request: Request, door: AtDoor, what: Happened | None, item_id: int | None = None, *, is_human: bool = False, seconds: int = 0
) -> None:
    """Remember that somebody was here. HEAD and what browsers fetch ahead count as nothing.

    Of a browser that asks not to be followed it is noted what it opened and did, as an automatic visit, but no sign of a person: neither
    that somebody looks at a page nor that they try other figures on it. A password, a code or a press on the button is a sign, too.
    """
    private = wants_privacy(request)
    only_a_sign = is_human and what in (None, Happened.OPENED)
    if request.method == "HEAD" or "prefetch" in request.headers.get("sec-purpose", "") or (private and only_a_sign):
        return
    guest, visitor = door.opened.guest, "" if private else _visitor(request, door)
    services_of(request).visits.note(
        Seen(
            visit_id=visitor or secrets.token_hex(16),
            link_id=door.opened.link.id or 0,
            guest_id=guest.id if guest is not None else None,
            visitor=visitor,
            is_own=door.opened.is_own or actor_of(request).kind == "user",
            is_human=(is_human or door.opened.was_let_in) and not private,
            item_id=item_id,
            what=what,
            at=door.work.now,
            seconds=seconds,
        )
    )


def _visitor(request: Request, door: AtDoor) -> str:
    """Tells one browser's day at this link from another's without leaving anything there; nobody can go back from it to an address."""
    guest = door.opened.guest
    parts = (
        door.work.today.isoformat(),
        str(door.opened.link.id),
        str(guest.id if guest is not None else ""),
        network_address(request),
        request.headers.get("user-agent", ""),
        request.headers.get("accept-language", ""),
    )
    key = services_of(request).settings.secret_key.get_secret_value().encode()
    return hmac.digest(key, "\n".join(("visitor", *parts)).encode(), "sha256").hex()[:32]


def install_guests(app: FastAPI) -> None:
    """Tell visitors why a link does not open."""
    app.add_exception_handler(LinkClosed, _on_closed)


async def _on_closed(request: Request, error: Exception) -> Response:
    if not isinstance(error, LinkClosed):
        raise error
    closed = error.closed
    if closed.reason is Refusal.UNKNOWN:
        if await _is_held_up(request):
            page = ClosedPage("Too many tries", TOO_MANY, "", "")
            return await run_in_threadpool(render_bare, page, 429, {"Retry-After": "900"})
        return await run_in_threadpool(render_bare, ClosedPage(NOTHING, UNKNOWN, "", ""), 404)
    secret = request.path_params.get("secret", "")
    return await run_in_threadpool(closed_response, secret, closed)


async def _is_held_up(request: Request) -> bool:
    """Whether this network address tried too many addresses; what a page that stayed open tells of itself is no try."""
    if request.url.path.endswith("/seen"):
        return False
    async with write_work(request) as work:
        return await run_in_threadpool(note_miss, work, network_address(request))


def closed_response(secret: str, closed: ClosedLink) -> Response:
    """The page of a link that opens for nobody any more, or that asks for something first."""
    if closed.reason is Refusal.LOCKED:
        return render_bare(door_page(secret, closed), 401)
    sender = closed.sender
    message = USED_UP if closed.reason is Refusal.USED_UP else ENDED
    page = ClosedPage(message.rstrip("."), message, sender.name if sender else "", sender.email if sender else "")
    return render_bare(page, 410)
