"""The database's shape for searching: a row for each thing that can be found, with its tokens.

SQLite's full-text table `search_fts` stands over it (FTS5, its content in here), PostgreSQL's GIN index over
`tokens`. SQLAlchemy has no words for either, so they are made by the migration and known here by name.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Column, Index, String, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR

from bridge.adapters.db_tables import METADATA, ROW_NUMBER, Moment

SEARCH: Final = Table(
    "search",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("id", String(128), nullable=False),
    Column("incident", String(128), nullable=False),
    Column("at", Moment, nullable=False),
    Column("tokens", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
    UniqueConstraint("kind", "id"),
    Index("ix_search_at", "at", "number"),
    sqlite_autoincrement=True,
)
"""kind: ticket, transcript; id: the ticket's, the call's; tokens: `search_words`, blind where a key is
configured. number: the order of filing, newest highest."""

_MADE_BY_HAND: Final = ("search_fts", "ix_search_tokens")


def described(name: str | None, kind: str, parents: Any) -> bool:
    """Whether something in the database is to be compared with the shape in the code: alembic's
    `include_name`."""
    return name is None or not name.startswith(_MADE_BY_HAND)
