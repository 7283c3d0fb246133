"""Unsafe requests must come from our own pages."""

from urllib.parse import urlsplit

from asgi_cross_origin_protection import CrossOriginProtection
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import NotPermitted
from app.settings import Settings
from app.web.errors import answer_error
from app.web.headers import is_secret
from app.web.tokens import carries_token

REFUSAL = "This request did not come from a page of this portal, so nothing was changed. Open the portal and try again from there."


class SameOriginOnly:
    """Middleware: refuses an unsafe request unless Sec-Fetch-Site or else Origin shows it to be ours.

    One with neither header is refused, too: every browser sends one, and only browsers carry our cookie. The configured
    address counts as ours, so that a reverse proxy may change the Host header. A program with a token passes: its cookies
    count for nothing, and a page from elsewhere cannot make a browser send a token. Nor can it know a secret address; pages
    there send no referrer, and on plain http or in a browser without Sec-Fetch-Site that makes their own forms say "Origin: null".
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        base = urlsplit(settings.base_url)
        self.guarded = CrossOriginProtection(
            app, allowed_origins=(f"{base.scheme}://{base.netloc}",), deny_app=_refuse, allow_unverifiable_requests=False
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        passes = scope["type"] == "http" and (carries_token(Request(scope)) or _hides_its_origin(Request(scope)))
        await (self.app if passes else self.guarded)(scope, receive, send)


def _hides_its_origin(request: Request) -> bool:
    return is_secret(request.url.path) and request.headers.get("Origin") == "null" and "Sec-Fetch-Site" not in request.headers


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    response = await answer_error(Request(scope, receive), NotPermitted(REFUSAL))
    await response(scope, receive, send)
