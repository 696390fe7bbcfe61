"""The control process: started, said to be ready, run until SIGTERM. What it is made of is `wiring`'s."""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import uvloop

from bridge.app.wiring import Control
from bridge.settings import Settings

COLLECT: Final = (1_000, 5, 5_000)
"""When the garbage collector looks at young objects, at older ones, at all. Small steps: with 20,000 young
ones a look held everything up for 10 to 30 ms, with these for 6 at most (at 200 calls/s). All of them only
once in some 50,000 calls (reckoned, at 450 objects a call): such a look takes in the half minute of ended
transactions that SIP keeps, some 40 ms at 5 calls/s, and little there can become garbage in circles."""


def run(
    settings: Settings,
    media: Path,
    taps: Path,
    asr: tuple[str, ...],
    recorder: Path | None = None,
    webrtc: Path | None = None,
    config: Path | None = None,
) -> None:
    """The process, until SIGTERM; SIGHUP: `config` is read again."""
    uvloop.run(_run(settings, media, taps, asr, recorder, webrtc, config))


async def _run(
    settings: Settings,
    media: Path,
    taps: Path,
    asr: tuple[str, ...],
    recorder: Path | None,
    webrtc: Path | None,
    config: Path | None,
) -> None:
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with AsyncExitStack() as stack:
        control = Control(settings, media, taps, asr, recorder, webrtc, config)
        await control.start(stack)
        loop.add_signal_handler(signal.SIGHUP, control.reloading.soon, "SIGHUP")
        _quiet_collector()
        host, port, transport, _ = control.sip_address
        pages = f"{'http' if settings.api.tls is None else 'https'}://{settings.api.listen}"
        print(f"control ready sip={transport}:{host}:{port} page={pages}", flush=True)
        await ended.wait()


def _quiet_collector() -> None:
    """What is here by now stays for ever: walking through it all held a key press up by 45 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
