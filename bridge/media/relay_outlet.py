"""A way out of the media process for what may be lost: a Unix datagram socket that somebody else has bound.

Strategy: the socket never blocks: what does not fit waits in one bounded queue that drops its oldest and
counts; epoll says when there is room again. Nobody there, a full queue: voice notices none of it.
"""

from __future__ import annotations

import errno
import select
import socket
from collections import deque
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)


class Outlet:
    """`what`: for the log. `most`: datagrams that may wait."""

    def __init__(self, epoll: select.epoll, path: Path, what: str, most: int) -> None:
        self._epoll, self._path, self._what, self._most = epoll, path, what, most
        self._waiting: deque[bytes] = deque()
        self._sock: socket.socket | None = None
        self._watched = False
        self.dropped = 0
        """Datagrams that found no room or nobody there."""

    @property
    def waiting(self) -> bool:
        """Whether something is to be sent."""
        return bool(self._waiting)

    @property
    def fileno(self) -> int:
        """The socket's descriptor, -1 without one."""
        return -1 if self._sock is None else self._sock.fileno()

    def queue(self, datagram: bytes) -> None:
        """To be sent by the next `flush`."""
        if len(self._waiting) >= self._most:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(datagram)

    def flush(self) -> None:
        """Sends until the queue is empty or the other side's socket is full."""
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

    def close(self) -> None:
        """Closes the socket; what waits is lost."""
        if self._sock is not None:
            self._watch(watched=False)
            self._sock.close()
            self._sock = None

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
        """Connected, epoll reports room in the *other* side's queue (Linux wakes the peers of a Unix
        datagram socket)."""
        if self._sock is None or watched == self._watched:
            return
        if watched:
            self._epoll.register(self._sock.fileno(), select.EPOLLOUT)
        else:
            self._epoll.unregister(self._sock.fileno())
        self._watched = watched

    def _lost(self, error: OSError) -> None:
        """Nobody listens: what waits goes stale, and the next flush tries to connect again."""
        self.dropped += len(self._waiting)
        self._waiting.clear()
        if self._sock is not None or error.errno not in (errno.ENOENT, errno.ECONNREFUSED):
            log.warning(f"{self._what} lost their listener", error=str(error), dropped=self.dropped)
        self.close()
