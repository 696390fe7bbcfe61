"""How long a telephone heard nothing at all: every RTP packet's arrival, by the kernel's own clock."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from typing import Self

from tests.wire.voice import FRAME, PATIENCE, Voice

SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("qq")


class Continuity:
    """Listens in place of the voice's owner from now on. longest: seconds between two packets."""

    def __init__(self, voice: Voice) -> None:
        self._voice, self._last, self._newest = voice, 0.0, b""
        self.longest, self.packets = 0.0, 0
        self._stopped = threading.Event()
        voice.heard()
        voice.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def hears(self, other: Voice) -> None:
        """Wait until the newest packet is the other's voice."""
        end, wanted = time.monotonic() + PATIENCE, bytes((other.code,)) * FRAME
        while time.monotonic() < end:
            if self._newest == wanted:
                return
            time.sleep(0.005)
        raise AssertionError(f"voice {other.code} was not heard, but {self._newest[:4].hex()}")

    def close(self) -> None:
        """The account stays."""
        self._stopped.set()
        self._thread.join()

    def _listen(self) -> None:
        sock = self._voice.socket
        while not self._stopped.is_set():
            if not select.select([sock], [], [], 0.05)[0]:
                continue
            try:
                data, control, _, _ = sock.recvmsg(2048, 64)
            except ConnectionRefusedError:  # the bridge closed the port this voice still speaks to
                continue
            at = next((_seconds(value) for _, kind, value in control if kind == SO_TIMESTAMPNS), self._last)
            self.longest = max(self.longest, at - self._last) if self._last else 0.0
            self._last, self._newest = at, data[12:]
            self.packets += 1


def _seconds(value: bytes) -> float:
    seconds, nanoseconds = _TIMESPEC.unpack_from(value)
    return float(seconds) + nanoseconds / 1e9
