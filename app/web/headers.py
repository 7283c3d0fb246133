"""Security headers on every answer, whoever made it. A route that sets one of them itself (files of users) keeps its own."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)
# For a page that shows a secret this once.
SHOWN_ONCE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
# For a page whose address is the secret, whoever answers there: a link's, an invitation's.
SECRET_PAGE = {"Referrer-Policy": "no-referrer", **SHOWN_ONCE}
GUEST_PATHS = "/r/"  # every address under a link
SECRET_PATHS = (GUEST_PATHS, "/setup/")
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    # Pages are personal: browsers ask again each time, nobody in between keeps them. Static files set their own.
    "Cache-Control": "private, no-cache",
}
HSTS = "max-age=31536000"


def is_secret(path: str) -> bool:
    """Whether whoever knows this address may act there."""
    return path.startswith(SECRET_PATHS)


class SecurityHeaders:
    """Middleware: adds what the answer does not set itself."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self.app = app
        self.headers = {**HEADERS, "Strict-Transport-Security": HSTS} if https else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        secret = SECRET_PAGE if is_secret(scope["path"]) else {}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(secret)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)
