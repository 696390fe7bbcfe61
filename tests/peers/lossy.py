"""A bad network between one telephone and the bridge: chosen SIP messages are lost, doubled or overtaken.

A UDP path of two sockets: `outer` is where the bridge believes the telephone to be, `inner` is where the
telephone believes the bridge to be. The telephone's address in its messages is exchanged for the outer one,
so that what the bridge sends comes this way too. Everything else passes as it is, at once.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import threading
import time
from dataclasses import dataclass
from typing import Literal

Way = Literal["to bridge", "to phone"]
OVERTAKEN: float = 0.2
"""Seconds a message waits at most to be overtaken by the next one of its way."""


BEHIND: float = 0.03
"""Seconds it comes behind that one: enough for a telephone to have done with it."""


@dataclass
class Fault:
    """What happens to the first message of this way in which the pattern is found, and `times` - 1 more."""

    kind: Literal["lose", "double", "overtake"]
    way: Way
    pattern: str
    times: int = 1
    met: int = 0

    def meets(self, way: Way, text: str) -> bool:
        """Whether this message is one of those; counted."""
        if way != self.way or self.met >= self.times or not re.search(self.pattern, text, re.MULTILINE):
            return False
        self.met += 1
        return True


class Lossy:
    """outer: bound here; phone: where the telephone is; bridge: where the bridge is. Runs until `close`."""

    def __init__(
        self, outer: tuple[str, int], phone: tuple[str, int], bridge: tuple[str, int], *faults: Fault
    ) -> None:
        self.faults = faults
        self.phone, self._bridge = phone, bridge
        self._outer, self._inner = _bound(outer), _bound((phone[0], 0))
        self.outer: tuple[str, int] = self._outer.getsockname()
        self.inner: tuple[str, int] = self._inner.getsockname()
        self._late: tuple[Way, bytes] | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No more of it."""
        self._stopped.set()
        self._thread.join()
        self._outer.close()
        self._inner.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            ready, _, _ = select.select(
                [self._outer, self._inner], [], [], 0.05 if not self._late else OVERTAKEN
            )
            if not ready:
                self._let_go()
            for sock in ready:
                with contextlib.suppress(OSError):
                    self._take("to phone" if sock is self._outer else "to bridge", sock.recv(65536))

    def _take(self, way: Way, data: bytes) -> None:
        text = data.decode(errors="replace")
        fault = next((each for each in self.faults if each.meets(way, text)), None)
        if fault is None or fault.kind == "double":
            for _ in range(2 if fault else 1):
                self._pass(way, data)
            if self._late is not None and self._late[0] == way:
                time.sleep(BEHIND)
                self._let_go()
        elif fault.kind == "overtake":
            self._late = (way, data)

    def _let_go(self) -> None:
        late, self._late = self._late, None
        if late is not None:
            self._pass(*late)

    def _pass(self, way: Way, data: bytes) -> None:
        with contextlib.suppress(OSError):
            if way == "to phone":
                self._inner.sendto(_exchanged(data, self.outer, self.phone), self.phone)
            else:
                self._outer.sendto(_exchanged(data, self.phone, self.outer), self._bridge)


def _exchanged(data: bytes, one: tuple[str, int], other: tuple[str, int]) -> bytes:
    here = re.escape(f"{one[0]}:{one[1]}".encode()) + rb"(?![0-9])"
    return re.sub(here, f"{other[0]}:{other[1]}".encode(), data)


def _bound(at: tuple[str, int]) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(at)
    return sock
