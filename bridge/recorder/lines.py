"""The recorder's end of its control socket: JSON lines in (wishes), JSON lines out (news).

One control at a time; a new connection replaces the old one, and is told by `on_connect` whatever it must
know. News without a control are nobody's.
"""

from __future__ import annotations

import os
import select
import socket
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from bridge.media.takes import News, Wish, decode_wish, encode

log = structlog.get_logger(__name__)

MAX_LINE: Final = 64 * 1024
"""Octets of one wish: a hundred times the largest real one."""
MAX_NEWS: Final = 20_000
"""News a control that does not read may be behind; then it is not alive."""


class Lines:
    """The listening socket and the connection. `on_connect`: a new control is there."""

    def __init__(self, epoll: select.epoll, path: Path, on_connect: Callable[[], None]) -> None:
        self._epoll, self._path, self._on_connect = epoll, path, on_connect
        self._listener = _listen(path)
        self._conn: socket.socket | None = None
        self._input = bytearray()
        self._output: deque[bytes] = deque()
        self._sent = 0
        self.malformed = 0
        epoll.register(self._listener.fileno(), select.EPOLLIN)

    def serve(self, fd: int) -> list[Wish]:
        """Serves one ready descriptor (others than ours are left alone): the wishes that came in."""
        if fd == self._listener.fileno():
            self._accept()
        elif self._conn is not None and fd == self._conn.fileno():
            self.flush()
            return self._read(self._conn) if self._conn is not None else []
        return []

    def tell(self, news: News) -> None:
        """To the present control, if there is one."""
        if self._conn is None:
            return
        self._output.append(encode(news))
        self.flush()
        if len(self._output) > MAX_NEWS:
            self._drop()

    def flush(self) -> None:
        """Writes what the socket takes."""
        if self._conn is None:
            return
        try:
            while self._output:
                line = self._output[0]
                self._sent += self._conn.send(line[self._sent :])
                if self._sent == len(line):
                    self._output.popleft()
                    self._sent = 0
            self._epoll.modify(self._conn.fileno(), select.EPOLLIN)
        except BlockingIOError:
            self._epoll.modify(self._conn.fileno(), select.EPOLLIN | select.EPOLLOUT)
        except OSError:
            self._drop()

    def close(self) -> None:
        """Closes both sockets and removes the path."""
        self._drop()
        self._epoll.unregister(self._listener.fileno())
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            conn, _ = self._listener.accept()
        except OSError:
            return
        self._drop()
        conn.setblocking(False)
        self._conn = conn
        self._epoll.register(conn.fileno(), select.EPOLLIN)
        self._on_connect()
        self.flush()

    def _read(self, conn: socket.socket) -> list[Wish]:
        try:
            data = conn.recv(65536)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self._drop()
            return []
        self._input += data
        *lines, rest = self._input.split(b"\n")
        self._input = rest
        if len(rest) > MAX_LINE:
            self._drop()
        return [wish for line in lines if (wish := self._wish(bytes(line))) is not None]

    def _wish(self, line: bytes) -> Wish | None:
        try:
            return decode_wish(line)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            self.malformed += 1
            log.warning("wish refused", error=repr(error)[:200], refused=self.malformed)
            return None

    def _drop(self) -> None:
        if self._conn is None:
            return
        self._epoll.unregister(self._conn.fileno())
        self._conn.close()
        self._conn, self._sent = None, 0
        self._input.clear()
        self._output.clear()


def _listen(path: Path) -> socket.socket:
    """A listening Unix socket only our own user can reach."""
    return _bound(path, socket.SOCK_STREAM)


def receive_socket(path: Path) -> socket.socket:
    """The datagram socket strips come to, reachable by our own user only."""
    return _bound(path, socket.SOCK_DGRAM)


def _bound(path: Path, kind: socket.SocketKind) -> socket.socket:
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, kind)
    umask = os.umask(0o177)
    try:
        sock.bind(str(path))
    finally:
        os.umask(umask)
    if kind == socket.SOCK_STREAM:
        sock.listen(4)
    sock.setblocking(False)
    return sock
