"""Full-text search: a row for each thing that can be found, and the index over its tokens; columns with
personal data have room for sealed texts.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ROOM = (
    ("outbox", "trouble", 300),
    ("abandoned", "number", 64),
    ("callbacks", "number", 64),
    ("callbacks", "note", 300),
    ("harassment_marks", "number", 64),
    ("harassment_marks", "why", 300),
    ("harassment_deeds", "number", 64),
    ("harassment_deeds", "why", 500),
)

_OUT = "INSERT INTO search_fts(search_fts, rowid, tokens) VALUES ('delete', old.number, old.tokens);"
_IN = "INSERT INTO search_fts(rowid, tokens) VALUES (new.number, new.tokens);"
# What SQLite's manual says of a full-text table over another: it follows by triggers.
_FOLLOWED = (
    f"CREATE TRIGGER search_filed AFTER INSERT ON search BEGIN {_IN} END",
    f"CREATE TRIGGER search_changed AFTER UPDATE OF tokens ON search WHEN old.tokens <> new.tokens "
    f"BEGIN {_OUT} {_IN} END",
    f"CREATE TRIGGER search_gone AFTER DELETE ON search BEGIN {_OUT} END",
)


def upgrade() -> None:
    """One table; nothing is in it until something is filed anew (`bridge database index` files the rest)."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "search",
        sa.Column("number", number, nullable=False, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("incident", sa.String(128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tokens", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.UniqueConstraint("kind", "id", name="uq_search_kind"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_at", "search", ["at", "number"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_fts USING fts5(tokens, content='search', content_rowid='number', "
            "tokenize='unicode61 remove_diacritics 0')"
        )
        for statement in _FOLLOWED:
            op.execute(statement)
    else:
        op.execute(
            "CREATE INDEX ix_search_tokens ON search USING gin (tokens) WITH (gin_pending_list_limit = 512)"
        )
    for table, column, _ in _ROOM:
        with op.batch_alter_table(table) as changed:
            changed.alter_column(column, type_=sa.Text(), existing_nullable=False)


def downgrade() -> None:
    """Nothing can be found."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_fts")
    op.drop_table("search")
    for table, column, length in _ROOM:
        with op.batch_alter_table(table) as changed:
            changed.alter_column(column, type_=sa.String(length), existing_nullable=False)
