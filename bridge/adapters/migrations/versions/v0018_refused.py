"""Letters of a batch that were not taken, until its sender has been told.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was refused before today is not known."""
    op.add_column("batches", sa.Column("refused", sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Nobody is told."""
    op.drop_column("batches", "refused")
