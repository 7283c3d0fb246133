"""An upgrade keeps every value of every row, after a snapshot, in one step that a kill cannot halve; newer schemas are refused."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, create_engine, select, text

from app.ops.migrate import WrongSchema, check_schema, known_revisions, migrate, schema_state, upgrade
from tests.architecture.source import ROOT
from tests.factories.rows import fill_tables

OLD = known_revisions()[:-1]
Contents = dict[str, list[dict[str, Any]]]
# What a migration turns into something else on purpose, with the revision that does it; everything else must be kept.
MOVED: dict[str, str] = {"content_request": "0003"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'quiver.db'}"
    given: str = request.getfixturevalue("postgres_url")
    return given.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    yield engine
    engine.dispose()


def contents(engine: Engine) -> Contents:
    """Every row of every table but the stamp."""
    metadata = MetaData()
    metadata.reflect(engine)
    metadata.remove(metadata.tables["alembic_version"])
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET TIME ZONE 'UTC'"))
        rows = {
            table.name: connection.execute(select(table).order_by(*table.primary_key)).mappings().all() for table in metadata.sorted_tables
        }
    return {name: [{key: plain(value) for key, value in row.items()} for row in found] for name, found in rows.items()}


def plain(value: Any) -> Any:
    """Times without the zone that only PostgreSQL gives back."""
    return value.replace(tzinfo=None) if getattr(value, "tzinfo", None) else value


def lost(before: Contents, after: Contents) -> list[str]:
    """Rows and values of before that are not there any more."""
    found = []
    for name, rows in before.items():
        if name in MOVED:
            continue
        kept = after.get(name, [])
        found += [f"{name} has {len(kept)} rows, had {len(rows)}"] if len(kept) < len(rows) else []
        for old, new in zip(rows, kept, strict=False):
            found += [
                f"{name}.{column}: {value!r} became {new.get(column)!r}"
                for column, value in old.items()
                if new.get(column, "gone") != value
            ]
    return found


def make(url: str, engine: Engine, revision: str) -> Contents:
    """A database of this revision with rows in every table."""
    upgrade(url, revision)
    assert fill_tables(engine) > 20
    return contents(engine)


@pytest.mark.parametrize("revision", OLD)
def test_an_upgrade_keeps_everything(url: str, engine: Engine, revision: str, tmp_path: Path) -> None:
    before = make(url, engine, revision)
    migrate(url, tmp_path / "snapshots")
    check_schema(engine)
    assert lost(before, contents(engine)) == []


@pytest.mark.parametrize("change", ["DELETE FROM activity_entry WHERE id = 2", "UPDATE user_account SET name = 'X' WHERE id = 1"])
def test_a_lost_row_or_value_is_found(url: str, engine: Engine, change: str) -> None:
    before = make(url, engine, OLD[0])
    with engine.begin() as connection:
        connection.execute(text(change))
    assert lost(before, contents(engine)) != []


@pytest.mark.parametrize("revision", OLD)
def test_before_an_upgrade_a_snapshot_is_kept(url: str, engine: Engine, revision: str, tmp_path: Path) -> None:
    """The snapshot is an SQLite file of the old schema, of whatever database, and nobody else can read it."""
    before = make(url, engine, revision)
    migrate(url, tmp_path / "snapshots")
    [path] = (tmp_path / "snapshots").iterdir()
    snapshot = create_engine(f"sqlite:///{path}")
    assert contents(snapshot) == before
    assert schema_state(snapshot)[0] == revision
    snapshot.dispose()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    migrate(url, tmp_path / "snapshots")
    assert len(list((tmp_path / "snapshots").iterdir())) == 1, "an unchanged database needs no other"


def test_an_older_program_refuses_a_newer_schema(url: str, engine: Engine) -> None:
    migrate(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WrongSchema, match="newer than this program"):
        migrate(url)
    with pytest.raises(WrongSchema, match="newer than this program"):
        check_schema(engine)


@pytest.mark.parametrize("point", ["migration-snapshot-kept", "migration-step"])
def test_a_kill_leaves_the_old_schema_and_the_next_start_goes_on(tmp_path: Path, point: str) -> None:
    url = f"sqlite:///{tmp_path / 'quiver.db'}"
    engine = create_engine(url)
    before = make(url, engine, OLD[0])
    environment = {**os.environ, "QUIVER_DATA_DIR": str(tmp_path), "QUIVER_CRASH_AT": point}
    command = [sys.executable, "-m", "app.ops.cli", "migrate"]
    died = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert schema_state(engine)[0] == OLD[0]
    assert contents(engine) == before
    migrate(url, tmp_path / "snapshots")
    assert lost(before, contents(engine)) == []
    engine.dispose()
