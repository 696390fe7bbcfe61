"""`bridge middle-database init | check`: the tables of a shared middle database, and what the partner may do
there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bridge.app.command import ConfigOption, checked, fail

if TYPE_CHECKING:
    from bridge.adapters.middle_tables import MiddleDoor

T = TypeVar("T")
PlatformOption = Annotated[str, typer.Option(help="哪个平台（tickets 里写了 by: database）")]


def register(app: typer.Typer) -> None:
    """The commands of the command line."""
    group = typer.Typer(no_args_is_help=True, help="共建中间数据库：建表、授权、检查")
    group.command("init")(init)
    group.command("check")(check)
    app.add_typer(group, name="middle-database")


def init(
    platform: PlatformOption,
    role: Annotated[str, typer.Option(help="对方用的数据库角色；只列出要给它的权限，不执行")] = "对方的角色",
    config: ConfigOption = Path("config/bridge.yaml"),
) -> None:
    """建立交换用的表（再运行一次没有害处），并列出该给对方的最小权限。"""
    from bridge.adapters.middle_tables import bring_up, grants

    door = _door(config, platform)
    if not door.ours:
        fail("表由对方建立（tables: theirs），不用在这里建", 1)
    found, now = _with(door, lambda connection: bring_up(connection, door.schema))
    done = f"已是第 {now} 版，没有改动" if found == now else f"从第 {found} 版到第 {now} 版"
    typer.echo(f"{platform}：模式 {door.schema} {done}", err=True)
    typer.echo("-- 由数据库管理员执行，只给对方这些权限：", err=True)
    typer.echo(grants(door.schema, role))


def check(platform: PlatformOption, config: ConfigOption = Path("config/bridge.yaml")) -> None:
    """连一次：表在不在、是第几版，两个方向各有多少行在等。"""
    from bridge.adapters.middle_tables import version_of, waiting

    door = _door(config, platform)

    async def look(connection: Any) -> tuple[int, int, int, int]:
        return await version_of(connection, door.schema), *await waiting(connection, door)

    version, new, refused, unread = _with(door, look)
    typer.echo(
        f"{platform}：模式 {door.schema} 第 {version} 版；对方写的还没处理 {new} 行、被拒 {refused} 行"
    )
    typer.echo(f"我们写的，对方还没标记已读 {unread} 行")


def _door(config: Path, platform: str) -> MiddleDoor:
    from bridge.app.ways import middle_door

    found = checked(config).platforms.get(platform)
    if found is None or found.tickets is None or found.tickets.by != "database":
        fail(f"配置里没有用中间数据库（by: database）的平台 {platform}", 1)
    return middle_door(platform, found.tickets)


def _with(door: MiddleDoor, work: Callable[[Any], Awaitable[T]]) -> T:
    from bridge.adapters.middle_carrier import DOWN
    from bridge.adapters.middle_tables import connect, trouble

    async def run() -> T:
        connection = await connect(door)
        try:
            return await work(connection)
        finally:
            await connection.close()

    try:
        return asyncio.run(run())
    except DOWN as wrong:
        fail(trouble(wrong), 1)
