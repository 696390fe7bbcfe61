"""Letters that are too old, dead letters put back, who opened a ticket; and quick ways to them.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column, two indexes, one table."""
    op.add_column("outbox", sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_outbox_due", "outbox", ["state", "platform", "due", "number"])
    op.create_index("ix_outbox_incident", "outbox", ["incident"])
    op.create_table(
        "ticket_openings",
        sa.Column("incident", sa.String(128), nullable=False),
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("incident", "platform", name="pk_ticket_openings"),
    )


def downgrade() -> None:
    """Nobody is known to have opened anything; expired letters are parked."""
    op.execute("UPDATE outbox SET state = 'parked' WHERE state = 'expired'")
    op.drop_table("ticket_openings")
    op.drop_index("ix_outbox_incident", "outbox")
    op.drop_index("ix_outbox_due", "outbox")
    op.drop_column("outbox", "renewed_at")
