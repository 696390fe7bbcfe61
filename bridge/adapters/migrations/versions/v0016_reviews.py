"""Review of calls: marks, comments and scores.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "review_notes",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False, primary_key=True, autoincrement=True,
        ),
        sa.Column("call", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("flag", sa.String(16), nullable=False),
        sa.Column("second", sa.Float()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True)),
        sa.Column("gone_by", sa.String(128)),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("ix_review_notes_call", "review_notes", ["call", "kind"])
    op.create_table(
        "review_scores",
        sa.Column("call", sa.String(128), nullable=False, primary_key=True),
        sa.Column("agent", sa.String(16), nullable=False, primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False, primary_key=True, autoincrement=False),
        sa.Column("newest", sa.Boolean(), nullable=False),
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form", sa.String(16), nullable=False),
        sa.Column("tenths", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("fatal", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("ix_review_scores_started_at", "review_scores", ["newest", "started_at"])
    op.create_index("ix_review_scores_agent", "review_scores", ["agent", "newest", "started_at"])


def downgrade() -> None:
    """Nobody has reviewed anything."""
    op.drop_table("review_scores")
    op.drop_table("review_notes")
