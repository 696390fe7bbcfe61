"""The database's shape for the review of calls 质检: marks and comments, and versioned scores.

What a reviewer writes may name somebody: it is sealed where there is a key. What is counted is a column.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table

from bridge.adapters.db_sealed import Sealed
from bridge.adapters.db_tables import METADATA, ROW_NUMBER, Moment

REVIEW_NOTES: Final = Table(
    "review_notes",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("call", String(128), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("flag", String(16), nullable=False),
    Column("second", Float),
    Column("text", Sealed("review_notes.text"), nullable=False),
    Column("by", String(128), nullable=False),
    Column("platform", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("gone_at", Moment),
    Column("gone_by", String(128)),
    Index("ix_review_notes_call", "call", "kind"),
    sqlite_autoincrement=True,
)
"""kind: mark (flag: notes.Flag), comment; second: of the call, None: of all of it; platform: of who wrote it,
"" for nobody's; gone_at: taken back, by gone_by; the row stays."""

REVIEW_SCORES: Final = Table(
    "review_scores",
    METADATA,
    Column("call", String(128), primary_key=True),
    Column("agent", String(16), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("newest", Boolean, nullable=False),
    Column("platform", String(64), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("form", String(16), nullable=False),
    Column("tenths", Integer, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("fatal", Boolean, nullable=False),
    Column("by", String(128), nullable=False),
    Column("at", Moment, nullable=False),
    Column("body", Sealed("review_scores.body"), nullable=False),
    Index("ix_review_scores_started_at", "newest", "started_at"),
    Index("ix_review_scores_agent", "agent", "newest", "started_at"),
)
"""One row each time a call was scored; newest: no later version. platform: the agent's; started_at: the
call's; form: its version; tenths: 0 to 1000; body: JSON of answers, pre-checks, remark and the form's state
then, "" once the call's words are gone."""
