"""What each platform owes on a ticket and by when, and what has been said of it.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """One row for each deadline of a ticket."""
    op.create_table(
        "deadlines",
        sa.Column("ticket", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("partner", sa.String(64), nullable=False),
        sa.Column("due", _MOMENT, nullable=False),
        sa.Column("runs", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("look_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("ticket", "kind", "since", name="pk_deadlines"),
    )
    op.create_index("ix_deadlines_look_at", "deadlines", ["look_at"])
    op.create_index("ix_deadlines_due", "deadlines", ["runs", "due"])
    op.create_index("ix_deadlines_partner", "deadlines", ["partner", "state", "since"])


def downgrade() -> None:
    """Nobody is reminded any more."""
    op.drop_table("deadlines")
