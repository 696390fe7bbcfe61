"""A PostgreSQL database dumped and restored by its own programs: pg_dump, pg_restore, psql."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bridge.adapters.backup_schema import VERSION, About, counting
from bridge.errors import UnusableBackup

_BARE: Final = ("--no-owner", "--no-privileges")
_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


async def dump(url: URL, to: Path) -> About:
    """A dump of one moment, and what is in it at that moment. Writers don't wait."""
    program = _program("pg_dump")
    engine = create_async_engine(url, hide_parameters=True, isolation_level="REPEATABLE READ")
    try:
        async with engine.connect() as connection:
            snapshot = str((await connection.execute(text("SELECT pg_export_snapshot()"))).scalar())
            found = await _about(connection)
            options = ["--format=custom", f"--snapshot={snapshot}", *_BARE]
            await asyncio.to_thread(_run, url, program, *options, f"--file={to}")
            return found
    finally:
        await engine.dispose()


async def holds_something(url: URL) -> bool:
    """Whether there is a row in it that would be lost."""
    engine = create_async_engine(url, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            return any((await _about(connection))["counts"].values())
    finally:
        await engine.dispose()


async def put(staged: Path, url: URL) -> None:
    """The dump in the place of what is there, in one transaction: whole, or nothing has changed."""
    script = staged.with_suffix(".sql")
    await asyncio.to_thread(_run, url, _program("pg_restore"), *_BARE, f"--file={script}", str(staged))
    empty = ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    wanted = [part for each in empty for part in ("-c", each)]
    options = ["-X", "-q", "--single-transaction", "-v", "ON_ERROR_STOP=1", *wanted, "-f", str(script)]
    await asyncio.to_thread(_run, url, _program("psql"), *options)


async def _about(connection: AsyncConnection) -> About:
    names = set((await connection.execute(text(_TABLES))).scalars())
    schema = (await connection.execute(text(VERSION))).scalar() if "alembic_version" in names else ""
    counts = {name: (await connection.execute(text(each))).scalar() for name, each in counting(names)}
    return About(schema=str(schema or ""), counts={name: int(count or 0) for name, count in counts.items()})


def _run(url: URL, program: str, *options: str) -> None:
    """Raises UnusableBackup with what the program says."""
    host = url.host or url.query.get("host") or ""
    environment = {
        **os.environ,
        "PGHOST": str(host),
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username or "",
        "PGDATABASE": url.database or "",
        "PGPASSWORD": str(url.password or ""),
    }
    done = subprocess.run([program, *options], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["没有说原因"])[0]
        raise UnusableBackup(f"{Path(program).name} 没有做成：{said}")


def _program(name: str) -> str:
    """The newest there is: one older than the server refuses."""
    debian = Path("/usr/lib/postgresql")
    found = sorted(debian.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]), reverse=True)
    program = str(found[0]) if found else shutil.which(name)
    if program is None:
        raise UnusableBackup(f"没有 {name}：安装 postgresql-client（版本不低于服务器）")
    return program
