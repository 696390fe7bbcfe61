"""The database's shape for erasures: that there was one, by whom, why, and how much; nothing of whom."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, String, Table, Text

from bridge.adapters.db_tables import METADATA, ROW_NUMBER, Moment

ERASURES: Final = Table(
    "erasures",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("by", String(128), nullable=False),
    Column("why", String(500), nullable=False),
    Column("counts", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Only ever added to. counts: JSON, table -> rows."""
