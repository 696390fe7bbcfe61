"""Numbers marked for harassment, and the record of what was done about them.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables."""
    moment, number = sa.DateTime(timezone=True), sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "harassment_marks",
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("measure", sa.String(16), nullable=False),
        sa.Column("why", sa.String(300), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("until", moment),
        sa.PrimaryKeyConstraint("number", name="pk_harassment_marks"),
    )
    op.create_table(
        "harassment_deeds",
        sa.Column("id", number, nullable=False, primary_key=True, autoincrement=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("deed", sa.String(32), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("why", sa.String(500), nullable=False),
    )
    op.create_index("ix_harassment_deeds_number", "harassment_deeds", ["number"])


def downgrade() -> None:
    """Marks and record are gone."""
    op.drop_table("harassment_deeds")
    op.drop_table("harassment_marks")
