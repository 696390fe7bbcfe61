"""The record of erasures; what retention looks for is an index.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, one index."""
    op.create_table(
        "erasures",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False, primary_key=True, autoincrement=True,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("why", sa.String(500), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("ix_outbox_settled_at", "outbox", ["settled_at"])


def downgrade() -> None:
    """Nobody knows any more what was erased."""
    op.drop_index("ix_outbox_settled_at", "outbox")
    op.drop_table("erasures")
