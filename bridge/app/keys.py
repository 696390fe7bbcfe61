"""`bridge keys new | list`: a new signing key and what to do with it; which keys count now, for each
partner."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bridge.app.command import ConfigOption, checked

if TYPE_CHECKING:
    from bridge.post.signing import Key

_USES = {"both": "收发", "send": "发", "receive": "收"}
_HOW = """
存好这一行，只有这一次看得到。换上它，一封信也不丢的做法：
  1. 把它写进一个文件（chmod 600），当面或用加密的方式交给对方一份，不要经即时通讯、邮件。
  2. 双方电话里核对指纹：{mark}
  3. 我们：在 config/bridge.yaml 里 platforms 下对方的 tickets 里加上它（keys 的第一行），旧的先留着，重启：
       keys:
         - {{secret_file: secrets/新密钥的文件{algorithm}}}
         - {{secret_file: secrets/旧密钥的文件}}
     此后我们发的每封信带两个签名，对方用旧的也验得过；对方用哪一把签的我们都认。
  4. 对方：换成新的（或两把都认）。bridge keys list 里看得到现在用哪几把。
  5. 我们：删去旧的那一行，重启。
原来写的是 secret_env 或 secret_file 的，第 3 步时把它改成 keys 里的一行。"""


def register(app: typer.Typer) -> None:
    """The commands of the command line."""
    group = typer.Typer(no_args_is_help=True, help="和对方平台之间的签名密钥：生成、换新、查看")
    group.command("new")(new)
    group.command("list")(list_keys)
    app.add_typer(group, name="keys")


def new(
    algorithm: Annotated[
        Literal["sha256", "sm3"], typer.Option(help="打算怎么签：sha256（默认）或国密 sm3")
    ] = "sha256",
    out: Annotated[Path | None, typer.Option(help="写进这个新文件（只有自己能读），不显示出来")] = None,
) -> None:
    """生成一把新的签名密钥，并说明怎样换上它。"""
    import os
    import secrets

    from bridge.app.command import fail
    from bridge.post.signing import Key, secret_text

    octets = secrets.token_bytes(32)
    if out is None:
        typer.echo(secret_text(octets))
    else:
        try:
            handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secret_text(octets) + "\n")
        except OSError as wrong:
            fail(f"{out}: 写不了（{wrong.strerror}）；不覆盖已有的文件", 1)
    said = ", algorithm: sm3" if algorithm == "sm3" else ""
    typer.echo(_HOW.format(mark=Key(octets).mark, algorithm=said), err=True)


def list_keys(config: ConfigOption = Path("config/bridge.yaml")) -> None:
    """每个平台现在用哪几把密钥：指纹、算法、方向、有效期。密钥本身不显示。"""
    now = datetime.now(UTC)
    for name, platform in checked(config).platforms.items():
        if platform.tickets is None:
            continue
        typer.echo(f"{name} {platform.name}")
        for key in platform.tickets.signing_keys():
            typer.echo(f"  {_line(key, now)}")


def _line(key: Key, now: datetime) -> str:
    algorithm = {"sha256": "HMAC-SHA256（v1）", "sm3": "HMAC-SM3（v1sm3）"}[key.algorithm]
    state = "在用" if key.counts(now) else "未到时间" if key.not_before and now < key.not_before else "已过期"
    span = [f"从 {key.not_before.isoformat()}"] if key.not_before else []
    span += [f"到 {key.not_after.isoformat()}"] if key.not_after else []
    return "  ".join((f"指纹 {key.mark}", algorithm, _USES[key.use], state, *span))
