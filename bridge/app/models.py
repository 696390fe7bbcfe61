"""The doors `bridge model FOLDER` and `bridge model compare A B`: the recogniser's own commands.

The bridge knows nothing of models: it runs `python -m asr`, passes the words on and the exit code back.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from bridge.settings import Settings

NO_MODEL: Final = 2
"""The exit code of `asr check` for a folder that cannot be used."""
_PASSED_ON: Final = {"ignore_unknown_options": True, "allow_extra_args": True}


class _CheckByDefault(TyperGroup):
    """`bridge model FOLDER` is `bridge model check FOLDER`: the older way of saying it stays."""

    # Any: newer Typers have a click of their own inside, older ones the real one.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["check", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_CheckByDefault, no_args_is_help=True, help="检查一个 Vosk 模型，或比较两个")


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="Vosk 模型目录")],
    clip: Annotated[Path | None, typer.Option(help="试识别的 WAV 文件")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出一行 JSON")] = False,
) -> None:
    """检查一个 Vosk 模型：载入、采样率、解码图类型，试识别一段录音。可以省略 check。"""
    clips = ["--clip", str(clip)] if clip else []
    _asr("check", str(path), *clips, *(["--json"] if as_json else []))


@app.command(context_settings=_PASSED_ON, add_help_option=False)
def compare(ctx: typer.Context) -> None:
    """两个模型听同样的录音：字错率、差别是不是偶然、实时率、内存、定稿延迟。写法见它的 --help。"""
    _asr("compare", *ctx.args)


def fault(settings: Settings) -> str | None:
    """What is wrong with the model of our own recogniser, by trying it; the one shipped is not tried."""
    from bridge.app.serve import DEMO_MODEL  # noqa: PLC0415 - the media process needs none of it

    model = settings.asr.model
    if not settings.asr.enabled or settings.asr.servers or model is None or model == DEMO_MODEL:
        return None
    argv = [sys.executable, "-m", "asr", "check", str(model), "--json"]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, errors="replace")  # noqa: S603
    return done.stderr.strip() or f"{model}:无法检查" if done.returncode == NO_MODEL else None


def _asr(*argv: str) -> NoReturn:
    done = subprocess.run([sys.executable, "-m", "asr", *argv], check=False)  # noqa: S603  our own module
    raise typer.Exit(done.returncode)
