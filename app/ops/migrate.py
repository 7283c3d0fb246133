"""Schema changes: bring a database to the newest state, and refuse to run on one that is not there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from app.core.db import open_engine

ROOT = Path(__file__).resolve().parents[2]


class WrongSchema(RuntimeError):
    """The database is older or newer than this program."""


def alembic_config(url: str) -> Config:
    """Alembic's settings for one database; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
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


def schema_state(engine: Engine) -> tuple[str | None, str]:
    """The revision the database is at, and the newest this program knows."""
    head = ScriptDirectory.from_config(alembic_config("")).get_current_head()
    with engine.connect().execution_options(read_only=True) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, head or ""


def refuse_newer(current: str) -> None:
    """Raise WrongSchema when the database was made by a newer program."""
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config("")).walk_revisions()}
    if current not in known:
        raise WrongSchema("The database is newer than this program. Start the newer Quiver, or restore a backup made by this one.")


def check_schema(engine: Engine) -> None:
    """Raise WrongSchema unless database and program fit; the sentence says what to do."""
    current, head = schema_state(engine)
    if current == head:
        return
    if current is not None:
        refuse_newer(current)
    raise WrongSchema("The database needs an update before the portal can start. Run `quiver migrate`, then start again.")
