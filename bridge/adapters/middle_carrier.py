"""Letters laid down in the shared middle database: one row each, once for each message id, in the order they
come.

A Carrier of push_lane's: a row that is on the other side's disk is a letter delivered. Beside it, where the
tables are ours, the list of tickets people look at is kept.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import Any, Final

import asyncpg

from bridge.adapters.db_outbox import Letter
from bridge.adapters.middle_tables import COMMAND_S, CONNECT_S, LARGEST_BODY, MiddleDoor, trouble
from bridge.adapters.push_answer import Verdict
from bridge.handling.overview import of_letter
from bridge.post.signing import seal

CONNECTIONS: Final = 2
"""More would only wait for each other at the database's disk."""
PATIENCE_S: Final = CONNECT_S + COMMAND_S
_COLUMNS: Final = (
    "message_id", "type", "ticket", "incident", "version", "who", "reason", "number", "owner", "at", "body",
    "signature",
)  # fmt: skip
_SAID: Final = ("who", "reason", "number", "owner")
_BROKEN: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
DOWN: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError)
"""What a database that is not there, or not as it should be, raises."""


class MiddleCarrier:
    """Writes to one partner's middle database. `close` when done."""

    def __init__(self, door: MiddleDoor) -> None:
        self._door = door
        self._pool: asyncpg.Pool[Any] | None = None
        self._opening = asyncio.Lock()
        values = ", ".join(f"${at}" for at in range(1, len(_COLUMNS) + 1))
        self._insert = (
            f"INSERT INTO {door.written} AS old ({', '.join(_COLUMNS)}) VALUES ({values}) "  # noqa: S608
            "ON CONFLICT (message_id) DO UPDATE "
            "SET state = 'new', problem = '', handled_at = NULL, noted = 0 WHERE old.state = 'refused'"
        )

    async def close(self) -> None:
        """Close its connections."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.terminate()

    async def post(self, letter: Letter, now: datetime) -> Verdict:
        """Write the row. A row that is there already stays as it is, unless it was refused: then it counts
        anew. Never raises for anything the database does."""
        try:
            said = json.loads(letter.body)
            row = self._row(letter, said, now)
        except LookupError:
            return Verdict("untrusted", "没有在有效期内的签名密钥：在 keys 里补上新的密钥")
        if len(letter.body.encode()) > LARGEST_BODY:
            return Verdict("refused", f"这封信超过 {LARGEST_BODY // 1024 // 1024} MB，中间数据库不收")
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._write(row, said, letter.ticket)
        except _BROKEN as wrong:
            return Verdict("refused", f"中间数据库不收这一行（{type(wrong).__name__}）")
        except DOWN as wrong:
            return Verdict("unreachable", trouble(wrong))
        return Verdict("delivered")

    def _row(self, letter: Letter, said: dict[str, Any], now: datetime) -> tuple[Any, ...]:
        deed = said["data"].get("deed") or {}
        keys = self._door.keys
        signed = seal(letter.id, now, letter.body.encode(), keys) if keys else ""
        words = (str(deed.get(name, "")) for name in _SAID)
        return (
            letter.id, said["type"], letter.ticket, letter.incident, letter.version, *words,
            letter.created_at, letter.body, signed,
        )  # fmt: skip

    async def _write(self, row: tuple[Any, ...], said: dict[str, Any], ticket: str) -> None:
        pool = await self._opened()
        async with pool.acquire(timeout=CONNECT_S) as connection, connection.transaction():
            await connection.execute(self._insert, *row)
            if self._door.ours:
                await list_ticket(connection, self._door.schema, {"ticket": ticket, **of_letter(said)})

    async def _opened(self) -> asyncpg.Pool[Any]:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._door.dsn, min_size=0, max_size=CONNECTIONS, timeout=CONNECT_S,
                    command_timeout=COMMAND_S, server_settings={"application_name": "bridge 12345-110"},
                )  # fmt: skip
            return self._pool


async def list_ticket(connection: asyncpg.Connection[Any], schema: str, line: dict[str, Any]) -> None:
    """Bring the ticket's line up to date, unless it knows something newer. line: the ticket, and columns of
    handling.overview's, if any."""
    if len(line) < 2:
        return
    version = "papers_version" if "papers_version" in line else "handling_version"
    values = ", ".join(f"${at}" for at in range(1, len(line) + 1))
    news = ", ".join(f"{name} = excluded.{name}" for name in line)
    await connection.execute(
        f"INSERT INTO {schema}.bridge_tickets AS old ({', '.join(line)}) VALUES ({values}) "  # noqa: S608
        f"ON CONFLICT (ticket) DO UPDATE SET {news}, changed_at = now() "
        f"WHERE old.{version} <= excluded.{version}",
        *line.values(),
    )  # fmt: skip
