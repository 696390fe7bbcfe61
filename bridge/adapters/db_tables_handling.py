"""The database's shape for what two platforms do with a ticket; the rest is db_tables'.

A handling's document is whole; what is searched, listed or counted is a column beside it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, text

from bridge.adapters.db_sealed import Sealed
from bridge.adapters.db_tables import METADATA, ROW_NUMBER, Moment

HANDLINGS: Final = Table(
    "handlings",
    METADATA,
    Column("ticket", String(128), primary_key=True),
    Column("incident", String(128), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("origin", String(64), nullable=False),
    Column("target", String(64), nullable=False),
    Column("holder", String(64), nullable=False),
    Column("path", String(300), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("urgency", String(16), nullable=False),
    Column("category", String(64)),
    Column("county", String(64), nullable=False),
    Column("place", String(200), nullable=False),
    Column("opened_at", Moment, nullable=False, index=True),
    Column("changed_at", Moment, nullable=False, index=True),
    Column("delivered_at", Moment),
    Column("accepted_at", Moment),
    Column("fed_back_at", Moment),
    Column("closed_at", Moment),
    Column("returns", Integer, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("negotiated", Boolean, nullable=False),
    Column("disputed", Boolean, nullable=False),
    Column("document", Sealed("handlings.document"), nullable=False),
    Column("hour", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("waited", Float),
    Column("request", Sealed("handlings.request"), nullable=False),
    Column("topic", Integer),
    Column("stale", Integer, nullable=False),
    Column("spot", String(60), nullable=False),
    Index("ix_handlings_hour", "hour"),
    Index("ix_handlings_stale", "hour", sqlite_where=text("stale = 1"), postgresql_where=text("stale = 1")),
    Index(
        "ix_handlings_negotiated",
        "hour",
        sqlite_where=text("negotiated = 1"),
        postgresql_where=text("negotiated"),
    ),
    Index(
        "ix_handlings_returned",
        *("ticket", "hour", "category", "county", "path"),
        sqlite_where=text("returns > 0"),
        postgresql_where=text("returns > 0"),
    ),
    Index("ix_handlings_topic", "topic", "hour", "category", "county", "path"),
    Index("ix_handlings_spot", "county", "spot", "hour", "category", "path"),
)
"""state: handling.words.State; path: "|110|12345|", so that one platform's can be found; county, place: of
the papers' 事发地, for figures, "" if unknown; the times are those the state was last entered.

For figures: hour: whole hours since 1970 of opened_at; outcome, waited: how the transfer ended ("": there was
none), and after how many seconds the other side answered; request: what is asked for, personal numbers
covered; topic: which of TOPICS it is about; spot: the place without its house; stale: 1 while its day's
figures do not say what is here."""

HANDLING_LOG: Final = Table(
    "handling_log",
    METADATA,
    Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("ticket", String(128), nullable=False),
    Column("version", Integer, nullable=False),
    Column("deed", String(16), nullable=False),
    Column("deed_id", String(128), nullable=False),
    Column("platform", String(64), nullable=False),
    Column("path", String(300), nullable=False),
    Column("at", Moment, nullable=False),
    Column("written_at", Moment, nullable=False),
    Column("document", Sealed("handling_log.document"), nullable=False),
    Column("reason", String(16), nullable=False),
    Index(
        "ix_handling_log_returns",
        "ticket",
        "reason",
        "platform",
        sqlite_where=text("deed = 'return'"),
        postgresql_where=text("deed = 'return'"),
    ),
    Index("ix_handling_log_ticket", "ticket", "version", unique=True),
    Index("ix_handling_log_deed_id", "ticket", "deed_id", unique=True),
    sqlite_autoincrement=True,
)
"""Every version of every handling, with the deed that made it: the audit record, and what `changes since`
reads. seq is never used again. deed "open": the first version. document: {deed, handling}. reason: of a
return, its class (analysis.reasons)."""

INBOX: Final = Table(
    "inbox",
    METADATA,
    Column("platform", String(64), primary_key=True),
    Column("message", String(128), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)
"""Letters that have been taken: one that comes again changes nothing."""

PAPERS: Final = Table(
    "papers",
    METADATA,
    Column("ticket", String(128), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("document", Sealed("papers.document"), nullable=False),
)
"""Papers of tickets that did not begin with a call of ours: another platform's, or by the web channel."""
