"""The shared middle database's tables: made, brought up to date, and what the partner's role may do there.

Knows SQL and asyncpg. The tables are the interface itself: docs/middle-database.md tells the partner's
developers of each column, so a version only ever adds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import asyncpg

from bridge.post.signing import Key

CONNECT_S: Final = 5.0
COMMAND_S: Final = 10.0
"""Seconds one statement may take; longer, and the database is as good as gone."""

LARGEST_BODY: Final = 4 * 1024 * 1024
"""Bytes of a letter, as by HTTP."""

_LETTERS: Final = """
CREATE TABLE {schema}.{table} (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id  text NOT NULL UNIQUE CHECK (message_id <> '' AND length(message_id) <= 128),
    type        text NOT NULL CHECK (length(type) <= 64),
    ticket      text NOT NULL CHECK (ticket <> '' AND length(ticket) <= 128),
    incident    text NOT NULL DEFAULT '',
    version     integer NOT NULL DEFAULT 0,
    who         text NOT NULL DEFAULT '',
    reason      text NOT NULL DEFAULT '',
    number      text NOT NULL DEFAULT '',
    owner       text NOT NULL DEFAULT '',
    at          timestamptz NOT NULL DEFAULT now(),
    body        json,
    signature   text NOT NULL DEFAULT '',
    written_at  timestamptz NOT NULL DEFAULT now(),
    taken_at    timestamptz,
    state       text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'done', 'refused')),
    problem     text NOT NULL DEFAULT '',
    handled_at  timestamptz,
    noted       smallint NOT NULL DEFAULT 0
);
CREATE INDEX {table}_new ON {schema}.{table} (seq) WHERE state = 'new';
CREATE INDEX {table}_ticket ON {schema}.{table} (ticket, seq);
CREATE INDEX {table}_news ON {schema}.{table} (seq)
    WHERE noted < 2 AND (taken_at IS NOT NULL OR state = 'refused');
