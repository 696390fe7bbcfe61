"""The database's shape for deadlines 时限: what each platform owes, in columns that can be searched.

The deadlines themselves are in the handling's document; a row stays when its deadline is over, for figures.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Index, Integer, String, Table

from bridge.adapters.db_tables import METADATA, Moment

DEADLINES: Final = Table(
    "deadlines",
    METADATA,
    Column("ticket", String(128), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("since", Moment, primary_key=True),
    Column("partner", String(64), nullable=False),
    Column("due", Moment, nullable=False),
    Column("runs", Boolean, nullable=False),
    Column("state", String(8), nullable=False),
    Column("done_at", Moment),
    Column("stage", Integer, nullable=False),
    Column("look_at", Moment, index=True),
    Index("ix_deadlines_due", "runs", "due"),
    Index("ix_deadlines_partner", "partner", "state", "since"),
)
"""state: deadlines.State; runs: its time passes; stage: the rank of the last moment that is over
(handling.heralds); look_at: when the desk looks at it again, NULL: never."""
