"""Everything that is sealed, sealed anew with the key in use: after a key was configured, or another one.

Knows which columns are sealed by their type, so a new table needs nothing here. Small transactions: it can be
stopped and begun again, and a running bridge goes on reading, for a text names its key. What is looked up by
equality is found under one key only, so a bridge that writes meanwhile should have the new one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, Text, and_, or_, select, type_coerce, update

from bridge.adapters import (  # noqa: F401  their tables are part of it
    db_tables_analysis,
    db_tables_handling,
    db_tables_review,
    db_tables_search,
)
from bridge.adapters.db import Database
from bridge.adapters.db_sealed import Sealed
from bridge.adapters.db_tables import METADATA
from bridge.tickets.vault import MARK, Vault

AT_ONCE: Final = 500
"""Rows of one transaction: other writers wait no longer than these take."""


async def rekey(database: Database, vault: Vault) -> AsyncIterator[tuple[str, int]]:
    """Table after table, with how many of its rows were sealed anew. Raises UnusableData for a row whose key
    nobody has."""
    for table in METADATA.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, Sealed)]
        if columns:
            yield table.name, await _table(database, table, columns, f"{MARK}{vault.name}")


async def _table(database: Database, table: Table, columns: list[Any], current: str) -> int:
    keys = list(table.primary_key.columns)
    raw = [type_coerce(key, Text) if isinstance(key.type, Sealed) else key for key in keys]
    async with database.read() as connection:
        stale = or_(*(_stale(column, current) for column in columns))
        found = (await connection.execute(select(*raw).where(stale))).all()
    for begin in range(0, len(found), AT_ONCE):
        async with database.write() as connection:
            for key in found[begin : begin + AT_ONCE]:
                here = and_(*(each == value for each, value in zip(raw, key, strict=True)))
                row = (await connection.execute(select(*columns).where(here).with_for_update())).first()
                if row is not None:
                    values = {column.name: value for column, value in zip(columns, row, strict=True)}
                    await connection.execute(update(table).where(here).values(values))
    return len(found)


def _stale(column: Any, current: str) -> ColumnElement[bool]:
    """Sealed with another key, or not at all; nothing is nothing."""
    text = type_coerce(column, Text)
    return and_(text != "", ~text.startswith(current, autoescape=True))
