"""The webrtc process: says it is ready, serves until SIGTERM.

Ports: what browsers reach must be let through a firewall, so ICE's sockets take theirs from a range; aioice
asks the loop for any free port, and the loop here gives one of the range.
"""

from __future__ import annotations

import asyncio
import errno
import signal
from pathlib import Path
from typing import Any, Final

from bridge.webrtc.door import Door
from bridge.webrtc.tap import offer_addresses

ANY: Final = 0


class RangedLoop(asyncio.SelectorEventLoop):
    """A loop whose datagram sockets that may have any port get one of first..last."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__()
        self._first, self._last, self._next = first, last, first

    async def create_datagram_endpoint(  # type: ignore[override]
        self, protocol_factory: Any, local_addr: Any = None, **more: Any
    ) -> Any:
        """As asyncio's. Raises OSError when no port of the range is free."""
        if local_addr is None or local_addr[1] != ANY:
            return await super().create_datagram_endpoint(protocol_factory, local_addr=local_addr, **more)
        for _ in range(self._first, self._last + 1):
            port, self._next = self._next, self._next + 1
            if self._next > self._last:
                self._next = self._first
            try:
                place = (local_addr[0], port)
                return await super().create_datagram_endpoint(protocol_factory, local_addr=place, **more)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
        raise OSError(errno.EADDRINUSE, "every port of webrtc.ports is taken")


def run(control: Path, near: str, addresses: tuple[str, ...], ports: tuple[int, int]) -> int:
    """Serves until SIGTERM or SIGINT; the exit status.

    control: where control connects; near: our address next to the media process; addresses: offered to
    browsers, none: all of this machine's; ports: first and last that browsers send to. Prints `webrtc ready`.
    """
    offer_addresses(addresses)
    loop = RangedLoop(*ports)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(_serve(Door(control, near)))
    return 0


async def _serve(door: Door) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await door.start()
    print("webrtc ready", flush=True)
    await ended.wait()
    await door.stop()
