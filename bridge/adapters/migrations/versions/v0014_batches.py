"""Letters that go by file: which batch a letter went with, which batches there were.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table and one column more."""
    op.add_column("outbox", sa.Column("batch", sa.Integer(), nullable=True))
    op.create_table(
        "batches",
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("way", sa.String(4), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("have", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("platform", "way", "sequence", name="pk_batches"),
    )


def downgrade() -> None:
    """What was carried waits again."""
    op.execute("UPDATE outbox SET state = 'waiting' WHERE state = 'carried'")
    op.drop_table("batches")
    op.drop_column("outbox", "batch")
