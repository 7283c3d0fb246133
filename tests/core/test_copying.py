"""Every row arrives with every value, from either database in either, and new rows are numbered after the old ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, create_engine, insert, select, text

from app.core.copying import DifferentSchema, copy_rows, is_empty
from app.ops.migrate import migrate
from tests.factories.rows import fill_tables


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated database without rows."""
    url = f"sqlite:///{tmp_path / 'other.db'}"
    if request.param == "postgresql":
        given: str = request.getfixturevalue("postgres_url")
        url = given.replace("postgresql://", "postgresql+psycopg://", 1)
    empty = create_engine(url)
    assert is_empty(empty)
    migrate(url)
    assert not is_empty(empty)
    yield empty
    empty.dispose()


@pytest.fixture
def full(tmp_path: Path, empty_database: Path) -> Iterator[Engine]:
    """An SQLite database with rows in every table."""
    path = tmp_path / "full.db"
    path.write_bytes(empty_database.read_bytes())
    engine = create_engine(f"sqlite:///{path}")
    assert fill_tables(engine) > 50
    yield engine
    engine.dispose()


def contents(engine: Engine) -> dict[str, list[Any]]:
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET TIME ZONE 'UTC'"))
        found = {
            table.name: connection.execute(select(table).order_by(*table.primary_key)).mappings().all() for table in metadata.sorted_tables
        }
    return {name: [{key: plain(value) for key, value in row.items()} for row in rows] for name, rows in found.items()}


def plain(value: Any) -> Any:
    """Times without the zone that only PostgreSQL gives back; it is UTC there."""
    return value.replace(tzinfo=None) if getattr(value, "tzinfo", None) else value


def test_every_value_of_every_row_arrives(full: Engine, other: Engine) -> None:
    copied = copy_rows(full, other)
    assert contents(other) == contents(full)
    assert copied == sum(len(rows) for name, rows in contents(full).items() if name != "alembic_version")


def test_and_comes_back_the_same(full: Engine, other: Engine, tmp_path: Path) -> None:
    copy_rows(full, other)
    migrate(f"sqlite:///{tmp_path / 'back.db'}")
    back = create_engine(f"sqlite:///{tmp_path / 'back.db'}")
    copy_rows(other, back)
    assert contents(back) == contents(full)
    back.dispose()


def test_new_rows_are_numbered_after_the_copied_ones(full: Engine, other: Engine) -> None:
    copy_rows(full, other)
    metadata = MetaData()
    metadata.reflect(other)
    table = metadata.tables["sign_in_attempt"]
    with other.begin() as connection:
        row = connection.execute(select(table)).mappings().first()
        assert row is not None
        connection.execute(insert(table), {key: value for key, value in row.items() if key != "id"})
        ids = list(connection.execute(select(table.c.id).order_by(table.c.id)).scalars())
    assert len(set(ids)) == len(ids) and ids[-1] == ids[-2] + 1


def test_a_failure_leaves_the_target_without_rows(full: Engine, other: Engine) -> None:
    with full.begin() as connection:
        connection.execute(text("ALTER TABLE outbox ADD COLUMN surplus INTEGER"))
    with pytest.raises(DifferentSchema, match="the table outbox has no column surplus"):
        copy_rows(full, other)
    assert {name for name, rows in contents(other).items() if rows} == {"alembic_version"}
    with full.begin() as connection:
        connection.execute(text("CREATE TABLE extra (id INTEGER PRIMARY KEY)"))
    with pytest.raises(DifferentSchema, match="no table extra"):
        copy_rows(full, other)
