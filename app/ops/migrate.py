"""Schema changes: bring a database to the newest state, and refuse to run on one that is not there."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

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
    """Bring the database to the newest schema; an SQLite database that has data is copied to `snapshots` first."""
    engine = open_engine(url)
    try:
        current, head = schema_state(engine)
        if current == head:
            return
        if current is not None:
            refuse_newer(current)
            if snapshots is not None and engine.dialect.name == "sqlite":
                keep_snapshot(engine, snapshots / f"before-{head}.db")
    finally:
        engine.dispose()
    from alembic import command

    command.upgrade(alembic_config(url), "head")


def keep_snapshot(engine: Engine, path: Path) -> None:
    """Copy a live SQLite database into one file; the pool's own connection, since VACUUM wants no transaction."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.unlink(missing_ok=True)
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(path),))
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
