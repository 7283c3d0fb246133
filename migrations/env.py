"""Runs migrations on the database named by the caller; used by `quiver migrate` and the tests."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, Engine, Enum, create_engine, event, pool
from sqlmodel import AutoString

from app.core.columns import UtcDateTime
from app.core.crash import crash_point
from app.settings import get_settings
from app.tables import metadata


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Our column types as what they are in the database, so that a migration does not depend on code of ours."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def begin_ourselves(engine: Engine) -> None:
    """Let SQLite change its schema inside a transaction, so that a kill leaves the old schema and not half of the new one."""

    def leave_alone(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver would end the transaction before each change of the schema

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", leave_alone)
    event.listen(engine, "begin", begin)


def run() -> None:
    """Upgrade in one transaction."""
    url = context.config.attributes.get("url") or get_settings().url
    engine = create_engine(url, poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":
        begin_ourselves(engine)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=render_item,
            transactional_ddl=True,
            on_version_apply=lambda **_: crash_point("migration-step"),
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
