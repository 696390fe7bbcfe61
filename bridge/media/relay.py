"""The media process: builds its parts, says it is ready, runs until SIGTERM.

Started as a process of its own (`python -m bridge media`), so that nothing else can delay a packet of
voice: no asyncio, no database, no garbage collector in here.
"""

from __future__ import annotations

import gc
import signal
from pathlib import Path

from bridge.errors import AdministratorError
from bridge.media.relay_loop import Loop
from bridge.media.relay_ports import PortPool
from bridge.media.relay_sounds import Own, load_sounds


def run(
    socket_path: Path,
    tap_path: Path | None,
    address: str,
    ports: tuple[int, int],
    spare: int,
    prompts: Path,
    own: Own | None = None,
    dead_after: float = 0.0,
    strip_path: Path | None = None,
) -> int:
    """Serves until SIGTERM or SIGINT; the exit status.

    socket_path: where control connects. tap_path, strip_path: where control receives
    taps and the recorder strips (None: nobody does). address, ports: the IPv4
    address and the range (both ends included) for RTP and RTCP. spare: port pairs bound ahead of need.
    prompts: the shipped ones; own: the administrator's sounds. dead_after: seconds without a sign of life
    after which a leg is reported dead, 0: never.
    Prints `media ready SOCKET ports A-B` when control may connect. Raises AdministratorError when no port
    of the range can be bound.
    """
    pool = PortPool(address, ports, spare)
    pool.fill()
    if not pool.ports:
        raise AdministratorError(f"no RTP port of {address}:{ports[0]}-{ports[1]} can be bound")
    loop = Loop(socket_path, tap_path, strip_path, pool, load_sounds(prompts, own), dead_after=dead_after)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.stop())
    print(f"media ready {socket_path} ports {pool.first}-{pool.last}", flush=True)
    # A collection would stop every voice for its length; see `relay_loop.SWEEP`.
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        loop.run()
    finally:
        loop.close()
    return 0
