"""The media process's end of the control socket: JSON lines in (plans), JSON lines out (events).

Strategy: one control at a time; a new connection replaces the old one, because a restarted control is the
one that knows. Everything is non-blocking and bounded: a line too long ends the connection, a queue too
long drops its oldest event and counts. Nothing here may delay voice, so `take` hands out only a few lines
at a time.
"""

from __future__ import annotations

import os
import select
import socket
from collections import deque
from collections.abc import Callable
from pathlib import Path

import structlog

from bridge.media.plan import CallPlan, MediaEvent, Ports, Quality
from bridge.media.plan_lines import decode_plan, encode_event

log = structlog.get_logger(__name__)

MAX_LINE = 256 * 1024
"""Octets of one plan: a hundred times the largest real one."""
MAX_EVENTS = 4096
"""Events waiting for control, also while there is none: minutes of a busy process."""
LINES_AT_ONCE = 8
"""Plans carried out between two batches of voice: each costs about 0.1 ms."""
_READ = 65536


class Control:
    """The listening socket and the connection to control. `on_connect` gives the ports to offer first."""

    def __init__(self, epoll: select.epoll, path: Path, on_connect: Callable[[], tuple[int, ...]]) -> None:
        self._epoll, self._path, self._on_connect = epoll, path, on_connect
        self._listener = _listen(path)
        self._conn: socket.socket | None = None
        self._input = bytearray()
        self._lines: deque[bytes] = deque()
        self._output: deque[tuple[bool, bytes]] = deque()
        self._sent = 0
        self._writing = False
        self.malformed = self.dropped = 0
        self.busy = self.pending = False
        """Whether there are plans to take or events that the socket might take; whether there are plans.
        Plain attributes: the loop asks after every batch."""
        epoll.register(self._listener.fileno(), select.EPOLLIN)

    def handle(self, fd: int, events: int) -> bool:
        """Serves one ready descriptor; False when it is none of ours."""
        if fd == self._listener.fileno():
            self._accept()
        elif self._conn is not None and fd == self._conn.fileno():
            if events & ~select.EPOLLOUT:
                self._read(self._conn)
            if events & select.EPOLLOUT:
                self.flush()
        else:
            return False
        self._note()
        return True

    def take(self) -> list[CallPlan]:
        """The next few plans that came in."""
        plans = []
        for _ in range(min(LINES_AT_ONCE, len(self._lines))):
            try:
                plans.append(decode_plan(self._lines.popleft()))
            except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
                self.malformed += 1
                log.warning("plan refused", error=repr(error)[:200], refused=self.malformed)
        self._note()
        return plans

    def _note(self) -> None:
        self.pending = bool(self._lines)
        waits = bool(self._output) and self._conn is not None and not self._writing
        self.busy = self.pending or waits

    def tell(self, event: MediaEvent) -> None:
        """Queues an event; without a control it waits for the next one. Ports and figures do not: each
        control gets them afresh."""
        is_ports = isinstance(event, Ports)
        if self._conn is None and (is_ports or isinstance(event, Quality)):
            return
        if len(self._output) >= MAX_EVENTS:
            del self._output[1 if self._sent else 0]
            self.dropped += 1
        self._output.append((is_ports, encode_event(event)))
        self._note()

    def flush(self) -> None:
        """Writes what the socket takes."""
        if self._conn is None:
            return
        try:
            while self._output:
                line = self._output[0][1]
                self._sent += self._conn.send(line[self._sent :])
                if self._sent == len(line):
                    self._output.popleft()
                    self._sent = 0
            self._watch(writing=False)
        except BlockingIOError:
            self._watch(writing=True)
        except OSError:
            self._drop()
        self._note()

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
        self._output = deque(item for item in self._output if not item[0])
        self._output.appendleft((True, encode_event(Ports(self._on_connect()))))
        log.info("control connected", events_waiting=len(self._output) - 1)
        self.flush()

    def _read(self, conn: socket.socket) -> None:
        try:
            data = conn.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop()
            return
        self._input += data
        *lines, rest = self._input.split(b"\n")
        self._lines.extend(bytes(line) for line in lines)
        self._input = rest
        if len(self._input) > MAX_LINE:
            self.malformed += 1
            log.error("control sent a line without end", octets=len(self._input))
            self._drop()

    def _watch(self, *, writing: bool) -> None:
        if self._conn is not None and writing != self._writing:
            self._writing = writing
            self._epoll.modify(self._conn.fileno(), select.EPOLLIN | (select.EPOLLOUT if writing else 0))

    def _drop(self) -> None:
        """The connection is over; legs, plans already received and events for the next control stay."""
        if self._conn is None:
            return
        self._epoll.unregister(self._conn.fileno())
        self._conn.close()
        self._conn, self._writing, self._sent = None, False, 0
        self._input.clear()
        log.info("control gone")


def _listen(path: Path) -> socket.socket:
    """A listening Unix socket only our own user can reach. A path left over from a dead process is
    replaced."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    umask = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(umask)
    listener.listen(4)
    listener.setblocking(False)
    return listener
