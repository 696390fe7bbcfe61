"""The recogniser's doors: `python -m asr serve | transcribe | check | evaluate | compare`.

Reads the command line and files, prints for people, turns errors into exit codes (see `asr.command`). The
last two are `asr.evaluate.command`'s.
"""

from __future__ import annotations

from asr.allocator import begin_again

if __name__ == "__main__":
    begin_again()

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Final, Literal

import structlog
import typer
import uvloop

from asr.check import check as check_model
from asr.chunk import DEFAULT
from asr.command import DEMO_MODEL, JsonOption, ModelOption, fail, load, read
from asr.errors import AudioFileError, ModelError
from asr.evaluate import command as evaluate_command
from asr.offline import transcribe as transcribe_clip
from asr.server import AsrServer
from asr.worker import Worker

DEFAULT_STREAMS: Final = 256
"""Two per call: far above what the threads of one machine decode in real time with a full-size model."""

app = typer.Typer(add_completion=False, no_args_is_help=True, help="语音识别服务(Vosk)")


@app.command()
def serve(
    model: ModelOption = DEMO_MODEL,
    host: Annotated[str, typer.Option(help="监听地址;默认只对本机开放")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口;0 表示任选一个空闲端口", min=0, max=65535)] = 2700,
    threads: Annotated[
        int, typer.Option(help="解码线程数;0 表示与本进程能用的 CPU 核数相同", min=0, max=256)
    ] = 0,
    streams: Annotated[int, typer.Option(help="同时识别的最多路数", min=1, max=10_000)] = DEFAULT_STREAMS,
    gate: Annotated[
        Literal["on", "off"], typer.Option(help="on:静音、噪声和信号音不送去识别;off:全部识别")
    ] = "on",
    chunk: Annotated[
        float,
        typer.Option(
            help="每次解码多少秒的声音:越短,中间结果越快,也越费 CPU;0 表示按模型自己的设置", max=1.0, min=0.0
        ),
    ] = DEFAULT,
) -> None:
    """以 vosk-server 的 WebSocket 协议提供识别,直到收到 SIGTERM 或 Ctrl-C。"""
    engine = load(model, chunk=chunk or None)
    worker = Worker(
        engine, threads=threads or len(os.sched_getaffinity(0)), streams=streams, gated=gate == "on"
    )
    try:
        uvloop.run(_serve(worker, host, port))
    except OSError as error:
        fail(f"无法监听 {host}:{port}:{error.strerror or error};请换一个 --port 或停掉占用它的程序", 1)


async def _serve(worker: Worker, host: str, port: int) -> None:
    """From readiness (one line on stdout, which a supervisor waits for) to a signal."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    server = AsrServer(worker, host, port)
    try:
        await server.start()
        print(f"asr ready {server.url} model={worker.engine.name} rate={worker.engine.rate}", flush=True)
        await ended.wait()
    finally:
        await server.stop()


@app.command()
def transcribe(
    files: Annotated[list[Path], typer.Argument(help="WAV 文件(16 位,单声道或双声道,任意采样率)")],
    model: ModelOption = DEMO_MODEL,
) -> None:
    """把录音转写成文字,每个文件输出一行:文件名、制表符、文本。整段都识别:不像 serve 那样略去静音和噪声。"""
    engine = load(model)
    failed = False
    for file in files:
        try:
            print(f"{file}\t{transcribe_clip(engine, read(file))}", flush=True)
        except AudioFileError as error:
            print(f"{file}:{error}", file=sys.stderr, flush=True)
            failed = True
    if failed:
        raise typer.Exit(1)


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="Vosk 模型目录")],
    clip: Annotated[Path | None, typer.Option(help="试解码的 WAV 文件;不给则用两秒静音")] = None,
    as_json: JsonOption = False,
) -> None:
    """检查一个模型:载入、采样率、解码图、大小、校验和,并试解码一段录音。"""
    try:
        report = check_model(path, read(clip) if clip else None, str(clip or ""))
    except ModelError as error:
        fail(str(error), 2, as_json=as_json)
    except AudioFileError as error:
        fail(f"{clip}:{error}", 1, as_json=as_json)
    print(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else "\n".join(report.lines()))
    if report.checksum is False:
        raise typer.Exit(1)


evaluate_command.register(app)


def main() -> None:
    """Logs to stderr, so that stdout holds results only, in UTF-8 whatever the locale says."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            # Not structlog's own pretty traceback: painting one holds up everybody's streams for a second.
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    app()


if __name__ == "__main__":
    main()
