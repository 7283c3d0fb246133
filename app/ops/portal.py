"""Opens a portal's data for commands: folder and secret, database at the newest schema, files, index."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app.core.db import open_engine
from app.core.desk import Desk, work_opener
from app.core.errors import Conflict, Refused
from app.core.mail import post_of
from app.core.store import DiskStore
from app.framework.actions import install_defaults
from app.identity.models import SystemActor
from app.ops.migrate import check_schema, migrate
from app.ops.setting_faults import WrongSetting, read_settings
from app.ops.worker import WorkerLock
from app.search._whoosh import open_engine as open_index
from app.search.jobs import IndexDesk
from app.settings import Settings, data_folder, get_settings
from app.web.services import quota_of

LOCK_FILE = "worker.lock"
DATABASE_FILE = "quiver.db"
# Stands in a data folder from the first to the last moment of a restore.
UNFINISHED = "restore-not-finished"


def prepare() -> Settings:
    """Make the data folder (0700) and the secret key (0600) if they are missing; gives the settings as they are afterwards."""
    folder = data_folder()
    _make_writable(folder)
    if (folder / UNFINISHED).exists():
        raise Conflict(f"A restore into {folder} was not finished. Empty the folder, then run `quiver restore` again.")
    secret = folder / "secret.key"
    if not secret.exists():
        write_private(secret, secrets.token_urlsafe(48))
    get_settings.cache_clear()
    return read_settings()


def _keep_to_ourselves(settings: Settings) -> None:
    """A new portal's database (0600), files and index (0700): the data folder itself may have been made by somebody else, open to all."""
    for name in ("blobs", "index"):
        (settings.data_dir / name).mkdir(mode=0o700, exist_ok=True)
    if not settings.database_url:
        os.close(os.open(settings.data_dir / DATABASE_FILE, os.O_WRONLY | os.O_CREAT, 0o600))


def _make_writable(folder: Path) -> None:
    """The data folder, if it is missing; raises WrongSetting when nothing can be kept there."""
    reason = ""
    try:
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o700)
    except OSError as problem:
        reason = f"it cannot be made: {problem.strerror}"
    else:
        if not folder.is_dir():
            reason = "that is a file"
        elif not os.access(folder, os.W_OK | os.X_OK):
            reason = "this account may not write there"
    if reason:
        raise WrongSetting(f"QUIVER_DATA_DIR is “{folder}”, but {reason}. Name a folder this account may write to.")


def prepare_existing() -> Settings:
    """The same for commands that look at a portal: a mistyped folder is not made into a new one, nor an empty one."""
    folder = data_folder()
    is_there = folder.is_dir()
    if is_there and not any((folder / name).exists() for name in (DATABASE_FILE, UNFINISHED)):
        _make_writable(folder)
        get_settings.cache_clear()
        is_there = bool(read_settings().database_url)
    if not is_there:
        raise Refused(f"There is no portal in {folder}. Name its folder in QUIVER_DATA_DIR.")
    return prepare()


def write_private(path: Path, text: str) -> None:
    """A file only this account can read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")


def write_new_private(path: Path) -> BinaryIO:
    """A new or emptied file for bytes that only this account can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def prepare_and_migrate() -> Settings:
    """The same, with the database at the newest schema; a new portal gets its stages, stakeholders and kinds."""
    settings = prepare()
    _keep_to_ourselves(settings)
    migrate(settings.url, settings.data_dir / "snapshots")
    with open_files(settings) as desk, desk.open_work() as work:
        install_defaults(work)
    return settings


@contextmanager
def open_files(settings: Settings) -> Iterator[Desk]:
    """Database and files for a command that acts as the system; refuses a database of another schema."""
    engine = open_engine(settings.url)
    try:
        check_schema(engine)
        blobs = DiskStore(settings.data_dir / "blobs")
        open_work = work_opener(engine, blobs, SystemActor(), quota_of(settings))
        yield Desk(open_work, blobs, post=post_of(settings), visits_kept_days=settings.visits_kept_days)
    finally:
        engine.dispose()


@contextmanager
def open_desk(settings: Settings) -> Iterator[IndexDesk]:
    """The same with the search index."""
    with open_files(settings) as desk:
        index = open_index(settings.data_dir / "index", settings.model_file)
        try:
            yield IndexDesk(desk.open_work, desk.blobs, index, post=desk.post, visits_kept_days=desk.visits_kept_days)
        finally:
            index.close()


def worker_lock(settings: Settings) -> WorkerLock:
    """The lock of the one process that works off the outbox of this data folder."""
    return WorkerLock(settings.data_dir / LOCK_FILE)
