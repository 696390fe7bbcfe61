"""The doors: `bridge serve | check | route | ladder | transcript …`; `serve`'s own are in `app.processes`.

Reads the command line, prints for people, turns errors into exit codes: 0 done, 1 something given did not
work, 2 the configuration (or model) must not go live. Each command imports what it needs when it runs, so
that the media process stays as small as its work.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from bridge.app import (
    backup,
    batch,
    database,
    deadline,
    erase,
    keys,
    middle,
    models,
    outbox,
    processes,
    reload,
    scope,
    stats,
    users,
)
from bridge.app.command import ConfigOption, checked, fail

app = typer.Typer(add_completion=False, no_args_is_help=True, help="12345 与 110 一键转接")

DEFAULT_CONFIG: Final = Path("config/bridge.yaml")


@app.command()
def serve(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """启动转接桥：媒体、语音识别、控制三个进程，直到 Ctrl-C。"""
    from bridge.adapters.scope_files import faults
    from bridge.app.logs import set_up
    from bridge.app.serve import serve as run
    from bridge.app.serve import to_terminal
    from bridge.app.watch import NotReady

    settings = checked(config)
    for line in (wrong := faults(settings.scope.folder)):
        typer.echo(line, err=True)
    if wrong:
        fail("事项清单有错，没有启动", 2)
    set_up(settings.log.level, settings.log.format)
    try:
        run(config, settings, to_terminal)
    except NotReady as error:
        fail(str(error), 1)


@app.command()
def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """检查配置文件：列出每一处错误在哪一行、应该怎么写。有错时退出码为 2。"""
    from bridge.adapters import place_files
    from bridge.adapters.config_file import inspect
    from bridge.adapters.scope_files import faults
    from bridge.app.deadline_report import unknown_classes
    from bridge.app.models import fault

    report = inspect(config)
    places, reminders = place_files.faults(place_files.shipped())
    lists = faults(report.settings.scope.folder) if report.settings else ()
    model = None if report.problems or report.settings is None else fault(report.settings)
    wrong = (*report.problems, *lists, *places, *([model] if model else []))
    classes = unknown_classes(config, report.settings) if report.settings and not lists else ()
    for line in (
        *wrong,
        *(f"{line}（提醒，不影响启动）" for line in (*report.warnings, *classes, *reminders)),
    ):
        typer.echo(line, err=True)
    if wrong:
        typer.echo(f"{config}: 有 {len(wrong)} 处错误，改好之前不要启用", err=True)
        raise typer.Exit(2)
    typer.echo(f"{config}: 没有错误")


@app.command()
def openapi(
    out: Annotated[Path | None, typer.Option(help="写到哪个文件；不写就打印")] = None,
) -> None:
    """打印接口说明（OpenAPI 3.1），给对方平台的开发者；系统运行时也在 /openapi.json 和网页 /docs。"""
    from bridge.app.openapi import described

    text = described()
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text + "\n")
        typer.echo(f"已写到 {out}")


@app.command()
def route(
    number: Annotated[str, typer.Argument(help="拨的号码")],
    trunk: Annotated[str | None, typer.Option("--from", help="从哪条中继来")] = None,
    agent: Annotated[str | None, typer.Option("--from-agent", help="哪个话务员拨的（分机号）")] = None,
    at: Annotated[str | None, typer.Option(help="什么时候，如 2026-10-01T20:30；默认现在")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """一个号码会转到哪里、为什么：依次列出目标；系统在运行时连线路状态一起列。没有路由时退出码为 1。"""
    from bridge.app.route import run
    from bridge.errors import AdministratorError, ConfigError
    from bridge.routing.plan import Origin

    if (trunk is None) == (agent is None):
        fail("写明从哪里来：--from 中继名，或 --from-agent 分机号，二选一", 1)
    origin = Origin("trunk", trunk) if trunk is not None else Origin("agent", str(agent))
    try:
        raise typer.Exit(run(config, number, origin, at))
    except ConfigError as error:
        for line in error.problems:
            typer.echo(line, err=True)
        fail(f"{config}: 配置有错，先改好", 2)
    except AdministratorError as error:
        fail(str(error), 1)


@app.command("stand-in")
def stand_in(
    port: Annotated[int, typer.Option(help="端口", min=0, max=65535)] = 8110,
    host: Annotated[str, typer.Option(help="监听地址；默认只对本机开放")] = "127.0.0.1",
    secret_file: Annotated[Path | None, typer.Option(help="签名密钥文件（whsec_…）")] = None,
    store: Annotated[Path | None, typer.Option(help="保存收到的工单的文件夹")] = None,
    fail_first: Annotated[int, typer.Option(help="先拒绝这么多次（演练对方系统故障）", min=0)] = 0,
) -> None:
    """启动一个替身工单平台（代替 110 或 12345 的工单系统）：验签、入库、网页显示收到的工单。"""
    from bridge.app.stand_in import run

    run(host, port, secret_file, store, fail_first)


@app.command()
def demo(
    direction: Annotated[Literal["12345-110", "110-12345"], typer.Option(help="转接方向")] = "12345-110",
    far: Annotated[
        Literal["answers", "busy", "silent", "dead"], typer.Option(help="对方：接听、占线、无人接、线路不通")
    ] = "answers",
    mode: Annotated[
        Literal["direct", "conference", "consult"], typer.Option(help="直转、三方通话、咨询转接")
    ] = "direct",
    press: Annotated[Literal["api", "dtmf"], typer.Option(help="一键转接的按法")] = "api",
    once: Annotated[bool, typer.Option("--once", help="演示一次就结束")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="最后输出一行 JSON")] = False,
    picture: Annotated[Path | None, typer.Option(help="把最后的画面存成 SVG")] = None,
) -> None:
    """在本机演示一次完整的一键转接：三部电话、真实语音、实时转写、工单。"""
    from bridge.demo.show import run

    raise typer.Exit(
        run(
            direction=direction,
            far=far,
            mode=mode,
            press=press,
            once=once,
            as_json=as_json,
            picture=picture,
        )
    )


@app.command()
def ladder(
    call_id: Annotated[str, typer.Argument(help="通话编号（网页、日志、工单里都有）", metavar="CALL_ID")],
    url: Annotated[str, typer.Option(help="正在运行的 bridge 的接口")] = "http://127.0.0.1:8080",
    token: Annotated[str, typer.Option(envvar="BRIDGE_TOKEN", help="有 admin 权限的令牌")] = "",
    numbers: Annotated[bool, typer.Option("--numbers", help="显示完整的电话号码")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """画出一通电话的信令图：每条话路的每条 SIP 消息、先后和间隔。"""
    from bridge.app import ladder as room
    from bridge.errors import AdministratorError

    try:
        found = room.fetch(url, call_id, token, numbers=numbers)
    except AdministratorError as error:
        fail(str(error), 1)
    typer.echo(room.as_json(found) if as_json else room.as_text(found), nl=as_json)


@app.command()
def transcript(
    what: Annotated[str, typer.Argument(help="通话编号；或 verify（校验）", metavar="CALL | verify")],
    which: Annotated[
        str, typer.Argument(help="校验哪通电话，或导出的 .json、.vcon 文件", metavar="[CALL | FILE]")
    ] = "",
    form: Annotated[Literal["text", "srt", "json", "vcon"], typer.Option("--format", help="格式")] = "text",
    out: Annotated[Path | None, typer.Option(help="写进文件")] = None,
    recording: Annotated[Path | None, typer.Option(help="校验时：录音文件是不是链里的那一个")] = None,
    url: Annotated[str, typer.Option(help="正在运行的 bridge 的接口")] = "http://127.0.0.1:8080",
    token: Annotated[
        str, typer.Option(envvar="BRIDGE_TOKEN", help="有 read 权限的令牌；校验要 personal")
    ] = "",
) -> None:
    """导出一通电话的转写；`transcript verify` 校验有没有被改动、缺失（不完整时退出码为 1）。"""
    from bridge.app import transcript as room
    from bridge.errors import AdministratorError

    try:
        if what == "verify" and which:
            file = Path(which)
            text = file.read_text() if file.is_file() else room.fetch(url, which, token, "json")
            typer.echo(room.check(text, recording))
            return
        text = room.fetch(url, what, token, form)
        if out is not None:
            out.write_text(text)
    except AdministratorError as error:
        fail(str(error), 1)
    except (OSError, UnicodeDecodeError) as error:
        fail(f"文件读写不了：{error}", 1)
    if out is None:
        typer.echo(text, nl=not text.endswith("\n"))


@app.command()
def recording(
    file: Annotated[Path, typer.Argument(help="录音文件（.wav 或加密的 .sealed）")],
    out: Annotated[Path | None, typer.Option(help="写成普通 WAV 文件的位置")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    key_file: Annotated[Path | None, typer.Option(help="密钥文件；不写就用配置里的")] = None,
) -> None:
    """看一段录音：长度、SHA-256、是否完整；加 --out 得到能播放的 WAV（加密的会解密）。"""
    from bridge.app.recordings import show
    from bridge.errors import UnusableRecording

    try:
        typer.echo(show(file, out, config, key_file))
    except UnusableRecording as error:
        fail(f"{file}: {error}", 1)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", 1)


processes.register(app)
app.add_typer(models.app, name="model")
scope.register(app)
deadline.register(app)
users.register(app)
keys.register(app)
outbox.register(app)
reload.register(app)
stats.register(app)
batch.register(app)
database.register(app)
backup.register(app)
erase.register(app)
middle.register(app)


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
