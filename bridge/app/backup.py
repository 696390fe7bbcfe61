"""`bridge backup` and `bridge restore`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bridge.app.command import ConfigOption, checked, fail

if TYPE_CHECKING:
    from bridge.adapters.backup import Place

T = TypeVar("T")

KeyFile = Annotated[
    Path | None, typer.Option("--key-file", help="备份的密钥文件（openssl rand -base64 32）；不写就不加密")
]
Recordings = Annotated[bool, typer.Option("--recordings", help="录音文件也算在内")]


def register(app: typer.Typer) -> None:
    """The commands of the command line."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="备份写到这个新文件")],
    recordings: Recordings = False,
    key_file: KeyFile = None,
    config: ConfigOption = Path("config/bridge.yaml"),
) -> None:
    """备份数据库（加 --recordings 连录音）：bridge 照常运行，备份是同一时刻的。"""
    from datetime import UTC, datetime

    from bridge.adapters.backup import backup as make

    manifest = _run(make(_place(config, recordings, key_file), file, datetime.now(UTC)))
    typer.echo(f"{file}: {_told(manifest)}{'' if key_file else '；没有加密'}")


def restore(
    file: Annotated[Path, typer.Argument(help="备份文件")],
    recordings: Recordings = False,
    key_file: KeyFile = None,
    force: Annotated[bool, typer.Option("--force", help="数据库里已经有东西也恢复，代替它")] = False,
    config: ConfigOption = Path("config/bridge.yaml"),
) -> None:
    """从备份恢复。先停掉 bridge。中途断掉，什么也没有变，再运行一次就行。"""
    from bridge.adapters.backup import restore as put_back

    manifest, before = _run(put_back(_place(config, recordings, key_file), file, force=force))
    typer.echo(f"恢复好了：{_told(manifest)}")
    if before is not None:
        typer.echo(f"原来的数据库改名为 {before}，确认没有问题后可以删除")


def _place(config: Path, recordings: bool, key_file: Path | None) -> Place:
    from bridge.adapters.backup import Place

    settings = checked(config)
    key = None if key_file is None else _key(key_file)
    return Place(settings.database.url, settings.recording.folder if recordings else None, key)


def _key(file: Path) -> bytes:
    from bridge.settings.recording import read_key

    try:
        key = read_key(file.read_text().strip())
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: 读不了密钥（{getattr(error, 'strerror', '')}）", 1)
    if key is None:
        fail(f"{file}: 密钥应是 32 字节的 base64；生成：openssl rand -base64 32", 1)
    return key


def _told(manifest: dict[str, Any]) -> str:
    rows, files = sum(manifest["counts"].values()), len(manifest["files"]) - 1
    return f"{manifest['at']} 的，{rows} 行，结构 {manifest['schema']}，录音 {files} 个"


def _run(work: Coroutine[Any, Any, T]) -> T:
    from bridge.errors import AdministratorError

    try:
        return asyncio.run(work)
    except AdministratorError as error:
        fail(str(error), 1)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", 1)
