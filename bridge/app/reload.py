"""`bridge reload`: asks a running bridge to take over its file, and prints what came of it."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from bridge.app.command import fail

PATIENCE: Final = 30.0
"""Seconds; a file of a thousand routes takes one."""
_KINDS: Final = {"added": "新加", "removed": "去掉", "changed": "改了", "reordered": "次序变了"}


def register(app: typer.Typer) -> None:
    """The command of the command line."""
    app.command("reload")(reload)


def reload(
    url: Annotated[str, typer.Option(help="正在运行的 bridge 的接口")] = "http://127.0.0.1:8080",
    token: Annotated[str, typer.Option(envvar="BRIDGE_TOKEN", help="有 admin 权限的令牌")] = "",
) -> None:
    """让正在运行的系统重新读它的配置文件，不断通话。文件有错时什么也不改，列出每一行，退出码为 2。
    没有令牌时也可以向 bridge serve 发 SIGHUP，结果看日志。"""
    from bridge.errors import AdministratorError

    try:
        done, said = asked(url, token)
    except AdministratorError as error:
        fail(str(error), 1)
    for line in said:
        typer.echo(line, err=not done)
    if not done:
        fail("没有载入，什么也没有变", 2)


def asked(url: str, token: str) -> tuple[bool, list[str]]:
    """Whether it was taken over, and the lines for people. Raises AdministratorError."""
    from bridge.app.asking import ask

    answer = ask(
        url,
        "/api/v1/admin/reload",
        token,
        {},
        patience=PATIENCE,
        right="有 admin 权限、不属于某一个平台的",
        missing=f"{url} 没有重新载入的接口：版本太旧，或者不是 bridge",
        method="POST",
        also=409,
    )
    if answer.status_code == 409:
        return False, [each["what"] for each in answer.json().get("errors", [])]
    return True, said(answer.json())


def said(done: dict[str, Any]) -> list[str]:
    """What a reload has come to, a line each."""
    if not done["applied"] and not done["waiting"]:
        return ["载入了：没有变化"]
    applied = [f"换上了  {_line(each)}" for each in done["applied"]]
    waiting = [f"等重启  {_line(each)}" for each in done["waiting"]]
    return [*applied, *waiting, *(f"{line}（提醒）" for line in done["warnings"])]


def _line(change: dict[str, str]) -> str:
    return f"{change['key']}（{_KINDS.get(change['kind'], change['kind'])}）"
