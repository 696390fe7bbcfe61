"""`bridge database rekey | index`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bridge.app.command import ConfigOption, checked, fail

if TYPE_CHECKING:
    from bridge.adapters.db import Database
    from bridge.settings import Settings
    from bridge.tickets.vault import Vault


def register(app: typer.Typer) -> None:
    """The commands of the command line."""
    group = typer.Typer(no_args_is_help=True, help="数据库：换密钥、重建检索")
    group.command("rekey")(rekey)
    group.command("index")(index)
    app.add_typer(group, name="database")


def rekey(config: ConfigOption = Path("config/bridge.yaml")) -> None:
    """用现在的密钥把个人信息重新加密一遍（以前没有加密的也加密），再重建检索。
    先停掉 bridge。可以中断，再运行一次就接着做。"""
    from bridge.app.vaults import vault

    settings = checked(config)
    keys = vault(settings)
    if keys is None:
        fail("database 没有写密钥（secret_file 或 secret_env），不知道用什么加密", 2)
    _run(_rekey(settings, keys))


def index(config: ConfigOption = Path("config/bridge.yaml")) -> None:
    """把全部工单和转写重新编入检索（升级之前的、改过的）。bridge 可以在运行。"""
    _run(_index(checked(config)))


def _run(work: Coroutine[Any, Any, None]) -> None:
    from bridge.errors import AdministratorError

    try:
        asyncio.run(work)
    except AdministratorError as error:
        fail(str(error), 1)


async def _rekey(settings: Settings, keys: Vault) -> None:
    from bridge.adapters.db_rekey import rekey as all_tables
    from bridge.app.vaults import opened

    database = opened(settings)
    await database.start()
    try:
        async for table, count in all_tables(database, keys):
            typer.echo(f"{table}: 重新加密 {count} 行")
        await _filed(settings, database)
    finally:
        await database.stop()
    typer.echo(f"全部用指纹 {keys.name} 的密钥加密；old_keys 里的可以删去了")


async def _index(settings: Settings) -> None:
    from bridge.app.vaults import opened

    database = opened(settings)
    await database.start()
    try:
        await _filed(settings, database)
    finally:
        await database.stop()


async def _filed(settings: Settings, database: Database) -> None:
    from bridge.adapters.db_index import index as everything
    from bridge.app.transcripts import transcript_table

    count = await everything(database, transcript_table(settings, database))
    typer.echo(f"检索里有 {count} 份工单和转写")
