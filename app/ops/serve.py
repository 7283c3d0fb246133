"""Starts the portal: data folder, schema, demo on request, then the web server with the worker inside."""

from collections.abc import Callable
from pathlib import Path

import uvicorn

from app.core.desk import OpenWork
from app.core.store import BlobStore
from app.identity.actions import first_run_link
from app.identity.queries import count_users
from app.ops.doctor import unknown_settings
from app.ops.portal import open_files, prepare_and_migrate
from app.settings import Settings

SIGN_INS = "demo-sign-ins.txt"
Seed = Callable[[OpenWork, BlobStore, Path], bool]


def serve(*, load_seed: Callable[[], Seed] | None, workers: int) -> None:
    """Serve until stopped; prints where, and how to sign in. The demo's builders are loaded only for an empty portal: they take a while."""
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
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxy),
        forwarded_allow_ips=settings.trusted_proxy or None,
        timeout_graceful_shutdown=10,
    )


def _greeting(settings: Settings, load_seed: Callable[[], Seed] | None) -> list[str]:
    sign_ins = settings.data_dir / SIGN_INS
    with open_files(settings) as desk:
        with desk.open_work(read_only=True) as work:
            is_new = count_users(work) == 0
        if load_seed is not None and is_new:
            load_seed()(desk.open_work, desk.blobs, sign_ins)
        with desk.open_work() as work:
            token = first_run_link(work)
    lines = [f"Quiver is at {settings.base_url}"]
    if token is not None:
        lines.append(f"Set up the first administrator, once: {settings.base_url}/setup/{token}")
    if sign_ins.exists():
        lines += ["Demo sign-ins (address, password, role):", *_indented(sign_ins)]
    return lines


def _indented(path: Path) -> list[str]:
    return [f"  {line}" for line in path.read_text().splitlines()]
