"""The shape of users, sessions, tokens, and the record of deeds; part of `db_tables`' whole."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from bridge.adapters.db_tables import METADATA, Moment

USERS: Final = Table(
    "users",
    METADATA,
    Column("login", String(128), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("platform", String(64), nullable=False),
    Column("extension", String(16), nullable=False),
    Column("password", String(200), nullable=False),
    Column("subject", String(400), nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
)
"""password: an argon2id hash, "" for none; subject: issuer and sub of the identity provider. No row is ever
deleted: the record of deeds names them."""

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("user", String(128), nullable=False, index=True),
    Column("opened_at", Moment, nullable=False, index=True),
    Column("seen_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
    Column("ended", Boolean, nullable=False),
)
"""digest: SHA-256 of the cookie."""

ACCESS_TOKENS: Final = Table(
    "access_tokens",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("may", String(200), nullable=False),
    Column("platform", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ends_at", Moment),
    Column("changed_at", Moment, nullable=False, index=True),
    Column("revoked", Boolean, nullable=False),
)
"""digest: SHA-256 of the token; may: scopes with commas."""

AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False, index=True),
    Column("who", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("platform", String(64), nullable=False),
    Column("what", String(32), nullable=False),
    Column("target", String(128), nullable=False),
    Column("address", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_who", "who", "seq"),
    Index("ix_audit_target", "target", "seq"),
)
"""access.audit's chain. Only ever added to, by one at a time (`db.alone`)."""
