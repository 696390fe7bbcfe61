"""`bridge batch export | import`: the commands; what they do is batches'."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bridge.app.command import ConfigOption, checked, fail


def register(app: typer.Typer) -> None:
    """The commands of the command line."""
    group = typer.Typer(no_args_is_help=True, help="和网络不通的平台交换工单：签名的批量文件")
    group.command("export")(export)
    group.command("import")(import_)
    app.add_typer(group, name="batch")


def export(
    platform: Annotated[str, typer.Argument(help="给哪个平台（配置里 tickets.by: files 的）")],
    out: Annotated[Path, typer.Option(help="文件放进这个文件夹")] = Path(),
    again: Annotated[int, typer.Option(help="重新导出第几批（文件丢了）", min=0)] = 0,
    config: ConfigOption = Path("config/bridge.yaml"),
) -> None:
    """导出等着送的工单和办理，一批一个文件；没有新的就不写文件。系统在不在运行都可以。"""
    from bridge.app.batches import make
    from bridge.errors import AdministratorError

    try:
        made = asyncio.run(make(checked(config), platform, out, again))
    except AdministratorError as wrong:
        fail(str(wrong), 1)
    except LookupError:
        fail("没有在有效期内的签名密钥：在 keys 里补上新的密钥", 1)
    except OSError as wrong:
        fail(f"{out}: 写不了（{wrong.strerror}）；没有导出", 1)
    if made is None:
        typer.echo("没有新的，没有写文件", err=True)
        return
    typer.echo(f"{out / made.name}  第 {made.sequence} 批，{len(made.letters)} 封信")


def import_(
    files: Annotated[list[Path], typer.Argument(help="对方导出的文件，一个或几个，先后随意")],
    config: ConfigOption = Path("config/bridge.yaml"),
) -> None:
    """导入对方的批量文件：验签，查有没有缺批，每封信只算一次。有没导入成的，退出码为 1。"""
    from bridge.app.batches import take
    from bridge.errors import AdministratorError

    try:
        outcomes = asyncio.run(take(checked(config), files))
    except AdministratorError as wrong:
        fail(str(wrong), 1)
    for outcome in outcomes:
        for trouble in outcome.troubles:
            typer.echo(f"{outcome.file}: {trouble}", err=True)
        if outcome.said:
            typer.echo(f"{outcome.file}: {outcome.said}")
    raise typer.Exit(1 if any(outcome.troubles for outcome in outcomes) else 0)
