"""The processes `serve` starts, as commands nobody types: media, control, recorder, webrtc.

Each imports what it needs when it runs, so that the media process stays as small as its work.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.app.command import ConfigOption, checked, fail


def register(app: typer.Typer) -> None:
    """Hidden commands of the command line."""
    for command in (recorder, media, webrtc, control):
        app.command(hidden=True)(command)


def recorder(
    control: Annotated[Path, typer.Option()],
    strips: Annotated[Path, typer.Option()],
    config: ConfigOption,
) -> None:
    """录音进程（由 serve 启动）。"""
    from bridge.app.logs import set_up
    from bridge.app.recordings import keep

    settings = checked(config)
    set_up(settings.log.level, settings.log.format)
    raise typer.Exit(keep(control, strips, settings.recording))


def media(
    socket: Annotated[Path, typer.Option()],
    taps: Annotated[Path, typer.Option()],
    address: Annotated[str, typer.Option()],
    ports: Annotated[str, typer.Option()],
    spare: Annotated[int, typer.Option()],
    prompts: Annotated[Path, typer.Option()],
    strips: Annotated[Path | None, typer.Option()] = None,
    sounds: Annotated[Path | None, typer.Option()] = None,
    hold: Annotated[list[Path] | None, typer.Option()] = None,
    ringback: Annotated[str, typer.Option()] = "450/1/4",
    dead_after: Annotated[float, typer.Option()] = 0.0,
    log_level: Annotated[str, typer.Option()] = "info",
    log_format: Annotated[str, typer.Option()] = "text",
) -> None:
    """媒体进程（由 serve 启动）。"""
    from bridge.app.logs import set_up
    from bridge.errors import AdministratorError
    from bridge.media.relay import run
    from bridge.media.relay_sounds import Own
    from bridge.media.tones import Cadence

    set_up(log_level, log_format)
    first, last = ports.split("-")
    own = Own(sounds, tuple(hold or ()), Cadence(*map(float, ringback.split("/"))))
    try:
        ranges, strip = (int(first), int(last)), strips
        code = run(socket, taps, address, ranges, spare, prompts, own, dead_after, strip)
    except AdministratorError as error:
        fail(str(error), 1)
    raise typer.Exit(code)


def webrtc(control: Annotated[Path, typer.Option()], config: ConfigOption) -> None:
    """网页电话的语音进程（由 serve 启动）。"""
    from bridge.app.browsers import carry
    from bridge.app.logs import set_up

    settings = checked(config)
    set_up(settings.log.level, settings.log.format)
    raise typer.Exit(carry(control, settings))


def control(
    config: ConfigOption,
    media: Annotated[Path, typer.Option()],
    taps: Annotated[Path, typer.Option()],
    asr: Annotated[list[str] | None, typer.Option()] = None,
    recorder: Annotated[Path | None, typer.Option()] = None,
    webrtc: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """控制进程（由 serve 启动）。"""
    from bridge.app.control import run
    from bridge.app.logs import set_up
    from bridge.errors import BridgeError

    settings = checked(config)
    set_up(settings.log.level, settings.log.format)
    try:
        run(settings, media, taps, tuple(asr or ()), recorder, webrtc, config.absolute())
    except BridgeError as error:
        fail(str(error), 1)
