"""SQLite's promised settings are checked at start, readers cannot write, nothing half done stays, a full disk is told as such."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, create_engine

from app.core import db
from app.core.db import SQLITE_PRAGMAS, check_sqlite, is_reachable, open_engine, open_session, savepoint
from app.core.errors import StorageFull


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'words.db'}")
    with open_session(engine) as session:
        run(session, "CREATE TABLE word (text TEXT UNIQUE)")
    yield engine
    engine.dispose()


def run(session: Session, statement: str) -> None:
    session.connection().exec_driver_sql(statement)


def insert_and_stop(engine: Engine, word: str) -> None:
    with open_session(engine) as session:
        run(session, f"INSERT INTO word VALUES ('{word}')")
        raise ValueError("stop")


def insert_more_than_fits(engine: Engine, pages: int) -> None:
    with open_session(engine) as session:
        run(session, f"PRAGMA max_page_count={pages}")
        run(session, f"INSERT INTO word VALUES ('{'x' * 100_000}')")


def insert_within(session: Session, word: str) -> None:
    with savepoint(session):
        run(session, f"INSERT INTO word VALUES ('{word}')")
        raise ValueError("stop")


def words(engine: Engine) -> list[str]:
    with open_session(engine, read_only=True) as session:
        return list(session.connection().exec_driver_sql("SELECT text FROM word ORDER BY text").scalars())


def test_every_connection_has_the_promised_settings(engine: Engine) -> None:
    for _ in range(3):
        with engine.connect() as connection:
            found = {name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in SQLITE_PRAGMAS}
        assert found == {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"}


def test_a_connection_without_them_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = create_engine(f"sqlite:///{tmp_path / 'plain.db'}")
    with pytest.raises(RuntimeError, match=r"SQLite setting journal_mode is \w+, must be wal"):
        check_sqlite(plain)
    plain.dispose()
    monkeypatch.setattr(db, "_prepare_sqlite", lambda connection, _record: connection.execute("PRAGMA synchronous=0"))
    with pytest.raises(RuntimeError, match="SQLite setting"):
        open_engine(f"sqlite:///{tmp_path / 'fast.db'}")


def test_a_block_that_ends_is_kept_and_one_that_fails_is_not(engine: Engine) -> None:
    with open_session(engine) as session:
        run(session, "INSERT INTO word VALUES ('kept')")
    with pytest.raises(ValueError, match="stop"):
        insert_and_stop(engine, "dropped")
    assert words(engine) == ["kept"]


def test_a_savepoint_fails_alone(engine: Engine) -> None:
    with open_session(engine) as session:
        run(session, "INSERT INTO word VALUES ('before')")
        with pytest.raises(ValueError, match="stop"):
            insert_within(session, "inside")
        run(session, "INSERT INTO word VALUES ('after')")
    assert words(engine) == ["after", "before"]


def test_a_reader_cannot_write_and_its_connection_can_afterwards(engine: Engine) -> None:
    for round_number in range(3):
        with pytest.raises(OperationalError, match="readonly"), open_session(engine, read_only=True) as session:
            run(session, "INSERT INTO word VALUES ('by a reader')")
        with open_session(engine) as session:
            run(session, f"INSERT INTO word VALUES ('by a writer {round_number}')")
    assert words(engine) == ["by a writer 0", "by a writer 1", "by a writer 2"]


def test_readers_see_one_state_and_do_not_wait_for_a_writer(engine: Engine) -> None:
    with open_session(engine, read_only=True) as reader:
        assert reader.connection().exec_driver_sql("SELECT count(*) FROM word").scalar() == 0
        with open_session(engine) as writer:
            run(writer, "INSERT INTO word VALUES ('new')")
            assert words(engine) == []
        assert reader.connection().exec_driver_sql("SELECT count(*) FROM word").scalar() == 0
    assert words(engine) == ["new"]


def test_a_full_disk_is_told_and_heals(engine: Engine) -> None:
    """The database may not grow: SQLite says so in the same words as when the disk is full."""
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with pytest.raises(StorageFull, match="disk is full"):
        insert_more_than_fits(engine, pages)
    assert words(engine) == []
    with open_session(engine) as session:
        run(session, "PRAGMA max_page_count=1000000")
        run(session, "INSERT INTO word VALUES ('room again')")
    assert words(engine) == ["room again"]


def test_whether_the_database_answers(engine: Engine, tmp_path: Path) -> None:
    assert is_reachable(engine)
    gone = create_engine(f"sqlite:///{tmp_path / 'no such folder' / 'words.db'}")
    assert not is_reachable(gone)
