"""What commands share: where the configuration is named, and how one ends that cannot go on.

Nothing heavy is imported before it is needed: the media process stays as small as its work.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from bridge.settings import Settings

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="配置文件")]


def checked(config: Path) -> Settings:
    """The configuration; one with faults ends the command with 2."""
    from bridge.adapters.config_file import check
    from bridge.errors import ConfigError

    try:
        return check(config)
    except ConfigError as error:
        for line in error.problems:
            typer.echo(line, err=True)
        fail(f"{config}: 配置有错，没有启动", 2)


def fail(message: str, code: int) -> NoReturn:
    """Ends the command: the message for whoever typed it, and the exit code."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
