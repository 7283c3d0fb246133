"""Schema changes: bring a database to the newest state, and refuse to run on one that is not there."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, inspect, text

from app.core.copying import copy_rows
from app.core.crash import crash_point
from app.core.db import open_engine

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic is imported when something is to be migrated: every other start is half a second shorter without it.
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


class WrongSchema(RuntimeError):
    """The database is older or newer than this program."""


def alembic_config(url: str) -> "Config":
    """Alembic's settings for one database; there is no alembic.ini."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def migrate(url: str, snapshots: Path | None = None) -> None:
    """Bring the database to the newest schema, in one transaction; one that has data is copied to `snapshots` first."""
    engine = open_engine(url)
    try:
        current, head = schema_state(engine)
        if current == head:
            return
        if current is not None:
            refuse_newer(current)
            if snapshots is not None:
                keep_snapshot(engine, current, snapshots / f"before-{head}.db")
                crash_point("migration-snapshot-kept")
    finally:
        engine.dispose()
    upgrade(url, "head")


def upgrade(url: str, revision: str) -> None:
    """Run the migrations up to this revision."""
    from alembic import command

    command.upgrade(alembic_config(url), revision)


def keep_snapshot(engine: Engine, revision: str, path: Path) -> None:
    """Copy one moment of a live database of this revision into an SQLite file that only this account can read.

    Also of a PostgreSQL database: what is copied is rows, so that either kind can be restored from it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    if engine.dialect.name == "sqlite":
        _vacuum_into(engine, path)
        return
    url = f"sqlite:///{path}"
    upgrade(url, revision)
    copy = create_engine(url)
    try:
        copy_rows(engine, copy)
    finally:
        copy.dispose()


def _vacuum_into(engine: Engine, path: Path) -> None:
    """By the pool's own connection, since VACUUM wants no transaction."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only=0")  # whoever used the connection before may only have read
        cursor.execute("VACUUM INTO ?", (str(path),))
    finally:
        connection.close()


def known_revisions() -> list[str]:
    """The revisions this program has, oldest first: files of migrations/versions are called by theirs."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def schema_state(engine: Engine) -> tuple[str | None, str]:
    """The revision the database is at, None when it is empty, and the newest this program knows."""
    with engine.connect().execution_options(read_only=True) as connection:
        stamped = inspect(connection).has_table("alembic_version")
        current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if stamped else None
    return current, known_revisions()[-1]


def refuse_newer(current: str) -> None:
    """Raise WrongSchema when the database was made by a newer program."""
    if current not in known_revisions():
        raise WrongSchema("The database is newer than this program. Start the newer Quiver, or restore a backup made by this one.")


def check_schema(engine: Engine) -> None:
    """Raise WrongSchema unless database and program fit; the sentence says what to do."""
    current, head = schema_state(engine)
    if current == head:
        return
    if current is not None:
        refuse_newer(current)
    raise WrongSchema("The database needs an update before the portal can start. Run `quiver migrate`, then start again.")
