"""Fills every table of a database of whatever revision with made-up rows that keep its rules; for migrations and copies."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Engine, MetaData, Table, insert, text
from sqlalchemy.types import JSON, Boolean, Date, DateTime, Float, Integer, LargeBinary, Numeric

ROWS = 3
NOON = datetime(2026, 3, 10, 12, 30, 15, 123456, tzinfo=UTC)
STAMP = "alembic_version"


def fill_tables(engine: Engine) -> int:
    """A few rows in each table, each value different where it may be; says how many rows."""
    metadata = MetaData()
    metadata.reflect(engine)
    filled = 0
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
        for table in metadata.sorted_tables:
            if table.name != STAMP:
                rows = [made_up_row(table, number) for number in range(1, ROWS + 1)]
                connection.execute(insert(table), rows)
                filled += len(rows)
    return filled


def made_up_row(table: Table, number: int) -> dict[str, Any]:
    """Row `number` of a table; what refers to another table refers to its row of the same number."""
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: Column[Any], number: int) -> Any:
    if column.foreign_keys:
        return _value(next(iter(column.foreign_keys)).column, number)
    kind = column.type
    if isinstance(kind, JSON):
        return {"número": number, "words": ["a", None, 1.5], "text": "“Größe”"}
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, DateTime):
        moment = NOON + timedelta(seconds=number)
        return moment if kind.timezone else moment.replace(tzinfo=None)
    if isinstance(kind, Date):
        return date(2026, 3, number)
    if isinstance(kind, Float | Numeric):
        return number + 0.25
    if isinstance(kind, Integer):
        return number
    length = getattr(kind, "length", None) or 40
    text = f"{column.name} {number} größer ’’"[:length] if length > 12 else f"w{number}"
    return text.encode() if isinstance(kind, LargeBinary) else text
