"""The recogniser's doors: `python -m asr serve | transcribe | check`.

Reads the command line and files, prints for people, turns errors into exit codes (1: something given did not
work, 2: the model is not one). Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Final, NoReturn

import structlog
import typer

from asr.audio import Clip, read_wav
from asr.check import check as check_model
from asr.errors import AudioFileError, ModelError
from asr.offline import transcribe as transcribe_clip
from asr.server import AsrServer
from asr.vosk_engine import VoskEngine
from asr.worker import Worker

DEMO_MODEL: Final = Path(__file__).parent / "models" / "demo"
LARGEST_FILE: Final = 2**30
"""Bytes of a WAV file read at once: 18 hours at 8 kHz; above it is a mistake, not a recording of a call."""
DEFAULT_STREAMS: Final = 256
"""Two per call: far above what the threads of one machine decode in real time with a full-size model."""

app = typer.Typer(add_completion=False, no_args_is_help=True, help="语音识别服务(Vosk)")
ModelOption = Annotated[Path, typer.Option("--model", help="Vosk 模型目录")]


@app.command()
def serve(
    model: ModelOption = DEMO_MODEL,
    host: Annotated[str, typer.Option(help="监听地址;默认只对本机开放")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口;0 表示任选一个空闲端口", min=0, max=65535)] = 2700,
    threads: Annotated[int, typer.Option(help="解码线程数;0 表示与 CPU 核数相同", min=0, max=256)] = 0,
    streams: Annotated[int, typer.Option(help="同时识别的最多路数", min=1, max=10_000)] = DEFAULT_STREAMS,
) -> None:
    """以 vosk-server 的 WebSocket 协议提供识别,直到收到 SIGTERM 或 Ctrl-C。"""
    engine = _load(model)
    worker = Worker(engine, threads=threads or os.cpu_count() or 1, streams=streams)
    try:
        asyncio.run(_serve(worker, host, port))
    except OSError as error:
        _fail(f"无法监听 {host}:{port}:{error.strerror or error};请换一个 --port 或停掉占用它的程序", 1)


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
    """把录音转写成文字,每个文件输出一行:文件名、制表符、文本。"""
    engine = _load(model)
    failed = False
    for file in files:
        try:
            print(f"{file}\t{transcribe_clip(engine, _read(file))}", flush=True)
        except AudioFileError as error:
            print(f"{file}:{error}", file=sys.stderr, flush=True)
            failed = True
    if failed:
        raise typer.Exit(1)


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="Vosk 模型目录")],
    clip: Annotated[Path | None, typer.Option(help="试解码的 WAV 文件;不给则用两秒静音")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出一行 JSON")] = False,
) -> None:
    """检查一个模型:载入、采样率、解码图、大小、校验和,并试解码一段录音。"""
    try:
        report = check_model(path, _read(clip) if clip else None, str(clip or ""))
    except ModelError as error:
        _fail(str(error), 2, as_json=as_json)
    except AudioFileError as error:
        _fail(f"{clip}:{error}", 1, as_json=as_json)
    print(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else "\n".join(report.lines()))
    if report.checksum is False:
        raise typer.Exit(1)


def _load(model: Path) -> VoskEngine:
    try:
        return VoskEngine(model)
    except ModelError as error:
        _fail(str(error), 2)


def _read(file: Path) -> Clip:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise AudioFileError("文件超过 1 GiB,请先切分")
        return read_wav(file.read_bytes())
    except OSError as error:
        raise AudioFileError(f"读不了这个文件:{error.strerror}") from error


def _fail(message: str, code: int, *, as_json: bool = False) -> NoReturn:
    if as_json:
        print(json.dumps({"error": message}, ensure_ascii=False))
    print(message, file=sys.stderr)
    raise typer.Exit(code)


def main() -> None:
    """Logs to stderr, so that stdout holds results only, in UTF-8 whatever the locale says."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    app()


if __name__ == "__main__":
    main()
