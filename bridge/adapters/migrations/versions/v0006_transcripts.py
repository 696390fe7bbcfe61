"""Every call's transcript: a heading, the chain of its entries, the chain of its corrections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables more."""
    op.create_table(
        "transcripts",
        sa.Column("call", sa.String(128), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call", name="pk_transcripts"),
    )
    op.create_index("ix_transcripts_started_at", "transcripts", ["started_at"])
    for name in ("transcript_entries", "transcript_corrections"):
        op.create_table(
            name,
            sa.Column("call", sa.String(128), nullable=False),
            sa.Column("seq", sa.Integer(), nullable=False),
            sa.Column("body", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("call", "seq", name=f"pk_{name}"),
            sa.ForeignKeyConstraint(["call"], ["transcripts.call"], name=f"fk_{name}_call"),
        )


def downgrade() -> None:
    """What was said is gone."""
    for name in ("transcript_corrections", "transcript_entries", "transcripts"):
        op.drop_table(name)
