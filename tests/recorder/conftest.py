"""The recorder started for real, a control that speaks its lines, and a media process that sends strips."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from bridge.media.strip import Strip, encode_strip
from bridge.media.takes import News, Wish, decode_news, encode
from bridge.recorder.run import run
from tests.peers.nursery import Child

PATIENCE = 15.0
Kind = TypeVar("Kind", bound=News)


class Recorder:
    """The process; sockets and recordings below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.shelf = folder, folder / "recordings"
        self.control_path, self.strips_path = folder / "control.sock", folder / "strips.sock"
        self.key, self.least, self.quota = b"", 0, 0
        self.process: Child | None = None
        self._control: socket.socket | None = None
        self._lines: list[bytes] = []
        self._rest = b""
        self.news: list[News] = []
        self._strips = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._strips.settimeout(PATIENCE)
        self._numbers: dict[str, int] = {}

    def start(self) -> None:
        places = (self.control_path, self.strips_path, self.shelf)
        self.process = Child(run, *places, self.key or None, self.least, self.quota or None)
        self.process.wait_line("recorder ready")
        self.connect()

    def connect(self) -> None:
        """A new control."""
        if self._control is not None:
            self._control.close()
        self._control, self._rest = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), b""
        self._control.settimeout(PATIENCE)
        self._control.connect(str(self.control_path))
        self._strips.connect(str(self.strips_path))

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        status = self.process.end(number, PATIENCE)
        self.process = None
        return status

    def wish(self, *wishes: Wish) -> None:
        assert self._control is not None
        self._control.sendall(b"".join(map(encode, wishes)))

    def say(self, leg: str, at: float, octets: bytes, law: str = "PCMA", lost: int = 0) -> None:
        """Strips of 0.3 s from `at` on; the first `lost` of them do not arrive."""
        for begin in range(0, len(octets), 2400):
            number = self._numbers[leg] = self._numbers.get(leg, -1) + 1
            strip = Strip(leg, number, at + begin / 8000, law, octets[begin : begin + 2400])  # type: ignore[arg-type]
            if begin // 2400 >= lost:
                self._strips.send(encode_strip(strip))

    def wait(self, kind: type[Kind], true: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """The first news of that kind of which this is true and that was not waited for yet."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for place, news in enumerate(self.news):
                if isinstance(news, kind) and true(news):
                    return self.news.pop(place)  # type: ignore[return-value]
            self._hear()
        raise AssertionError(f"no {kind.__name__}; heard {self.news}")

    def close(self) -> None:
        if self.process is not None:
            self.end(signal.SIGKILL)
        for sock in (self._control, self._strips):
            if sock is not None:
                sock.close()

    def _hear(self) -> None:
        assert self._control is not None
        *lines, self._rest = (self._rest + self._control.recv(65536)).split(b"\n")
        self.news += map(decode_news, lines)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """One that the test starts itself."""
    made = Recorder(tmp_path)
    yield made
    made.close()


def until(true: Callable[[], object], what: str) -> None:
    """Wait until this is true."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        os.sched_yield()
        time.sleep(0.005)
