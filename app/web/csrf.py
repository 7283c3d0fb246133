"""Unsafe requests must come from our own pages."""

from urllib.parse import urlsplit

from asgi_cross_origin_protection import CrossOriginProtection
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import NotPermitted
from app.settings import Settings
from app.web.errors import answer_error

REFUSAL = "This request did not come from a page of this portal, so nothing was changed. Open the portal and try again from there."


def cross_origin_protection(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Middleware: refuses an unsafe request unless Sec-Fetch-Site or else Origin shows it to be ours.

    One with neither header is refused, too: every browser sends one, and only browsers carry our cookie. The configured
    address counts as ours, so that a reverse proxy may change the Host header.
    """
    base = urlsplit(settings.base_url)
    return CrossOriginProtection(
        app, allowed_origins=(f"{base.scheme}://{base.netloc}",), deny_app=_refuse, allow_unverifiable_requests=False
    )


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    response = await answer_error(Request(scope, receive), NotPermitted(REFUSAL))
    await response(scope, receive, send)