CREATE FUNCTION {schema}.{table}_tell() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('{schema}_{table}', ''); RETURN NULL; END $$;
CREATE TRIGGER {table}_tell AFTER INSERT OR UPDATE OF taken_at, state ON {schema}.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.{table}_tell();
"""
_TICKETS: Final = """
CREATE TABLE {schema}.bridge_tickets (
    ticket            text PRIMARY KEY,
    incident          text NOT NULL DEFAULT '',
    from_platform     text NOT NULL DEFAULT '',
    to_platform       text NOT NULL DEFAULT '',
    state             text NOT NULL DEFAULT 'delivered',
    state_name        text NOT NULL DEFAULT '待签收',
    holder            text NOT NULL DEFAULT '',
    urgency           text NOT NULL DEFAULT 'normal',
    category          text NOT NULL DEFAULT '',
    who               text NOT NULL DEFAULT '',
    contact           text NOT NULL DEFAULT '',
    happened_at       text NOT NULL DEFAULT '',
    place             text NOT NULL DEFAULT '',
    content           text NOT NULL DEFAULT '',
    reason            text NOT NULL DEFAULT '',
    papers_version    integer NOT NULL DEFAULT 0,
    handling_version  integer NOT NULL DEFAULT 0,
    changed_at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX bridge_tickets_state ON {schema}.bridge_tickets (state, changed_at);
"""
VERSIONS: Final[tuple[str, ...]] = (
    _LETTERS.replace("{table}", "bridge_out") + _LETTERS.replace("{table}", "bridge_in") + _TICKETS,
)
"""What each version adds to the one before; never changed once shipped."""

_BEGIN: Final = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.bridge_version (
    version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
"""
_GRANTS: Final = """
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT ON {schema}.bridge_version, {schema}.bridge_out, {schema}.bridge_in, {schema}.bridge_tickets
    TO {role};
GRANT UPDATE (taken_at, state, problem, handled_at) ON {schema}.bridge_out TO {role};
GRANT INSERT (message_id, type, ticket, incident, version, who, reason, number, owner, at, body, signature)
    ON {schema}.bridge_in TO {role};
GRANT UPDATE (state, problem, handled_at, noted) ON {schema}.bridge_in TO {role};
"""


@dataclass(frozen=True, slots=True)
class MiddleDoor:
    """A partner's middle database. dsn: with the password in it; ours: we made the tables (what we write is
    bridge_out), else the partner did (its bridge_in); keys: what rows are signed with, none: they are not."""

    platform: str
    dsn: str = field(repr=False)
    schema: str = "bridge_exchange"
    ours: bool = True
    poll_s: float = 5.0
    keys: tuple[Key, ...] = field(default=(), repr=False)
    ttl: timedelta = timedelta(hours=72)

    @property
    def written(self) -> str:
        """The table our letters go into, with its schema."""
        return f"{self.schema}.{'bridge_out' if self.ours else 'bridge_in'}"

    @property
    def read(self) -> str:
        """The table the partner's letters come by, with its schema."""
        return f"{self.schema}.{'bridge_in' if self.ours else 'bridge_out'}"

    @property
    def channels(self) -> tuple[str, str]:
        """Where PostgreSQL tells of news in either table."""
        return f"{self.schema}_bridge_in", f"{self.schema}_bridge_out"


async def connect(door: MiddleDoor) -> asyncpg.Connection[Any]:
    """A connection. Raises OSError, TimeoutError, asyncpg.PostgresError, ValueError for a wrong URL."""
    return await asyncpg.connect(
        door.dsn, timeout=CONNECT_S, command_timeout=COMMAND_S,
        server_settings={"application_name": "bridge 12345-110"},
    )  # fmt: skip


async def bring_up(connection: asyncpg.Connection[Any], schema: str) -> tuple[int, int]:
    """Make what is missing; the version found and the version there is now. Two at once make it once."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 12345110))", schema)
        await connection.execute(_BEGIN.format(schema=schema))
        found = await version_of(connection, schema)
        for number, script in enumerate(VERSIONS[found:], found + 1):
            await connection.execute(script.replace("{schema}", schema))
            await connection.execute(f"INSERT INTO {schema}.bridge_version (version) VALUES ($1)", number)  # noqa: S608
    return found, max(found, len(VERSIONS))


async def version_of(connection: asyncpg.Connection[Any], schema: str) -> int:
    """The newest version that is there. Raises asyncpg.PostgresError where there are no tables."""
    newest = await connection.fetchval(f"SELECT max(version) FROM {schema}.bridge_version")  # noqa: S608
    return int(newest or 0)


async def waiting(connection: asyncpg.Connection[Any], door: MiddleDoor) -> tuple[int, int, int]:
    """Rows of the partner's that are new, those refused, and rows of ours nobody there has marked as read."""
    row = await connection.fetchrow(
        f"SELECT (SELECT count(*) FROM {door.read} WHERE state = 'new'), "  # noqa: S608
        f"(SELECT count(*) FROM {door.read} WHERE state = 'refused'), "
        f"(SELECT count(*) FROM {door.written} WHERE taken_at IS NULL)"
    )
    return row[0], row[1], row[2]


def grants(schema: str, role: str) -> str:
    """What the partner's role needs and no more, for the database's administrator to run."""
    quoted = '"' + role.replace('"', '""') + '"'
    return _GRANTS.format(schema=schema, role=quoted).strip()


def trouble(wrong: Exception) -> str:
    """What went wrong with the middle database, for log and status page, in Chinese."""
    if isinstance(wrong, asyncpg.UndefinedTableError | asyncpg.InvalidSchemaNameError):
        return "中间数据库里没有交换用的表；先运行 bridge middle-database init"
    if isinstance(wrong, asyncpg.InsufficientPrivilegeError):
        return f"中间数据库的权限不够：{wrong}"
    if isinstance(wrong, TimeoutError):
        return "中间数据库没有应答"
    said = str(wrong).splitlines() or [""]
    return f"中间数据库不可用（{type(wrong).__name__}：{said[0][:160]}）"
