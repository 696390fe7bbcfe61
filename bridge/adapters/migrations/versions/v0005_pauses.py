"""Agents who take no calls, so that a restart does not ring empty chairs.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table more."""
    op.create_table(
        "agent_pauses",
        sa.Column("agent", sa.String(16), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("agent", name="pk_agent_pauses"),
    )


def downgrade() -> None:
    """Everybody is ready again."""
    op.drop_table("agent_pauses")
