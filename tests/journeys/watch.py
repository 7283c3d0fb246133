"""Looks over a browser's shoulder: what a page logs, where it sends requests, what its content policy stopped."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

# the browser logs every answer from 400 on; those are judged by their address in `_on_response`
ANSWERED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
REPORT_POLICY = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
# an upload that is refused is told in its row; what a room's page tells of itself is refused once the link is shut
MAY_REFUSE = re.compile(r"/upload/(files|incoming)|/r/[^/]+/seen$")


class Watch:
    """Everything that must not happen in any journey, collected from all pages of a context."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.faults: list[str] = []
        self._origin = origin
        context.add_init_script(REPORT_POLICY)
        context.on("page", self._on_page)
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("console", self._on_console)

    def _on_page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"a script failed on {page.url}: {error}"))

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and f"{address.scheme}://{address.netloc}" != self._origin:
            self.faults.append(f"a page asked somebody else: {request.url}")

    def _on_response(self, response: Response) -> None:
        path = urlsplit(response.url).path
        by_itself = response.request.resource_type != "document"
        if response.status >= 500 or (by_itself and response.status >= 400 and not MAY_REFUSE.match(path)):
            self.faults.append(f"{response.request.method} {path} answered {response.status}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not ANSWERED.match(message.text):
            self.faults.append(f"logged: {message.text}")
