"""HTML of ours to PDF, in a child process without network; the only way a PDF is made. Called by jobs and by pages that hand one out."""

import ctypes.util
import io
import json
import os
import subprocess
import sys
from functools import lru_cache

import pikepdf

from app.core.errors import AppError

SECONDS = 300.0
LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
APT_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from app.core import _pdf; _pdf.main()"


class NotPrinted(AppError):
    """No PDF could be made, and why."""

    status, code = 503, "not_printed"


@lru_cache
def missing_libraries() -> str:
    """What this machine lacks for making PDFs, as a sentence; empty when it has everything."""
    missing = [name for name in LIBRARIES if ctypes.util.find_library(name) is None]
    if not missing:
        return ""
    return f"PDFs cannot be made here: the libraries {', '.join(missing)} are missing. As root: apt-get install {APT_PACKAGES}"


def print_pdf(html: str) -> bytes:
    """The pages of this HTML; styles and fonts come from app/static only, addressed as "static:quiver.css", pictures as data addresses.

    Takes half a second and about a second for 30 pages, so never call it while a transaction is open. Raises NotPrinted.
    """
    if missing_libraries():
        raise NotPrinted("This portal cannot make PDFs. Nothing was lost. Print the page from your browser, or tell your administrator.")
    command = [sys.executable, "-c", _START, json.dumps([entry or os.getcwd() for entry in sys.path])]
    environment = {"LC_ALL": "C.UTF-8", "PATH": os.defpath}
    try:
        done = subprocess.run(command, input=html.encode(), capture_output=True, env=environment, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NotPrinted("Making the PDF took too long, so it was given up. Nothing was lost. Try it with fewer pages.") from None
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        raise NotPrinted("Making the PDF failed. Nothing was lost. Try again; if it stays, tell your administrator.")
    return done.stdout


def count_pages(pdf: bytes) -> int:
    """How many pages a PDF of ours has."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)
