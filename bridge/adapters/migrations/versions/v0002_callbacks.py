"""Callers nobody spoke with, and the tasks to call them back.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def upgrade() -> None:
    """Two tables more."""
    _abandoned()
    _callbacks()


def downgrade() -> None:
    """Who has called in vain is forgotten."""
    for table in ("callbacks", "abandoned"):
        op.drop_table(table)


def _abandoned() -> None:
    op.create_table(
        "abandoned",
        _text("id", 64),
        _text("call", 128),
        _text("number", 64),
        _text("platform", 64),
        _text("route", 128),
        _text("queue", 64),
        _text("stage", 16),
        sa.Column("waited", sa.Float(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        _text("incident", 128),
        sa.PrimaryKeyConstraint("id", name="pk_abandoned"),
    )
    for column in ("number", "at"):
        op.create_index(f"ix_abandoned_{column}", "abandoned", [column])


def _callbacks() -> None:
    op.create_table(
        "callbacks",
        _text("id", 64),
        _text("number", 64),
        _text("state", 16),
        _text("platform", 64),
        _text("route", 128),
        _text("stage", 16),
        sa.Column("opened_at", _moment(), nullable=False),
        sa.Column("last_at", _moment(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        _text("by", 64),
        _text("note", 300),
        _text("ended", 16),
        sa.PrimaryKeyConstraint("id", name="pk_callbacks"),
    )
    op.create_index("ix_callbacks_number", "callbacks", ["number", "state"])
    op.create_index("ix_callbacks_state", "callbacks", ["state", "last_at"])
