"""`bridge serve`: which processes a configuration needs, in which order, and how each is started.

The recorder where anything is recorded, media, webrtc where browsers may call, asr unless somebody else's
server is named, control. They meet at Unix sockets in a private folder that lives as long as the watch.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bridge.app.watch import Command, keep_watch
from bridge.settings import Settings
from bridge.settings.tables import recorded

DEMO_MODEL: Final = Path(__file__).parents[2] / "asr" / "models" / "demo"
"""The model shipped with us: it knows espeak-ng's voice, not people's (its card says so)."""
PROMPTS: Final = Path(__file__).parents[1] / "prompts"


FILES: Final = 65_536
"""File descriptors the processes may have, where the system lets them: a call's two legs take four sockets,
and the 1,024 that a shell or systemd gives by default would end at some 250 calls."""


def serve(config: Path, settings: Settings, on_line: Callable[[str, str], None]) -> None:
    """Run until SIGTERM or Ctrl-C. Raises NotReady when a process does not come up."""
    allow_files()
    with tempfile.TemporaryDirectory(prefix="bridge-") as folder:
        commands = plan(config.absolute(), settings, Path(folder))
        asyncio.run(keep_watch(commands, on_line))


def allow_files() -> int:
    """Raise the soft limit of open files as far as the hard one and FILES go; children inherit it. The limit
    then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


def plan(config: Path, settings: Settings, folder: Path) -> tuple[Command, ...]:
    """The processes, in the order they are started."""
    media = folder / "media.sock"
    taps = folder / "taps.sock"
    urls = settings.asr.servers
    commands = [_media(settings, media, taps)]
    if recorded(settings):
        recorder, strips = folder / "recorder.sock", folder / "strips.sock"
        commands = [_recorder(config, recorder, strips), _media(settings, media, taps, strips)]
    if settings.webrtc is not None:
        commands.append(_webrtc(config, folder / "webrtc.sock"))
    if settings.asr.enabled and not urls:
        port = free_port()
        commands.append(_asr(settings, port))
        urls = (f"ws://127.0.0.1:{port}",)
    argv = ["-m", "bridge", "control", "-c", str(config), "--media", str(media), "--taps", str(taps)]
    argv += [word for url in urls for word in ("--asr", url)] if settings.asr.enabled else []
    argv += ["--recorder", str(folder / "recorder.sock")] if recorded(settings) else []
    argv += ["--webrtc", str(folder / "webrtc.sock")] if settings.webrtc is not None else []
    return (*commands, Command("control", tuple(argv), "control ready", (signal.SIGHUP,)))


def _webrtc(config: Path, control: Path) -> Command:
    argv = ("-m", "bridge", "webrtc", "-c", str(config), "--control", str(control))
    return Command("webrtc", argv, "webrtc ready")


def _recorder(config: Path, control: Path, strips: Path) -> Command:
    argv = ("-m", "bridge", "recorder", "-c", str(config), "--control", str(control), "--strips", str(strips))
    return Command("recorder", argv, "recorder ready")


def _media(settings: Settings, media: Path, taps: Path, strips: Path | None = None) -> Command:
    wanted = settings.media
    argv = ("-m", "bridge", "media", "--socket", str(media), "--taps", str(taps), "--address", wanted.address)
    records = ("--strips", str(strips)) if strips is not None else ()
    ports = ("--ports", str(wanted.ports), "--spare", str(wanted.spare), "--prompts", str(PROMPTS))
    logs = ("--log-level", settings.log.level, "--log-format", settings.log.format)
    dead = ("--dead-after", str(wanted.dead_after_seconds))
    return Command("media", (*argv, *records, *ports, *dead, *_sounds(settings), *logs), "media ready")


def _sounds(settings: Settings) -> tuple[str, ...]:
    """The administrator's own sounds, as the media process is told of them."""
    own, tone = settings.sounds, settings.sounds.ringback
    folder = ("--sounds", str(own.folder)) if own.folder is not None else ()
    music = [word for path in own.hold for word in ("--hold", str(path))]
    return (*folder, *music, "--ringback", f"{tone.hertz}/{tone.on_seconds}/{tone.off_seconds}")


def _asr(settings: Settings, port: int) -> Command:
    model = settings.asr.model or DEMO_MODEL
    argv = ("-m", "asr", "serve", "--model", str(model), "--host", "127.0.0.1", "--port", str(port))
    return Command("asr", (*argv, "--threads", str(settings.asr.threads)), "asr ready")


def free_port() -> int:
    """A TCP port of this machine that nobody has now; the recogniser keeps it over its restarts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def to_terminal(name: str, line: str) -> None:
    """A child's line for the person at the terminal."""
    sys.stdout.write(f"{line}{os.linesep}" if line.startswith(name) else f"{name}: {line}{os.linesep}")
    sys.stdout.flush()
