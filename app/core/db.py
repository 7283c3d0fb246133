"""Engine and transactions; the only place that commits or rolls back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, create_engine

from app.core.crash import crash_point
from app.core.errors import StorageFull

SQLITE_PRAGMAS = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"}
# Session.info key: names of the events written into the running transaction, for the crash points around its commit.
RECORDED = "recorded"
DISK_FULL_WORDS = ("disk is full", "disk I/O error", "No space left on device")
DISK_FULL = "The portal's disk is full, so this was not saved. What was saved before is safe. Tell your administrator, then try again."


def open_engine(url: str) -> Engine:
    """An engine with the settings our guarantees rest on, checked before anybody uses it."""
    if not url.startswith("sqlite"):
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=20, max_overflow=20)
    waiting = {"check_same_thread": False, "timeout": 5.0}
    engine = create_engine(url, hide_parameters=True, connect_args=waiting, pool_size=20, max_overflow=20)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    check_sqlite(engine)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # autocommit mode: BEGIN is ours alone, see _begin_sqlite
    connection.isolation_level = None
    cursor = connection.cursor()
    for name, value in SQLITE_PRAGMAS.items():
        cursor.execute(f"PRAGMA {name}={value}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A deferred BEGIN that reads and then writes fails "locked" under contention whatever the timeout; IMMEDIATE waits its turn.
    read_only = connection.get_execution_options().get("read_only", False)
    driver = connection.connection.driver_connection
    driver.execute(f"PRAGMA query_only={int(read_only)}")
    if read_only:  # cannot fail, and SQLAlchemy's own way takes ten times as long
        driver.execute("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def check_sqlite(engine: Engine) -> None:
    """Refuse to start on a connection without the promised settings."""
    with engine.connect() as connection:
        for name, value in SQLITE_PRAGMAS.items():
            found = str(connection.exec_driver_sql(f"PRAGMA {name}").scalar())
            if found != value:
                raise RuntimeError(f"SQLite setting {name} is {found}, must be {value}")


@contextmanager
def open_session(engine: Engine, *, read_only: bool = False, serial: bool = False) -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back when it raises; a read-only one never writes.

    SQLite's writers always take turns. On PostgreSQL a `serial` one fails as busy rather than act on what somebody else changed meanwhile.
    """
    with engine.connect() as connection:
        bound = connection.execution_options(read_only=read_only, postgresql_readonly=read_only)
        if serial and engine.dialect.name == "postgresql":
            bound = bound.execution_options(isolation_level="SERIALIZABLE")
        session = Session(bind=bound, autoflush=True, expire_on_commit=False)
        try:
            yield session
            if not read_only:  # a rollback would expire what was read; closing ends the transaction and keeps it
                _commit(session)
        except OperationalError as error:
            session.rollback()
            if any(words in str(error.orig) for words in DISK_FULL_WORDS):
                raise StorageFull(DISK_FULL) from error
            raise
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()


def _commit(session: Session) -> None:
    recorded: list[str] = session.info.get(RECORDED, [])
    session.flush()
    for name in recorded:
        crash_point(f"before-commit-{name}")
    session.commit()
    for name in recorded:
        crash_point(f"after-commit-{name}")


@contextmanager
def savepoint(session: Session) -> Iterator[SessionTransaction]:
    """A part of a transaction that may fail alone; used by imports that take many rows."""
    with session.begin_nested() as nested:
        yield nested


def is_reachable(engine: Engine) -> bool:
    """Whether the database answers."""
    try:
        with open_session(engine, read_only=True) as session:
            session.execute(text("SELECT 1"))
    except OperationalError:
        return False
    return True
