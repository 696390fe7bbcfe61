"""`bridge outbox list | replay`: letters a partner does not have, from a running bridge."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import typer

UrlOption = Annotated[str, typer.Option(help="正在运行的 bridge 的接口")]
TokenOption = Annotated[str, typer.Option(envvar="BRIDGE_TOKEN", help="令牌：看要 read，重发要 review")]
HOME: Final = "http://127.0.0.1:8080"
PATIENCE: Final = 30.0
"""Seconds."""
PAGE: Final = 200
_STATES: Final = {"parked": "对方拒收", "expired": "太久没送到", "waiting": "等着发"}


def register(app: typer.Typer) -> None:
    """The commands of the command line."""
    group = typer.Typer(no_args_is_help=True, help="没送到对方平台的信：查看、重发")
    group.command("list")(show)
    group.command("replay")(replay)
    app.add_typer(group, name="outbox")


def show(
    state: Annotated[
        Literal["dead", "parked", "expired", "waiting"],
        typer.Option(help="dead 死信（拒收的和太久没送到的）、parked、expired，或 waiting 还在等的"),
    ] = "dead",
    platform: Annotated[str, typer.Option(help="只看写给这个平台的")] = "",
    url: UrlOption = HOME,
    token: TokenOption = "",
) -> None:
    """列出没送到的信，旧的在前。"""
    states = ("parked", "expired") if state == "dead" else (state,)
    letters = [letter for each in states for letter in _all(url, token, each, platform)]
    for letter in sorted(letters, key=lambda each: int(each["number"])):
        typer.echo(_line(letter))
    if not letters:
        typer.echo("没有", err=True)


def replay(
    ids: Annotated[list[str], typer.Argument(help="信的编号（msg_…），一封或几封；all = 全部死信")],
    platform: Annotated[str, typer.Option(help="all 时只重发写给这个平台的")] = "",
    url: UrlOption = HOME,
    token: TokenOption = "",
) -> None:
    """重发死信：编号不变，对方凭它去重。有没重发成的，退出码为 1。"""
    wanted = ids
    if ids == ["all"]:
        found = [each for state in ("parked", "expired") for each in _all(url, token, state, platform)]
        wanted = [str(each["id"]) for each in sorted(found, key=lambda each: int(each["number"]))]
    failed = 0
    for letter in wanted:
        failed += not _replayed(url, token, letter)
    raise typer.Exit(1 if failed else 0)


def _replayed(url: str, token: str, letter: str) -> bool:
    from bridge.app.asking import ask
    from bridge.errors import AdministratorError

    try:
        ask(
            url, f"/api/v1/outbox/{letter}/replay", token, {}, patience=PATIENCE,
            right="有 review 或 admin 权限的", missing=f"没有编号为 {letter} 的信", method="POST",
        )  # fmt: skip
    except AdministratorError as error:
        typer.echo(f"{letter}  {error}", err=True)
        return False
    typer.echo(f"{letter}  已放回去重发")
    return True


def _all(url: str, token: str, state: str, platform: str) -> list[dict[str, Any]]:
    """Every page of a list."""
    from bridge.app.asking import ask
    from bridge.app.command import fail
    from bridge.errors import AdministratorError

    found: list[dict[str, Any]] = []
    params = {"state": state, "most": str(PAGE), **({"platform": platform} if platform else {})}
    try:
        while True:
            after = {"after": str(found[-1]["number"])} if found else {}
            page = ask(
                url, "/api/v1/outbox", token, {**params, **after}, patience=PATIENCE,
                right="有 read 权限的", missing="这个 bridge 没有这个接口",
            ).json()["letters"]  # fmt: skip
            found += page
            if len(page) < PAGE:
                return found
    except AdministratorError as error:
        fail(str(error), 1)


def _line(letter: dict[str, Any]) -> str:
    return (
        f"{letter['id']}  {letter['created_at'][:19]}  写给 {letter['platform']}  事件 {letter['incident']}  "
        f"{letter['kind']} 第 {letter['version']} 版  {_STATES[letter['state']]}  "
        f"试过 {letter['attempts']} 次  {letter['trouble']}"
    )
