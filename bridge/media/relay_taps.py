"""What legs say, on its way to the recogniser: 100 ms chunks over a Unix datagram socket that control has
bound.

Strategy: tapped legs are spread over twenty 5 ms slots; in its turn a leg gives what its jitter buffer has
due. The socket never blocks: what does not fit waits in one bounded queue that drops its oldest and counts;
epoll says when there is room again. No control, no recogniser, a full queue: voice notices none of it.
"""

from __future__ import annotations

import errno
import select
import socket
from collections import deque
from pathlib import Path

import structlog

from bridge.media import g711
from bridge.media.g711 import RATE
from bridge.media.relay_leg import Leg
from bridge.media.tap import encode_tap

log = structlog.get_logger(__name__)

GROUPS = 20
MAX_CHUNK = RATE // 2
"""Samples in one datagram at most; normally 100 ms."""
MAX_WAITING = 512
"""Datagrams waiting for control: five seconds of ten calls, 800 KB. Older speech is no live caption any
more."""


class Taps:
    """The tapped legs and the way to control. `path` None: no recogniser, nothing is tapped."""

    def __init__(self, epoll: select.epoll, path: Path | None) -> None:
        self._epoll, self._path = epoll, path
        self._groups: tuple[dict[str, Leg], ...] = tuple({} for _ in range(GROUPS))
        self._waiting: deque[bytes] = deque()
        self._sock: socket.socket | None = None
        self._watched = False
        self.dropped = 0
        """Datagrams that found no room or no control."""

    def __len__(self) -> int:
        return sum(len(group) for group in self._groups)

    def set_tapped(self, leg: Leg, *, tapped: bool) -> None:
        """Whether this leg's voice goes out."""
        group = self._groups[leg.plan.port // 2 % GROUPS]
        if tapped and self._path is not None:
            group[leg.id] = leg
        else:
            group.pop(leg.id, None)

    def remove(self, leg: Leg) -> None:
        """The leg closes: its last words go out at once."""
        if self._groups[leg.plan.port // 2 % GROUPS].pop(leg.id, None) and leg.tap_buffer is not None:
            leg.sort_out()
            self._take(leg, leg.tap_buffer.held)
            self.flush()

    def turn(self, group: int, now: float) -> None:
        """Sends what a group of legs has due."""
        for leg in self._groups[group].values():
            if leg.tap_buffer is not None:
                self._take(leg, leg.tap_buffer.due(now))
        if self._waiting:
            self.flush()

    def flush(self) -> None:
        """Sends until the queue is empty or control's socket is full."""
        try:
            sock = self._sock or self._connect()
            while self._waiting:
                sock.send(self._waiting[0])
                self._waiting.popleft()
            self._watch(watched=False)
        except BlockingIOError:
            self._watch(watched=True)
        except OSError as error:
            self._lost(error)

    @property
    def fileno(self) -> int:
        """The socket's descriptor, -1 without one."""
        return -1 if self._sock is None else self._sock.fileno()

    def close(self) -> None:
        """Closes the socket; what waits is lost."""
        if self._sock is not None:
            self._watch(watched=False)
            self._sock.close()
            self._sock = None

    def _take(self, leg: Leg, samples: int) -> None:
        while samples > 0 and leg.tap_buffer is not None:
            at, count = leg.tap_buffer.time, min(samples, MAX_CHUNK)
            self._queue(encode_tap(leg.id, at, g711.decode(leg.law, leg.tap_buffer.take(count))))
            samples -= count

    def _queue(self, datagram: bytes) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(datagram)

    def _connect(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.connect(str(self._path))
        except OSError:
            sock.close()
            raise
        self._sock = sock
        return sock

    def _watch(self, *, watched: bool) -> None:
        """Connected, epoll reports room in *control's* queue (Linux wakes the peers of a Unix datagram
        socket)."""
        if self._sock is None or watched == self._watched:
            return
        if watched:
            self._epoll.register(self._sock.fileno(), select.EPOLLOUT)
        else:
            self._epoll.unregister(self._sock.fileno())
        self._watched = watched

    def _lost(self, error: OSError) -> None:
        """Nobody listens: what waits goes stale, and the next turn tries to connect again."""
        self.dropped += len(self._waiting)
        self._waiting.clear()
        if self._sock is not None or error.errno not in (errno.ENOENT, errno.ECONNREFUSED):
            log.warning("taps lost their listener", error=str(error), dropped=self.dropped)
        self.close()
