"""The database's shape: tickets, the outbox, recordings, answers kept for repeated requests, callers nobody
spoke with.

Knows SQLAlchemy's words for it and nothing of who reads or writes. Types are those SQLite and PostgreSQL
share; times are aware and in UTC on the way in and out. What is searched for is a column, the rest is the
ticket's JSON.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

from bridge.adapters.db_sealed import Sealed, SealedEqual

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware time. SQLite forgets the zone, so every time goes in as UTC and comes back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Aware to UTC; a naive time is a mistake of ours."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a naive time has no place in the database")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC again."""
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC)


ROW_NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in a column of type INTEGER."""

TICKETS: Final = Table(
    "tickets",
    METADATA,
    Column("id", String(128), primary_key=True),
    Column("incident", String(128), nullable=False, unique=True),
    Column("call", String(128), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("state", String(32), nullable=False, index=True),
    Column("from_platform", String(64), nullable=False),
    Column("to_platform", String(64), nullable=False),
    Column("pressed_at", Moment, nullable=False, index=True),
    Column("document", Sealed("tickets.document"), nullable=False),
)

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("ticket", String(128), nullable=False),
    Column("incident", String(128), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("platform", String(64), nullable=False),
    Column("body", Sealed("outbox.body"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Moment, nullable=False),
    Column("trouble", Sealed("outbox.trouble"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("renewed_at", Moment),
    Column("batch", Integer),
    Column("held_until", Moment),
    Index("ix_outbox_waiting", "state", "ticket", "number"),
    Index("ix_outbox_due", "state", "platform", "due", "number"),
    Index("ix_outbox_incident", "incident"),
    Index("ix_outbox_settled_at", "settled_at"),
    sqlite_autoincrement=True,
)
"""`id` is the webhook-id, the receiver's key against doubles. state: post.delivery.LetterState; renewed_at:
when a dead letter was last put back; held_until: a bridge has it in its hands until then. `number` is never
used again, so it is the order for good."""

BATCHES: Final = Table(
    "batches",
    METADATA,
    Column("platform", String(64), primary_key=True),
    Column("way", String(4), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("have", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("refused", Text, nullable=False, server_default="[]"),
)
"""Files of letters (post.batches), out to a partner and in from it; outbox.batch: with which one a letter
went; refused: of one that came in, which of its letters were not taken and why ([id, why], JSON)."""

OPENINGS: Final = Table(
    "ticket_openings",
    METADATA,
    Column("incident", String(128), primary_key=True),
    Column("platform", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
)
"""When a partner first looked at an incident's ticket."""

HARASSMENT_MARKS: Final = Table(
    "harassment_marks",
    METADATA,
    Column("number", SealedEqual("harassment_marks.number"), primary_key=True),
    Column("measure", String(16), nullable=False),
    Column("why", Sealed("harassment_marks.why"), nullable=False),
    Column("by", String(128), nullable=False),
    Column("at", Moment, nullable=False),
    Column("until", Moment),
)

HARASSMENT_DEEDS: Final = Table(
    "harassment_deeds",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("number", SealedEqual("harassment_deeds.number"), nullable=False, index=True),
    Column("deed", String(32), nullable=False),
    Column("by", String(128), nullable=False),
    Column("why", Sealed("harassment_deeds.why"), nullable=False),
)
"""The record: only ever added to."""

IDEMPOTENCY: Final = Table(
    "idempotency",
    METADATA,
    Column("key", String(200), primary_key=True),
    Column("caller", String(200), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("response", Sealed("idempotency.response"), nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
)
"""`caller` is a digest of the caller's token, never the token. fingerprint: digest of the request."""

ABANDONED: Final = Table(
    "abandoned",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("call", String(128), nullable=False),
    Column("number", SealedEqual("abandoned.number"), nullable=False, index=True),
    Column("platform", String(64), nullable=False),
    Column("route", String(128), nullable=False),
    Column("queue", String(64), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("waited", Float, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("incident", String(128), nullable=False),
)
"""Callers who went before anybody spoke with them (早释), one row for each."""

CALLBACKS: Final = Table(
    "callbacks",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("number", SealedEqual("callbacks.number"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("platform", String(64), nullable=False),
    Column("route", String(128), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("by", String(64), nullable=False),
    Column("note", Sealed("callbacks.note"), nullable=False),
    Column("ended", String(16), nullable=False),
    Index("ix_callbacks_number", "number", "state"),
    Index("ix_callbacks_state", "state", "last_at"),
)
"""Who is to be called back; at most one task of a number is not `done`."""
RECORDINGS: Final = Table(
    "recordings",
    METADATA,
    Column("file", String(80), primary_key=True),
    Column("take", String(64), nullable=False, index=True),
    Column("call", String(128), nullable=False, index=True),
    Column("started_at", Moment, nullable=False, index=True),
    Column("began", Float, nullable=False),
    Column("zero", Float),
    Column("seconds", Float, nullable=False),
    Column("octets", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("path", String(200), nullable=False),
    Column("sealed", Boolean, nullable=False),
    Column("ended", String(16), nullable=False),
    Column("missing", Float, nullable=False),
    Column("legs", Text, nullable=False),
    Column("deleted_at", Moment),
)
"""One finished file a row, its id in `file`. began: CLOCK_MONOTONIC seconds of the first sample, on the clock
of the call's words; zero: on the same clock, what is 0 in the call's transcript; ended: takes.End; legs: JSON
of who is on which channel. A row outlives its file."""

AGENT_PAUSES: Final = Table(
    "agent_pauses",
    METADATA,
    Column("agent", String(16), primary_key=True),
    Column("why", String(16), nullable=False),
)
"""Agents who take no calls of the queues, by whom (self, supervisor, missed)."""

TRANSCRIPTS: Final = Table(
    "transcripts",
    METADATA,
    Column("call", String(128), primary_key=True),
    Column("started_at", Moment, nullable=False, index=True),
    Column("ended_at", Moment),
    Column("platform", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("lost", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("head", Sealed("transcripts.head"), nullable=False),
)
"""A call's heading; state: stored.State; entries: how many; head: the hash of the last one."""
TRANSCRIPT_ENTRIES, TRANSCRIPT_CORRECTIONS = (
    Table(
        name,
        METADATA,
        Column("call", String(128), ForeignKey("transcripts.call"), primary_key=True),
        Column("seq", Integer, primary_key=True),
        Column("body", Sealed(f"{name}.body"), nullable=False),
    )
    for name in ("transcript_entries", "transcript_corrections")
)
"""Entries of the two chains (tickets.evidence), only ever added to; body: JSON, or that sealed."""
TRANSCRIPTIONS_OWED: Final = Table(
    "transcriptions_owed",
    METADATA,
    Column("call", String(128), primary_key=True),
    Column("began", Float, nullable=False),
    Column("incidents", Text, nullable=False),
    Column("missed", Sealed("transcriptions_owed.missed"), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("at", Moment, nullable=False),
)
"""Calls of which something is still to be heard from the recording (补转). began: CLOCK_MONOTONIC seconds of
the transcript's zero; incidents, missed: JSON. A row goes when its call is done with."""
