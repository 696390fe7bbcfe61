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

YOUNG: Final = 20_000
"""Objects made between two looks for garbage in circles. With Python's 700 the looks were a tenth of
control's work."""


def run(settings: Settings, media: Path, taps: Path, asr: str | None) -> None:
    """The process, until SIGTERM."""
    uvloop.run(_run(settings, media, taps, asr))


async def _run(settings: Settings, media: Path, taps: Path, asr: str | None) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with AsyncExitStack() as stack:
        control = Control(settings, media, taps, asr)
        await control.start(stack)
        _quiet_collector()
        host, port, transport = control.sip_address
        print(f"control ready sip={transport}:{host}:{port} page=http://{settings.api.listen}", flush=True)
        await ended.wait()


def _quiet_collector() -> None:
    """What is here by now stays for ever. A full collection that walked through it held up a key press by 45
    ms; after this, one walks through the calls of the hour only."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
