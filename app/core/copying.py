"""Copies every row of one database into another of the same schema, SQLite or PostgreSQL; for backups, restores and snapshots."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, func, insert, inspect, select, text

CHUNK = 500
# Written by the migrations themselves.
STAMP = "alembic_version"


class DifferentSchema(RuntimeError):
    """A table or column of the source is missing in the target."""


def is_empty(engine: Engine) -> bool:
    """Whether the database has no table at all."""
    return not inspect(engine).get_table_names()


def copy_rows(source: Engine, target: Engine) -> int:
    """Copy the rows of one moment into the empty tables of the target, in one transaction; says how many."""
    with _reading(source) as reader, target.begin() as writer:
        _settle_zone(writer)
        tables, theirs = _tables(reader), _tables(writer)
        missing = sorted(name for name in tables.keys() - theirs.keys() if name != STAMP)
        if missing:
            raise DifferentSchema(f"there is no table {', '.join(missing)} in the target")
        copied = sum(_copy_table(reader, writer, tables[name], theirs[name]) for name in _in_order(theirs) if name in tables)
        if writer.dialect.name == "postgresql":
            _continue_numbers(writer, theirs)
        return copied


def _reading(source: Engine) -> Connection:
    """A connection that sees one moment of the source, however long it reads."""
    connection = source.connect().execution_options(read_only=True)
    if connection.dialect.name == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        _settle_zone(connection)
    return connection


def _settle_zone(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # SQLite keeps times without their zone, which is UTC
        connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))


def _tables(connection: Connection) -> dict[str, Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return dict(metadata.tables)


def _in_order(tables: dict[str, Table]) -> list[str]:
    """Names so that a table comes after those it refers to."""
    metadata = next(iter(tables.values())).metadata
    return [table.name for table in metadata.sorted_tables if table.name != STAMP]


def _copy_table(reader: Connection, writer: Connection, source: Table, target: Table) -> int:
    names = [column.name for column in source.columns]
    missing = [name for name in names if name not in target.columns]
    if missing:
        raise DifferentSchema(f"the table {source.name} has no column {', '.join(missing)} in the target")
    copied = 0
    for rows in _chunks(reader, source):
        writer.execute(insert(target), [dict(zip(names, row, strict=True)) for row in rows])
        copied += len(rows)
    return copied


def _chunks(reader: Connection, table: Table) -> Iterator[Sequence[Any]]:
    # in the order of their keys: a row that refers to one of the same table comes after it
    found = reader.execution_options(yield_per=CHUNK).execute(select(table).order_by(*table.primary_key.columns))
    yield from found.partitions()


def _continue_numbers(writer: Connection, tables: dict[str, Table]) -> None:
    """Let PostgreSQL number new rows after the copied ones."""
    for table in tables.values():
        keys = list(table.primary_key.columns)
        sequence = (
            writer.execute(text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": table.name, "c": keys[0].name}).scalar() if keys else None
        )
        highest = writer.execute(select(func.max(keys[0]))).scalar() if sequence else None
        if highest is not None:
            writer.execute(text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest})
