"""Runs migrations on the database named by the caller; used by `quiver migrate` and the tests."""

from alembic import context
from sqlalchemy import create_engine, pool

from app.settings import get_settings
from app.tables import metadata


def run() -> None:
    """Upgrade in one transaction where the database can."""
    url = context.config.attributes.get("url") or get_settings().url
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
