"""Schema changes: bring a database to the newest state, and refuse to run on one that is not there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

ROOT = Path(__file__).resolve().parents[2]


class WrongSchema(RuntimeError):
    """The database is older or newer than this program."""


def alembic_config(url: str) -> Config:
    """Alembic's settings for one database; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> None:
    """Bring the database to the newest schema."""
    command.upgrade(alembic_config(url), "head")


def schema_state(engine: Engine) -> tuple[str | None, str]:
    """The revision the database is at, and the newest this program knows."""
    head = ScriptDirectory.from_config(alembic_config("")).get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, head or ""


def check_schema(engine: Engine) -> None:
    """Raise WrongSchema unless database and program fit; the sentence says what to do."""
    current, head = schema_state(engine)
    if current == head:
        return
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config("")).walk_revisions()}
    if current is not None and current not in known:
        raise WrongSchema("The database is newer than this program. Start the newer Quiver, or restore a backup made by this one.")
    raise WrongSchema("The database needs an update before the portal can start. Run `quiver migrate`, then start again.")
