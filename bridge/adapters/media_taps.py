"""The voices the media process hands up: datagrams of a Unix socket, leg by leg."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from bridge.adapters import metrics
from bridge.media.tap import MAX_DATAGRAM, decode_tap

log = structlog.get_logger(__name__)

TAPS_AT_ONCE = 64
"""Tap datagrams read before the event loop may do something else."""

# Looked up once: a label costs more than the counting, and taps come ten times a second from each leg.
_TAPS: Final = metrics.MEDIA_TAPS.labels("received")


class TapSocket:
    """`on_tap` gets leg, CLOCK_MONOTONIC of the first sample, s16le at 8 kHz; it is called on the event loop
    and must not block."""

    def __init__(self, path: Path, on_tap: Callable[[str, float, bytes], None]) -> None:
        self._path, self._on_tap = path, on_tap
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """The tap socket, reachable by our own user only. add_reader: uvloop has no Unix datagram
        endpoints."""
        self._path.unlink(missing_ok=True)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.setblocking(False)
        umask = os.umask(0o177)
        try:
            sock.bind(str(self._path))
        except OSError:
            sock.close()
            raise
        finally:
            os.umask(umask)
        self._socket = sock
        asyncio.get_running_loop().add_reader(sock.fileno(), self._read, sock)

    def close(self) -> None:
        """No more taps. Harmless when repeated."""
        sock, self._socket = self._socket, None
        if sock is not None:
            asyncio.get_running_loop().remove_reader(sock.fileno())
            sock.close()
            self._path.unlink(missing_ok=True)

    def _read(self, sock: socket.socket) -> None:
        for _ in range(TAPS_AT_ONCE):
            try:
                datagram = sock.recv(MAX_DATAGRAM)
            except OSError:
                return
            self._receive(datagram)

    def _receive(self, datagram: bytes) -> None:
        try:
            leg, at, pcm = decode_tap(datagram)
        except ValueError:
            metrics.MEDIA_TAPS.labels("malformed").inc()
            return
        _TAPS.inc()
        try:
            self._on_tap(leg, at, pcm)
        except Exception:  # the transcript of one leg, never the others'
            log.exception("tap not handled")
