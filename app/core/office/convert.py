"""Office files to other formats by LibreOffice, one at a time, in a process group of its own without network. Used by templates, previews.

Its profile is new for each run; what a file refers to outside itself is taken out before."""

import base64
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from functools import lru_cache
from pathlib import Path

from app.core.errors import AppError
from app.core.office._capped import HostLost, Limits, run_capped
from app.core.office.formats import find_format
from app.core.office.parse import Unreadable, result_of

SECONDS = 90.0
WAIT_SECONDS = 120.0
PROGRAM = "soffice"
_STRIPPER = "app.core.office._outside:strip"
_STRIPPED = frozenset({"docx", "pptx", "xlsx"})
_LIMITS = Limits(answer_bytes=320 * 1024 * 1024)
_turn = threading.Lock()


class NotConverted(AppError):
    """No conversion came out, and why."""

    status, code = 503, "not_converted"


@lru_cache
def can_convert() -> bool:
    """Whether LibreOffice is here."""
    return shutil.which(PROGRAM) is not None


def convert(source: Path | bytes, format_key: str, to: str) -> bytes:
    """The file in another format ("pdf", "xlsx", ...); raises NotConverted. Takes seconds, so never call it while a transaction is open."""
    if not can_convert():
        raise NotConverted("This portal cannot convert office files: LibreOffice is not installed. Take the original instead.")
    form = find_format(format_key)
    if form is None or form.family not in ("document", "deck", "sheet"):
        raise NotConverted(f"Files of type {format_key} are not converted. Take the original instead.")
    with tempfile.TemporaryDirectory(prefix="quiver-convert-") as folder:
        path = Path(folder) / f"source.{format_key}"
        path.write_bytes(_without_outside(source, format_key))
        if not _turn.acquire(timeout=WAIT_SECONDS):
            raise NotConverted("Other files are being converted. Nothing was lost. Try again in a minute, or take the original.")
        try:
            _run(Path(folder), path, to)
        finally:
            _turn.release()
        made = path.parent / "out" / f"source.{to}"
        if not made.exists() or not made.stat().st_size:
            raise NotConverted("LibreOffice could not convert the file. Nothing was lost. Take the original instead.")
        return made.read_bytes()


def _without_outside(source: Path | bytes, format_key: str) -> bytes:
    """The file without addresses of pictures, data and other files elsewhere."""
    if format_key not in _STRIPPED:
        return source if isinstance(source, bytes) else source.read_bytes()
    with contextlib.ExitStack() as stack:
        if isinstance(source, bytes):
            written = stack.enter_context(tempfile.NamedTemporaryFile())
            written.write(source)
            written.flush()
            source = Path(written.name)
        try:
            return base64.b64decode(result_of(run_capped(_STRIPPER, source, "", _LIMITS))["data"])
        except (HostLost, Unreadable) as error:
            raise NotConverted("The file could not be made ready for LibreOffice. Nothing was lost. Take the original instead.") from error


def _run(folder: Path, path: Path, to: str) -> None:
    command = [
        *_without_network(),
        shutil.which(PROGRAM) or PROGRAM,
        f"-env:UserInstallation=file://{folder}/profile",
        *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo"),
        *("--convert-to", to, "--outdir", str(folder / "out"), str(path)),
    ]
    environment = {"HOME": str(folder), "PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise NotConverted("Converting the file took too long, so it was given up. Nothing was lost. Take the original instead.") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@lru_cache
def _without_network() -> tuple[str, ...]:
    """What to put before a command so that it has no network; nothing where the machine does not allow that."""
    unshare = shutil.which("unshare")
    prefix = (unshare or "", "--map-root-user", "--net", "--")
    if unshare is None or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode != 0:
        return ()
    return prefix
