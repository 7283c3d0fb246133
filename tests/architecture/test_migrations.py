"""Migrations: one head; from an empty database and from every revision they lead to exactly the tables of the models, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

from app.ops.migrate import alembic_config, check_schema, known_revisions, migrate
from app.tables import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('database') / 'quiver.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def engine(empty_database: str) -> Iterator[Engine]:
    made = create_engine(empty_database)
    yield made
    made.dispose()


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config(""))


def differences(engine: Engine) -> list[object]:
    """What a migration would still have to change for the database to equal the models."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))


def test_one_head() -> None:
    assert len(scripts().get_heads()) == 1


def test_from_empty_to_exactly_the_models(empty_database: str, engine: Engine) -> None:
    migrate(empty_database)
    assert differences(engine) == []
    check_schema(engine)
    migrate(empty_database)
    assert differences(engine) == []


@pytest.mark.parametrize("revision", [script.revision for script in scripts().walk_revisions()])
def test_from_each_revision_to_exactly_the_models(revision: str, empty_database: str, engine: Engine) -> None:
    command.upgrade(alembic_config(empty_database), revision)
    migrate(empty_database)
    assert differences(engine) == []


@pytest.mark.parametrize(
    "change",
    ["ALTER TABLE outbox ADD COLUMN surplus INTEGER", "DROP TABLE outbox", "CREATE INDEX surplus ON outbox (created_at)"],
)
def test_a_difference_is_found(change: str, empty_database: str, engine: Engine) -> None:
    migrate(empty_database)
    with engine.begin() as connection:
        connection.execute(text(change))
    assert differences(engine) != []


# Nothing in the portal removes a row of these.
NEVER_REMOVED = {"facet_value", "organisation", "user_account"}


@pytest.mark.parametrize("revision", [None, *(script.revision for script in scripts().walk_revisions())])
def test_no_id_is_given_to_a_second_row(revision: str | None, tmp_path: Path) -> None:
    """SQLite gives the id of a removed row to the next one unless it is told not to; a stale tab would then change that."""
    url = f"sqlite:///{tmp_path / 'quiver.db'}"
    if revision is not None:
        command.upgrade(alembic_config(url), revision)
    migrate(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        once = {name for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"))}
    engine.dispose()
    assert once == {table.name for table in metadata.tables.values() if table.dialect_options["sqlite"]["autoincrement"]}
    changed_from_pages = {table.name for table in metadata.tables.values() if {"id", "revision"} <= set(table.columns.keys())}
    assert once >= (changed_from_pages - NEVER_REMOVED) | {"version", "kit_item", "room_item", "saved_search"}


def test_migration_files_are_called_by_their_revisions_in_order() -> None:
    assert known_revisions() == [script.revision for script in reversed(list(scripts().walk_revisions()))]
