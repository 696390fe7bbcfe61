"""`bridge erase`: one person's data, on request."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.app.command import ConfigOption, checked, fail

if TYPE_CHECKING:
    from bridge.adapters.db_erase import Eraser, Whose
    from bridge.settings import Settings


def register(app: typer.Typer) -> None:
    """The command of the command line."""
    app.command("erase")(erase)


def erase(
    number: Annotated[str, typer.Option(help="这个电话号码的一切")] = "",
    ticket: Annotated[str, typer.Option(help="这张工单和它的电话")] = "",
    call: Annotated[str, typer.Option(help="这通电话和它的工单")] = "",
    by: Annotated[str, typer.Option(help="谁要求、谁批准的，记在案")] = "",
    why: Annotated[str, typer.Option(help="为什么，记在案（不要写个人信息）")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="不再问")] = False,
    config: ConfigOption = Path("config/bridge.yaml"),
) -> None:
    """删除一个人的信息：工单、办理记录里的话、转写、录音文件、待发的信、检索。编号、时间、状态和统计保留，校验链仍可验。
    已经发给对方平台的和以前的备份里的，要另外处理。"""
    if [bool(number), bool(ticket), bool(call)].count(True) != 1:
        fail("--number、--ticket、--call 写一个", 1)
    if not by:
        fail("写明 --by 谁要求、谁批准的", 1)
    from bridge.errors import AdministratorError

    try:
        asyncio.run(_erase(checked(config), number, ticket, call, by[:128], why[:500], yes))
    except AdministratorError as error:
        fail(str(error), 1)


async def _erase(
    settings: Settings, number: str, ticket: str, call: str, by: str, why: str, yes: bool
) -> None:
    from bridge.access.audit import Deed
    from bridge.adapters.db_audit import AuditTable
    from bridge.adapters.db_erase import Eraser
    from bridge.app.transcripts import transcript_table
    from bridge.app.vaults import opened
    from bridge.clock import SystemClock

    database = opened(settings)
    await database.start()
    try:
        eraser = Eraser(database, transcript_table(settings, database))
        whose = await _whose(eraser, number, ticket, call)
        tapes = await eraser.recordings(whose)
        typer.echo(f"工单 {len(whose.tickets)} 张，电话 {len(whose.calls)} 通，录音 {len(tapes)} 个")
        if not yes and not typer.confirm("删除以后不能恢复，继续？"):
            raise typer.Exit(1)
        await eraser.check(whose)
        gone = [file for file, path in tapes if _deleted(settings.recording.folder / path)]
        now = SystemClock().wall()
        counts = await eraser.erase(whose, now=now, by=by, why=why, files=gone)
        told = " ".join(f"{name}={count}" for name, count in counts.items())
        await AuditTable(database).append([Deed(now, by, "", "", "data.erased", detail=told)])
    finally:
        await database.stop()
    typer.echo("删除了：" + ("，".join(f"{name} {count} 行" for name, count in counts.items()) or "没有找到"))
    if len(gone) < len(tapes):
        folder, left = settings.recording.folder, len(tapes) - len(gone)
        fail(f"有 {left} 个录音文件没有删掉：检查 {folder} 的权限，再运行一次", 1)


async def _whose(eraser: Eraser, number: str, ticket: str, call: str) -> Whose:
    if number:
        return await eraser.of_number(number)
    return await (eraser.of_ticket(ticket) if ticket else eraser.of_call(call))


def _deleted(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
