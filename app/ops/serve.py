"""Starts the portal: data folder, schema, demo on request, then the web server with the worker inside."""

import socket
from collections.abc import Callable
from errno import EADDRINUSE
from pathlib import Path

import uvicorn

from app.core.desk import OpenWork
from app.core.errors import Conflict
from app.core.store import BlobStore
from app.identity.actions import first_run_link
from app.identity.queries import count_other_admins, count_users
from app.ops.doctor import unknown_settings
from app.ops.portal import open_files, prepare, prepare_and_migrate
from app.ops.setting_faults import WrongSetting
from app.settings import Settings
from app.web.wire import BoundedHttp

SIGN_INS = "demo-sign-ins.txt"
NOBODY = 0  # no account has this number
Seed = Callable[[OpenWork, BlobStore, Path], bool]


def serve(*, load_seed: Callable[[], Seed] | None, workers: int) -> None:
    """Serve until stopped; prints where, and how to sign in. The demo's builders are loaded only for an empty portal: they take a while."""
    try_port(prepare())
    settings = prepare_and_migrate()
    for line in (*(complaint.sentence for complaint in unknown_settings(settings)), *_greeting(settings, load_seed)):
        print(line, flush=True)
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        loop="uvloop",
        http=BoundedHttp,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxy),
        forwarded_allow_ips=settings.trusted_proxy or None,
        timeout_graceful_shutdown=10,
    )


def try_port(settings: Settings) -> None:
    """Listen for a moment where the portal will: whoever cannot is told so before anything is printed, or a set-up link replaced."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, number) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except PermissionError:
        raise WrongSetting(f"QUIVER_PORT is {settings.port}, which this account may not use. Choose one from 1024 to 65535.") from None
    except OSError as problem:
        if problem.errno == EADDRINUSE:
            told = f"Port {settings.port} is taken, perhaps by a Quiver that runs already. Stop it, or choose another one with QUIVER_PORT."
            raise Conflict(told) from None
        told = f"QUIVER_HOST is “{settings.host}”, but this computer has no such address. Write 127.0.0.1, or 0.0.0.0 for all it has."
        raise WrongSetting(told) from None


def _greeting(settings: Settings, load_seed: Callable[[], Seed] | None) -> list[str]:
    sign_ins = settings.data_dir / SIGN_INS
    with open_files(settings) as desk:
        with desk.open_work(read_only=True) as work:
            is_new = count_users(work) == 0
        if load_seed is not None and is_new:
            load_seed()(desk.open_work, desk.blobs, sign_ins)
        with desk.open_work() as work:
            token = first_run_link(work)
            has_admin = count_other_admins(work, NOBODY) > 0
    lines = [f"Quiver is at {settings.base_url}"]
    if token is not None:
        lines.append(f"Set up the first administrator, once, by this link (earlier ones no longer work): {settings.base_url}/setup/{token}")
    elif not has_admin:
        lines.append("Nobody may administer this portal yet. Make an administrator: quiver user create EMAIL --name NAME --role admin")
    if sign_ins.exists():
        lines += ["Demo sign-ins:", *_indented(sign_ins)]
    return lines


def _indented(path: Path) -> list[str]:
    return [f"  {line}" for line in path.read_text().splitlines()]
