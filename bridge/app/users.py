"""`bridge user | token | audit`: users, tokens of programs, and the record of deeds, by hand.

Works on the database of the configuration, whether the bridge is running or not; one that runs finds changes
within seconds. A password is read from the terminal or from standard input, never from the command line.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from bridge.access.roles import SCOPES, Role
from bridge.app.command import checked, fail

if TYPE_CHECKING:
    from bridge.app.roster import Roster

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="配置文件")]
LoginArgument = Annotated[str, typer.Argument(help="登录名", metavar="登录名")]
StdinOption = Annotated[bool, typer.Option("--password-stdin", help="密码从标准输入读（一行），不问终端")]
_CONFIG: Final = Path("config/bridge.yaml")
T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """The commands of the command line."""
    user = typer.Typer(no_args_is_help=True, help="用户：加、改、停用")
    user.command("add")(add)
    user.command("list")(list_users)
    user.command("passwd")(passwd)
    user.command("role")(role)
    user.command("extension")(set_extension)
    user.command("disable")(disable)
    user.command("enable")(enable)
    token = typer.Typer(no_args_is_help=True, help="程序和对方平台用的令牌")
    token.command("add")(add_token)
    token.command("list")(list_tokens)
    token.command("revoke")(revoke)
    audit = typer.Typer(no_args_is_help=True, help="操作记录")
    audit.command("verify")(verify)
    for group, name in ((user, "user"), (token, "token"), (audit, "audit")):
        app.add_typer(group, name=name)


def add(
    login: LoginArgument,
    as_role: Annotated[Role, typer.Option("--role", help="角色")],
    name: Annotated[str, typer.Option(help="显示的名字；不写就是登录名")] = "",
    platform: Annotated[str, typer.Option(help="属于哪个平台（配置里 platforms 的键）")] = "",
    extension: Annotated[str, typer.Option(help="话务员、班长的分机号（配置里 agents 的键）")] = "",
    password_stdin: StdinOption = False,
    config: ConfigOption = _CONFIG,
) -> None:
    """加一个用户。密码在终端里问两次；第一次登录后要换成自己的。"""
    _done(config, lambda roster: roster.check_new(login, as_role, platform, extension))
    password = _password(login, from_stdin=password_stdin)
    _done(config, lambda roster: roster.add(login, name or login, as_role, platform, extension, password))
    typer.echo(f"加好了：{login}")


def list_users(config: ConfigOption = _CONFIG) -> None:
    """全部用户：登录名、角色、平台、分机、状态、名字。"""
    for line in _done(config, lambda roster: roster.users()):
        typer.echo(line)


def passwd(login: LoginArgument, password_stdin: StdinOption = False, config: ConfigOption = _CONFIG) -> None:
    """重设密码；这个用户所有的会话都结束，登录后要换成自己的。"""
    _done(config, lambda roster: roster.known(login))
    password = _password(login, from_stdin=password_stdin)
    _done(config, lambda roster: roster.passwd(login, password))
    typer.echo(f"{login}：密码已重设")


def role(
    login: LoginArgument,
    as_role: Annotated[Role, typer.Argument(help="角色", metavar="角色")],
    platform: Annotated[str | None, typer.Option(help="同时换平台；管理员可以写 ''（全部）")] = None,
    config: ConfigOption = _CONFIG,
) -> None:
    """换角色（和平台）；几秒内生效。"""
    _done(config, lambda roster: roster.role(login, as_role, platform))
    typer.echo(f"{login}：角色是 {as_role}")


def set_extension(
    login: LoginArgument,
    number: Annotated[str, typer.Argument(help="分机号；不写 = 没有分机", metavar="分机")] = "",
    config: ConfigOption = _CONFIG,
) -> None:
    """换分机：网页认得哪部电话是自己的；几秒内生效。"""
    _done(config, lambda roster: roster.extension(login, number))
    typer.echo(f"{login}：分机 {number}" if number else f"{login}：没有分机")


def disable(login: LoginArgument, config: ConfigOption = _CONFIG) -> None:
    """停用：不能再登录，所有的会话都结束；记录里仍有。"""
    _done(config, lambda roster: roster.able(login, disabled=True))
    typer.echo(f"{login}：已停用")


def enable(login: LoginArgument, config: ConfigOption = _CONFIG) -> None:
    """恢复停用的用户。"""
    _done(config, lambda roster: roster.able(login, disabled=False))
    typer.echo(f"{login}：已恢复")


def add_token(
    name: Annotated[str, typer.Argument(help="令牌的名称，记录里用", metavar="名称")],
    scope: Annotated[list[str], typer.Option("--scope", help=f"权限，可以写几个：{' '.join(SCOPES)}")],
    platform: Annotated[str, typer.Option(help="属于哪个平台；不写 = 看得到全部")] = "",
    days: Annotated[int | None, typer.Option(help="多少天后失效；不写 = 一直有效", min=1, max=3650)] = None,
    config: ConfigOption = _CONFIG,
) -> None:
    """发一个令牌：只显示这一次，数据库里只存它的 SHA-256。"""
    typer.echo(_done(config, lambda roster: roster.add_token(name, scope, platform, days)))


def list_tokens(config: ConfigOption = _CONFIG) -> None:
    """全部令牌：名称、权限、平台、期限、状态（配置文件里的不在内）。"""
    for line in _done(config, lambda roster: roster.tokens()):
        typer.echo(line)


def revoke(
    name: Annotated[str, typer.Argument(help="令牌的名称", metavar="名称")], config: ConfigOption = _CONFIG
) -> None:
    """收回令牌；几秒内生效。"""
    _done(config, lambda roster: roster.revoke(name))
    typer.echo(f"{name}：已收回")


def verify(config: ConfigOption = _CONFIG) -> None:
    """验操作记录的校验链：有没有被改动、缺失（不完整时退出码为 1）。"""
    typer.echo(_done(config, lambda roster: roster.verify()))


def _done(config: Path, do: Callable[[Roster], Awaitable[T]]) -> T:
    """With the roster of that configuration; what can't be done ends the command."""
    from bridge.app.roster import with_roster
    from bridge.errors import BridgeError

    settings = checked(config)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # TOKEN=$(bridge token add …) gets the token alone
            return asyncio.run(with_roster(settings, do))
    except BridgeError as error:
        fail(str(error), 1)


def _password(login: str, *, from_stdin: bool) -> str:
    """Asked for twice, or a line of standard input."""
    from bridge.access import passwords
    from bridge.errors import WeakPassword

    if from_stdin or not sys.stdin.isatty():
        given = sys.stdin.readline().rstrip("\r\n")
    else:
        given = getpass.getpass("密码：")
        if getpass.getpass("再输一次：") != given:
            fail("两次不一样，没有改", 1)
    try:
        passwords.check(given, login)
    except WeakPassword as error:
        fail(str(error), 1)
    return given
