"""Runs migrations on the database named by the caller; used by `quiver migrate` and the tests."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Enum, create_engine, pool
from sqlmodel import AutoString

from app.core.columns import UtcDateTime
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


def run() -> None:
    """Upgrade in one transaction where the database can."""
    url = context.config.attributes.get("url") or get_settings().url
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True, render_item=render_item)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
