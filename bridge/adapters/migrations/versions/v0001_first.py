"""The first shape: tickets, outbox, idempotency.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """From nothing."""
    _tickets()
    _outbox()
    _idempotency()


def downgrade() -> None:
    """Back to nothing: every ticket is gone."""
    for table in ("idempotency", "outbox", "tickets"):
        op.drop_table(table)


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("incident", sa.String(128), nullable=False),
        sa.Column("call", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("from_platform", sa.String(64), nullable=False),
        sa.Column("to_platform", sa.String(64), nullable=False),
        sa.Column("pressed_at", _moment(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
        sa.UniqueConstraint("incident", name="uq_tickets_incident"),
    )
    for column in ("call", "state", "pressed_at"):
        op.create_index(f"ix_tickets_{column}", "tickets", [column])


def _outbox() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "outbox",
        sa.Column("number", number, nullable=False, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("ticket", sa.String(128), nullable=False),
        sa.Column("incident", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", _moment(), nullable=False),
        sa.Column("trouble", sa.String(300), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("settled_at", _moment()),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"], name="fk_outbox_ticket"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_waiting", "outbox", ["state", "ticket", "number"])


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("caller", sa.String(200), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("key", "caller", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])
