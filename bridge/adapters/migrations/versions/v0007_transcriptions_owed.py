"""Calls of which something is still to be transcribed from the recording; and where in the call a recording
begins.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table and one column more."""
    op.add_column("recordings", sa.Column("zero", sa.Float(), nullable=True))
    op.create_table(
        "transcriptions_owed",
        sa.Column("call", sa.String(128), nullable=False),
        sa.Column("began", sa.Float(), nullable=False),
        sa.Column("incidents", sa.Text(), nullable=False),
        sa.Column("missed", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("call", name="pk_transcriptions_owed"),
    )


def downgrade() -> None:
    """Nothing is heard again."""
    op.drop_table("transcriptions_owed")
    op.drop_column("recordings", "zero")
