"""What stands before a locked room: password, mailed code, a counted view."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import TooMany
from app.core.work import Work
from app.sharing.actions import doors
from app.sharing.actions.doors import LinkClosed
from app.sharing.queries import ClosedLink, open_link
from app.sharing.rules import Refusal
from app.web.deps import WorkDep, public, read_work, write_work
from app.web.guestroom import door_page
from app.web.guests import go, let_in, network_address, pass_of
from app.web.render import render_bare
from app.web.services import services_of

router = APIRouter()
FormText = Annotated[str, Form()]
WRONG_PASSWORD = "This is not the password of this link. Ask whoever sent it to you."  # noqa: S105 - a sentence
WRONG_CODE = "This code is wrong, or older than ten minutes, or was tried too often. Look at the newest mail, or ask for another code."
NO_ADDRESS = "Write your e-mail address in full, like you@example.com."


@router.post("/r/{secret}/password", dependencies=[public()])
async def give_password(request: Request, secret: str, password: FormText = "") -> Response:
    """Check the password, count the try, and let in."""
    try:
        async with write_work(request) as work:
            attempt = await run_in_threadpool(doors.begin_password, work, secret, network_address(request))
    except TooMany as problem:
        return await _again(request, secret, problem)
    if attempt is None:
        return go(secret)
    checks = services_of(request).turns.password_checks
    if not await anyio.to_thread.run_sync(doors.check_password, attempt, password, limiter=checks):
        return await _again(request, secret, None, error=WRONG_PASSWORD)
    async with write_work(request) as work:
        given = await run_in_threadpool(doors.finish_password, work, secret, attempt)
    return let_in(request, secret, given)


@router.post("/r/{secret}/code", dependencies=[public()])
async def ask_code(request: Request, secret: str, email: FormText = "") -> Response:
    """Have a code mailed; the answer is the same whether the address may come in or not."""
    try:
        async with write_work(request) as work:
            folded = await run_in_threadpool(doors.ask_code, work, secret, pass_of(request), email)
    except TooMany as problem:
        return await _again(request, secret, problem, email=email)
    return await _again(request, secret, None, email=folded, error="" if folded else NO_ADDRESS)


@router.post("/r/{secret}/code/check", dependencies=[public()])
async def give_code(request: Request, secret: str, email: FormText = "", code: FormText = "") -> Response:
    """Let in whoever gives the code."""
    try:
        async with write_work(request) as work:
            given = await run_in_threadpool(doors.give_code, work, secret, pass_of(request), email, code, network_address(request))
    except TooMany as problem:
        return await _again(request, secret, problem, email=email)
    if given is None:
        return await _again(request, secret, None, email=email, error=WRONG_CODE)
    return let_in(request, secret, given)


@router.post("/r/{secret}/open", dependencies=[public()])
def take_view(request: Request, secret: str, work: WorkDep) -> Response:
    """Use up one of the views."""
    given = doors.take_view(work, secret)
    return let_in(request, secret, given) if given else go(secret)


async def _again(request: Request, secret: str, problem: TooMany | None, *, email: str = "", error: str = "") -> Response:
    """The door once more: what went wrong, or where the code was sent. Somebody who is in already goes to the room."""
    async with read_work(request) as work:
        closed = await run_in_threadpool(_closed, work, secret, pass_of(request))
    if closed is None:
        return go(secret)
    data = door_page(secret, closed, email=email, error=problem.message if problem is not None else error)
    status = problem.status if problem is not None else 401 if error else 200
    return await run_in_threadpool(render_bare, data, status)


def _closed(work: Work, secret: str, given: str) -> ClosedLink | None:
    found = open_link(work, secret, given)
    if not isinstance(found, ClosedLink):
        return None
    if found.reason is not Refusal.LOCKED:
        raise LinkClosed(found)
    return found
