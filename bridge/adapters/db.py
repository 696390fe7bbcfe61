"""The database: one engine, its migrations at the start, one door for readers and one for writers.

Knows SQLAlchemy and the manners SQLite needs to lose nothing: write-ahead log, an fsync for every commit,
writes that wait for each other instead of failing. PostgreSQL has many writers at once, of this bridge and of
others; what must not happen twice at once is said by `alone`. What is written is said in db_tickets,
db_outbox and db_answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bridge.adapters.db_migrate import migrate
from bridge.adapters.db_sealed import use
from bridge.adapters.metrics import DB_WRITE
from bridge.errors import ConfigError
from bridge.tickets.vault import Vault

_LOG = structlog.get_logger(__name__)

BUSY_MS: Final = 5000
"""How long SQLite waits for another process's write (a backup, `sqlite3` in a shell) before it gives up."""

WRITERS: Final = 16
"""Transactions at once that write to PostgreSQL: more than two cores keep busy, few enough for four bridges
on a server with its usual 100 connections."""

READERS: Final = 8
"""Connections for those who only read. Whoever finds none left waits for the next."""

_VIEW: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # NORMAL may lose the last commits of a WAL at a power cut
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA foreign_keys=ON",
)

_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 12345110))")


class Database:
    """`url`: an SQLAlchemy URL of an asyncio driver. vault: what personal data is sealed with, None: it lies
    open. Start before use; stop twice is harmless."""

    def __init__(self, url: str, vault: Vault | None = None) -> None:
        self._url, self._vault = make_url(url), vault
        self._engine: AsyncEngine | None = None
        self._writers = 1 if self._sqlite else WRITERS
        self._turns = asyncio.Semaphore(self._writers)

    async def start(self) -> None:
        """Open it and bring it to the newest shape. Raises ConfigError if it can't be opened."""
        try:
            if self._sqlite and self._url.database:
                _make_folder(self._url.database)
            self._engine = self._opened()
            use(self._engine, self._vault)
            async with self.write() as connection:
                await alone(connection, "migrations")
                await connection.run_sync(migrate)
        except (SQLAlchemyError, OSError, ImportError) as wrong:
            await self.stop()
            shown = self._url.render_as_string(hide_password=True)
            raise ConfigError((f"数据库打不开（{shown}）：{_reason(wrong)}",)) from wrong
        _LOG.info("database open", backend=self._url.get_backend_name())

    async def stop(self) -> None:
        """Close every connection, after the writes in progress."""
        for _ in range(self._writers):
            await self._turns.acquire()
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.dispose()
        for _ in range(self._writers):
            self._turns.release()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """The writers' door: a transaction, on disk when the block is left without an error. In SQLite one at
        a time."""
        async with self._turns:
            with DB_WRITE.time():
                async with self._open.connect() as plain:
                    connection = await plain.execution_options(bridge_writes=True)
                    async with connection.begin():
                        yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent view, the same for every question asked in it; never waits for a writer."""
        async with self._open.connect() as plain:
            connection = plain if self._sqlite else await plain.execution_options(**_VIEW)
            async with connection.begin():
                yield connection

    @property
    def shared(self) -> bool:
        """Other bridges may be writing to it, too."""
        return not self._sqlite

    @property
    def _open(self) -> AsyncEngine:
        if self._engine is None:
            raise RuntimeError("the database is not started")
        return self._engine

    @property
    def _sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    def _opened(self) -> AsyncEngine:
        # Parameters are what callers said and their numbers: an error's text goes to the log without them.
        if not self._sqlite:
            engine = create_async_engine(
                self._url,
                hide_parameters=True,
                pool_pre_ping=True,
                pool_size=WRITERS + READERS,
                max_overflow=0,
            )
            event.listen(engine.sync_engine, "handle_error", _leave_out_the_row)
            return engine
        engine = create_async_engine(self._url, hide_parameters=True)
        event.listen(engine.sync_engine, "connect", _mind_manners)
        event.listen(engine.sync_engine, "begin", _begin)
        return engine


async def alone(connection: AsyncConnection, *what: str) -> None:
    """Whoever else writes about the same thing waits until this transaction has ended: for what is looked up
    first and written then. In SQLite everybody waits anyway. Of several things name them in one order."""
    if connection.dialect.name == "sqlite":
        return
    for each in what:
        await connection.execute(_LOCK, {"what": each})


HANDLINGS_TURN: Final = "handlings"
"""Taken first by whoever writes handlings: one transaction of them at a time, so that the log's numbers
appear in their order (who reads the changes since a number must miss none) and no two make one ticket."""


def insert_into(connection: AsyncConnection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, which both databases have and SQLAlchemy's own does not."""
    return (sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert)(table)


@lru_cache(maxsize=64)
def merged(dialect: str, table: Table, keys: tuple[str, ...], changed: tuple[str, ...]) -> Any:
    """An INSERT, of one row or of many, that changes those columns of a row that is there already. Made once:
    SQLAlchemy takes longer to put such a statement together than SQLite to carry it out."""
    row = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    set_ = {name: row.excluded[name] for name in changed}
    return row.on_conflict_do_update(index_elements=list(keys), set_=set_)


def _mind_manners(connection: Any, _record: Any) -> None:
    """Every new SQLite connection. The driver's own idea of transactions is switched off: `_begin` says
    BEGIN.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _leave_out_the_row(context: ExceptionContext) -> None:
    """PostgreSQL tells the whole row in an error's detail: that must not get into a log."""
    wrong = context.original_exception.__cause__
    if hasattr(wrong, "detail"):
        wrong.detail = None  # type: ignore[union-attr]


def _begin(connection: Any) -> None:
    # A transaction that reads first and writes later would fail with SQLITE_BUSY at once, without any wait.
    immediate = connection.get_execution_options().get("bridge_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _make_folder(database: str) -> None:
    Path(database).absolute().parent.mkdir(parents=True, exist_ok=True)


def _reason(wrong: Exception) -> str:
    if isinstance(wrong, ImportError):
        return "没有安装 PostgreSQL 的驱动，请运行 pip install 'bridge-12345-110[postgres]'"
    return str(getattr(wrong, "orig", None) or wrong).splitlines()[0]
