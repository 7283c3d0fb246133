"""Counting days in SQL, where SQLite keeps dates as text and PostgreSQL subtracts them. Called by the review queue."""

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class days_between(FunctionElement[int]):
    """`days_between(end, start)`: how many days `end` lies after `start`."""

    type = Integer()
    inherit_cache = True


@compiles(days_between)
def _subtract(element: days_between, compiler: Any, **kw: Any) -> str:
    end, start = element.clauses
    return f"({compiler.process(end, **kw)} - {compiler.process(start, **kw)})"


@compiles(days_between, "sqlite")
def _subtract_text(element: days_between, compiler: Any, **kw: Any) -> str:
    end, start = element.clauses
    return f"CAST(julianday({compiler.process(end, **kw)}) - julianday({compiler.process(start, **kw)}) AS INTEGER)"
