"""The database's shape for figures: each day's and hour's counts, what requests are about, calls by the hour.

All but CALL_HOURS and THINNED_HOURS are made of the handlings and can be made anew from them
(`bridge stats rebuild`).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Float, Index, Integer, String, Table

from bridge.adapters.db_sealed import Sealed
from bridge.adapters.db_tables import METADATA, ROW_NUMBER
from bridge.analysis.figures import MEASURES


def _measures() -> list[Column[int] | Column[float]]:
    floats = {"answer_seconds"}
    return [Column(name, Float if name in floats else Integer, nullable=False) for name in MEASURES]


DAY_FIGURES: Final = Table(
    "day_figures",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("day", Integer, nullable=False, index=True),
    Column("origin", String(64), nullable=False),
    Column("target", String(64), nullable=False),
    Column("path", String(300), nullable=False),
    Column("category", String(64), nullable=False),
    Column("county", String(64), nullable=False),
    *_measures(),
)
"""Tickets that were opened on a day (ordinal, in the house's zone), by where they go and what they are about;
category "": none. The measures are analysis.figures.MEASURES."""

HOUR_FIGURES: Final = Table(
    "hour_figures",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("hour", Integer, nullable=False, index=True),
    Column("origin", String(64), nullable=False),
    Column("target", String(64), nullable=False),
    Column("path", String(300), nullable=False),
    Column("category", String(64), nullable=False),
    *_measures(),
)
"""The same by whole hours since 1970."""

DEADLINE_FIGURES: Final = Table(
    "deadline_figures",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("day", Integer, nullable=False, index=True),
    Column("path", String(300), nullable=False),
    Column("category", String(64), nullable=False),
    Column("county", String(64), nullable=False),
    Column("partner", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("met", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
)
"""Deadlines that are over, of the tickets opened on a day. Those that run are counted when asked for: they
become overdue by time alone."""

THINNED_HOURS: Final = Table(
    "thinned_hours",
    METADATA,
    Column("hour", Integer, primary_key=True, autoincrement=False),
)
"""Hours in which tickets were opened that the retention rules have deleted since: their days' figures stay as
they were last counted."""

TOPICS: Final = Table(
    "topics",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("category", String(64), nullable=False),
    Column("text", Sealed("topics.text"), nullable=False),
    Column("last_day", Integer, nullable=False),
    Index("ix_topics_category", "category", "last_day"),
)
"""What requests are about: the words of the first one (analysis.topics)."""

CALL_HOURS: Final = Table(
    "call_hours",
    METADATA,
    Column("hour", Integer, primary_key=True),
    Column("platform", String(64), primary_key=True),
    Column("answered", Integer, nullable=False),
    Column("abandoned", Integer, nullable=False),
    Column("overflowed", Integer, nullable=False),
    Column("waited", Float, nullable=False),
)
"""What became of those who called, each counted once; waited: seconds of those who were
answered, together."""
