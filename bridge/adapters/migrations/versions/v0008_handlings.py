"""What two platforms do with a ticket: handlings, the log of every deed, letters received, papers from
elsewhere. The outbox carries letters of tickets that began elsewhere, too.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Four tables; one tie of the outbox is cut."""
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_constraint("fk_outbox_ticket", type_="foreignkey")
    _handlings()
    _log()
    op.create_table(
        "inbox",
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("message", sa.String(128), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("platform", "message", name="pk_inbox"),
    )
    op.create_index("ix_inbox_at", "inbox", ["at"])
    op.create_table(
        "papers",
        sa.Column("ticket", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name="pk_papers"),
    )


def downgrade() -> None:
    """Nobody knows any more who has which ticket; letters of tickets from elsewhere are gone."""
    for table in ("papers", "inbox", "handling_log", "handlings"):
        op.drop_table(table)
    op.execute("DELETE FROM outbox WHERE ticket NOT IN (SELECT id FROM tickets)")
    with op.batch_alter_table("outbox") as outbox:
        outbox.create_foreign_key("fk_outbox_ticket", "tickets", ["ticket"], ["id"])


def _handlings() -> None:
    op.create_table(
        "handlings",
        sa.Column("ticket", sa.String(128), nullable=False),
        sa.Column("incident", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(64), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("urgency", sa.String(16), nullable=False),
        sa.Column("category", sa.String(64), nullable=True),
        sa.Column("county", sa.String(64), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        *(
            sa.Column(name, _MOMENT, nullable=name not in {"opened_at", "changed_at"})
            for name in ("opened_at", "changed_at", "delivered_at", "accepted_at", "fed_back_at", "closed_at")
        ),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("returns", "reopened")),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("negotiated", "disputed")),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name="pk_handlings"),
    )
    for column in ("incident", "state", "opened_at", "changed_at"):
        op.create_index(f"ix_handlings_{column}", "handlings", [column])


def _log() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "handling_log",
        sa.Column("seq", number, nullable=False, primary_key=True, autoincrement=True),
        sa.Column("ticket", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(16), nullable=False),
        sa.Column("deed_id", sa.String(128), nullable=False),
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_handling_log_ticket", "handling_log", ["ticket", "version"], unique=True)
    op.create_index("ix_handling_log_deed_id", "handling_log", ["ticket", "deed_id"], unique=True)
