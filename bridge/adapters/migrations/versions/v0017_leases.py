"""Letters that a bridge has in its hands, so that several bridges on one database do not send one twice; and
hours whose tickets are not all there any more, so that their figures are not counted anew without them.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has any letters in their hands; what was deleted before today is not known."""
    op.add_column("outbox", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "thinned_hours",
        sa.Column("hour", sa.Integer(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("hour", name="pk_thinned_hours"),
    )


def downgrade() -> None:
    """Every bridge sends what it sees."""
    op.drop_table("thinned_hours")
    op.drop_column("outbox", "held_until")
