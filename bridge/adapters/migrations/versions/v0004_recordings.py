"""Recordings: one finished file a row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table and what it is searched by."""
    op.create_table(
        "recordings",
        sa.Column("file", sa.String(80), nullable=False),
        sa.Column("take", sa.String(64), nullable=False),
        sa.Column("call", sa.String(128), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("octets", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.String(16), nullable=False),
        sa.Column("missing", sa.Float(), nullable=False),
        sa.Column("legs", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("file", name="pk_recordings"),
    )
    for column in ("take", "call", "started_at"):
        op.create_index(f"ix_recordings_{column}", "recordings", [column])


def downgrade() -> None:
    """The files stay; nobody knows what they are."""
    op.drop_table("recordings")
