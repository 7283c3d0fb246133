"""The child process that makes one PDF: HTML on standard input, the PDF on standard output. Started by printing, never imported."""

import ctypes
import resource
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

STATIC = Path(__file__).resolve().parent.parent / "static"
MEMORY_BYTES = 3 * 1024**3
CPU_SECONDS = 240
_CLONE_NEWUSER, _CLONE_NEWNET, _PR_SET_NO_NEW_PRIVS = 0x10000000, 0x40000000, 38
TYPES = {".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png"}


class OwnFilesOnly(URLFetcher):  # type: ignore[misc]  # the package has no types
    """Gives out files of app/static and what an address carries in itself; everything else is refused."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        scheme, _, rest = url.partition(":")
        if scheme == "data":
            return super().fetch(url, headers)
        if scheme != "static":
            raise ValueError("only our own files go into a PDF")
        path = (STATIC / unquote(rest.partition("?")[0]).lstrip("/")).resolve()
        if not path.is_relative_to(STATIC):
            raise ValueError("only our own files go into a PDF")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": TYPES[path.suffix]})


def confine() -> None:
    """No network, no new rights, bounded memory and time."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)  # refused inside some containers; the fetcher stands in any case
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def main() -> None:
    """Reads, makes, writes."""
    confine()
    html = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(HTML(string=html, base_url="static:/", url_fetcher=OwnFilesOnly(allowed_protocols=("data",))).write_pdf())
