"""What figures need beside the handlings: their hour, how the transfer ended, what is asked for; each day's
and hour's counts; calls by the hour.

A migration is history: it repeats the shape of its day and must not follow db_tables when that changes.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_MEASURES = (
    "tickets", "urgent", "danger", "phone", "transferred", "failed", "left", "answered", "answer_seconds",
    "answered_15", "accepted", "fed_back", "closed", "withdrawn", "returned", "returns", "reopened",
    "negotiated", "disputed",
)  # fmt: skip
_PATH = ("origin", 64), ("target", 64), ("path", 300), ("category", 64)


def upgrade() -> None:
    """Every handling there is waits to be counted; what its papers say is read by `bridge stats rebuild`."""
    _handlings()
    op.add_column("handling_log", sa.Column("reason", sa.String(16), nullable=False, server_default=""))
    op.execute("UPDATE handling_log SET reason = 'other' WHERE deed = 'return'")
    returns = sa.text("deed = 'return'")
    op.create_index(
        "ix_handling_log_returns", "handling_log", ["ticket", "reason", "platform"],
        sqlite_where=returns, postgresql_where=returns,
    )  # fmt: skip
    _counts("day_figures", "day", *_strings(*_PATH, ("county", 64)), *_measures())
    _counts("hour_figures", "hour", *_strings(*_PATH), *_measures())
    over = _strings(*_PATH[2:], ("county", 64), ("partner", 64), ("kind", 16))
    _counts("deadline_figures", "day", *over, *_integers("met", "missed"))
    _others()


def downgrade() -> None:
    """Nothing is counted any more."""
    for table in ("call_hours", "topics", "deadline_figures", "hour_figures", "day_figures"):
        op.drop_table(table)
    op.drop_index("ix_handling_log_returns", "handling_log")
    op.drop_column("handling_log", "reason")
    for index in ("hour", "stale", "negotiated", "returned", "topic", "spot"):
        op.drop_index(f"ix_handlings_{index}", "handlings")
    for column in ("hour", "outcome", "waited", "request", "topic", "stale", "spot"):
        op.drop_column("handlings", column)


def _handlings() -> None:
    columns: tuple[sa.Column[Any], ...] = (
        sa.Column("hour", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("stale", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("outcome", sa.String(16), nullable=False, server_default=""),
        sa.Column("waited", sa.Float(), nullable=True),
        sa.Column("request", sa.Text(), nullable=False, server_default=""),
        sa.Column("topic", sa.Integer(), nullable=True),
        sa.Column("spot", sa.String(60), nullable=False, server_default=""),
    )
    for column in columns:
        op.add_column("handlings", column)
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("UPDATE handlings SET hour = CAST(strftime('%s', opened_at) AS INTEGER) / 3600, stale = 1")
    else:
        op.execute("UPDATE handlings SET hour = floor(extract(epoch from opened_at) / 3600), stale = 1")
    op.create_index("ix_handlings_hour", "handlings", ["hour"])
    back = sa.text("returns > 0")
    op.create_index(
        "ix_handlings_returned", "handlings", ["ticket", "hour", "category", "county", "path"],
        sqlite_where=back, postgresql_where=back,
    )  # fmt: skip
    op.create_index("ix_handlings_topic", "handlings", ["topic", "hour", "category", "county", "path"])
    op.create_index("ix_handlings_spot", "handlings", ["county", "spot", "hour", "category", "path"])
    true = "negotiated = 1" if sqlite else "negotiated"
    for name, which in (("stale", "stale = 1"), ("negotiated", true)):
        where = sa.text(which)
        op.create_index(
            f"ix_handlings_{name}", "handlings", ["hour"], sqlite_where=where, postgresql_where=where
        )


def _others() -> None:
    op.create_table(
        "topics",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        *_strings(("category", 64)),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_topics"),
    )
    op.create_index("ix_topics_category", "topics", ["category", "last_day"])
    op.create_table(
        "call_hours",
        sa.Column("hour", sa.Integer(), nullable=False),
        *_strings(("platform", 64)),
        *_integers("answered", "abandoned", "overflowed"),
        sa.Column("waited", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "platform", name="pk_call_hours"),
    )


def _measures() -> list[sa.Column[Any]]:
    return [
        sa.Column(name, sa.Float() if name == "answer_seconds" else sa.Integer(), nullable=False)
        for name in _MEASURES
    ]


def _strings(*columns: tuple[str, int]) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(length), nullable=False) for name, length in columns]


def _integers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _counts(table: str, by: str, *columns: sa.Column[Any]) -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        table,
        sa.Column("id", number, nullable=False, primary_key=True, autoincrement=True),
        sa.Column(by, sa.Integer(), nullable=False),
        *columns,
    )
    op.create_index(f"ix_{table}_{by}", table, [by])
