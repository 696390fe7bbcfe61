"""The database: one engine, its migrations at the start, and one door for writers.

Knows SQLAlchemy and the manners SQLite needs to lose nothing: write-ahead log, an fsync for every commit,
writes that wait for each other instead of failing. PostgreSQL needs none of them. What is written is said
in db_tickets, db_outbox and db_answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bridge.adapters.db_migrate import migrate
from bridge.adapters.metrics import DB_WRITE
from bridge.errors import ConfigError

_LOG = structlog.get_logger(__name__)

BUSY_MS: Final = 5000
"""How long SQLite waits for another process's write (a backup, `sqlite3` in a shell) before it gives up."""

_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # NORMAL may lose the last commits of a WAL at a power cut
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA foreign_keys=ON",
)


class Database:
    """`url`: an SQLAlchemy URL of an asyncio driver. Start before use; stop twice is harmless."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._engine: AsyncEngine | None = None
        self._writing = asyncio.Lock()

    async def start(self) -> None:
        """Open it and bring it to the newest shape. Raises ConfigError if it can't be opened."""
        try:
            if self._sqlite and self._url.database:
                _make_folder(self._url.database)
            self._engine = self._opened()
            async with self.write() as connection:
                await connection.run_sync(migrate)
        except (SQLAlchemyError, OSError) as wrong:
            await self.stop()
            shown = self._url.render_as_string(hide_password=True)
            raise ConfigError((f"数据库打不开（{shown}）：{_reason(wrong)}",)) from wrong
        _LOG.info("database open", backend=self._url.get_backend_name())

    async def stop(self) -> None:
        """Close every connection, after the write in progress."""
        async with self._writing:
            engine, self._engine = self._engine, None
            if engine is not None:
                await engine.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """The writers' door: one transaction at a time, on disk when the block is left without an error."""
        async with self._writing:
            with DB_WRITE.time():
                async with self._open.connect() as plain:
                    connection = await plain.execution_options(bridge_writes=True)
                    async with connection.begin():
                        yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent view; never waits for a writer (WAL)."""
        async with self._open.connect() as connection, connection.begin():
            yield connection

    @property
    def _open(self) -> AsyncEngine:
        if self._engine is None:
            raise RuntimeError("the database is not started")
        return self._engine

    @property
    def _sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    def _opened(self) -> AsyncEngine:
        engine = create_async_engine(self._url, pool_pre_ping=not self._sqlite)
        if self._sqlite:
            event.listen(engine.sync_engine, "connect", _mind_manners)
            event.listen(engine.sync_engine, "begin", _begin)
        return engine


def _mind_manners(connection: Any, _record: Any) -> None:
    """Every new SQLite connection. The driver's own idea of transactions is switched off: `_begin` says
    BEGIN.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Any) -> None:
    # A transaction that reads first and writes later would fail with SQLITE_BUSY at once, without any wait.
    immediate = connection.get_execution_options().get("bridge_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _make_folder(database: str) -> None:
    Path(database).absolute().parent.mkdir(parents=True, exist_ok=True)


def _reason(wrong: Exception) -> str:
    return str(getattr(wrong, "orig", None) or wrong).splitlines()[0]
