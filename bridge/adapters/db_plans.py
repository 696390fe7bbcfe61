"""A word to SQLite's planner, which knows no figures of its tables unless somebody counts them.

PostgreSQL's planner goes by what it has counted and is told nothing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class aside(FunctionElement[Any]):  # noqa: N801  reads as SQLAlchemy's own functions do
    """The column as it is, but not as a reason to use its index: SQLite's unary plus (its "query planner",
    §"disqualifying terms"). For a condition that most rows fulfil, so that the index of another one is
    taken. SQLAlchemy's `with_hint` writes nothing for SQLite."""

    name = "aside"
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)


@compiles(aside)
def _as_it_is(element: aside, compiler: Any, **more: Any) -> str:
    return str(compiler.process(element.clauses, **more))


@compiles(aside, "sqlite")
def _plus(element: aside, compiler: Any, **more: Any) -> str:
    return f"+{compiler.process(element.clauses, **more)}"
