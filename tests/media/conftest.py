"""The media process started for real, a control that speaks its lines, and telephones on 127.0.0.0/8."""

from __future__ import annotations

import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from bridge.media import relay, rtp
from bridge.media.plan import CallPlan, LegPlan, LegStats, MediaEvent, Ports
from bridge.media.plan_lines import decode_event, encode_plan
from bridge.media.tap import MAX_DATAGRAM, decode_tap
from tests.peers.nursery import Child
from tests.peers.ports import free_range

PATIENCE = 10.0
"""Seconds a test waits for something that must happen; nothing asserts how fast it was."""
Event = TypeVar("Event", bound=MediaEvent)


class Phone:
    """A telephone: a UDP socket that sends and hears RTP."""

    def __init__(self, host: str = "127.0.0.1", payload_type: int = 8, ssrc: int = 1) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((host, 0))
        self.sock.settimeout(PATIENCE)
        self.payload_type, self.ssrc = payload_type, ssrc
        self.seq, self.timestamp = 60000 + ssrc, 4_000_000_000 + ssrc
        self.to: tuple[str, int] = ("127.0.0.1", 9)

    @property
    def address(self) -> tuple[str, int]:
        return self.sock.getsockname()

    def say(self, payload: bytes = b"\x55" * 160, payload_type: int | None = None, **header: bool) -> None:
        """One packet; its numbers move on."""
        numbers = (self.seq, self.timestamp, self.ssrc)
        kind = self.payload_type if payload_type is None else payload_type
        self.sock.sendto(rtp.build(kind, numbers, payload, **header), self.to)
        self.seq, self.timestamp = self.seq + 1, self.timestamp + len(payload)

    def event(self, payload: bytes) -> None:
        """One telephone-event packet; the timestamp stays (RFC 4733 §2.2.1)."""
        timestamp = self.timestamp
        self.say(payload, 101)
        self.timestamp = timestamp

    def hear(self) -> tuple[rtp.Packet, bytes]:
        """The next packet; fails when none comes."""
        datagram = self.sock.recv(2048)
        packet = rtp.parse(datagram)
        return packet, datagram[packet.start : packet.end]

    def hears_nothing(self) -> bool:
        """Whether nothing is waiting (call it after something later has arrived elsewhere)."""
        return not select.select([self.sock], [], [], 0)[0]

    def quiet(self) -> None:
        """Forgets what is waiting."""
        while not self.hears_nothing():
            self.sock.recv(2048)


class Control:
    """The control side of the socket, blocking."""

    def __init__(self, path: Path) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(path))
        self.sock.settimeout(PATIENCE)
        self.lines = self.sock.makefile("rb")
        self.events: list[MediaEvent] = []
        self.ports: list[int] = []
        self.wait(Ports)

    def apply(self, *plans: CallPlan) -> None:
        """Sends plans and returns when they have been carried out: a leg opened and closed after them says
        so."""
        marker = LegPlan(f"marker {self.ports[-1]} {len(self.events)}", self.ports.pop())
        last = (CallPlan("marker", (marker,)), CallPlan("marker"))
        self.sock.sendall(b"".join(map(encode_plan, [*plans, *last])))
        self._until(lambda event: isinstance(event, LegStats) and event.leg == marker.leg)
        self.events.pop()

    def wait(self, kind: type[Event], test: Callable[[Event], bool] = lambda _: True) -> Event:
        """The first event of that kind that passes the test and was not waited for yet."""
        for index, event in enumerate(self.events):
            if isinstance(event, kind) and test(event):
                return self.events.pop(index)
        self._until(lambda event: isinstance(event, kind) and test(event))
        return self.events.pop()

    def _until(self, test: Callable[[MediaEvent], bool]) -> None:
        while True:
            event = decode_event(self.lines.readline())
            self.events.append(event)
            if isinstance(event, Ports):
                self.ports += event.ports
            if test(event):
                return

    def close(self) -> None:
        self.lines.close()
        self.sock.close()


class Media:
    """The process, the folder of its sockets and prompts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.socket, self.tap = folder, folder / "media.sock", folder / "tap.sock"
        self.prompts, self.strips = folder / "prompts", folder / "strips.sock"
        self.prompts.mkdir()
        self.range = free_range(64)
        self.process: Child | None = None
        self.phones: list[Phone] = []
        self.controls: list[Control] = []
        self.listeners: list[socket.socket] = []

    def start(self) -> str:
        """Starts it; the line that says it is ready."""
        places = (self.socket, self.tap, "127.0.0.1", self.range, 8, self.prompts)
        self.process = Child(relay.run, *places, None, 0.0, self.strips)
        return self.process.wait_line("media ready")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ends it by a signal; its exit status."""
        assert self.process is not None
        status = self.process.end(number, PATIENCE)
        self.process = None
        return status

    def control(self) -> Control:
        control = Control(self.socket)
        self.controls.append(control)
        return control

    def phone(self, host: str = "127.0.0.1", payload_type: int = 8) -> Phone:
        self.phones.append(Phone(host, payload_type, len(self.phones) + 1))
        return self.phones[-1]

    def listen(self, path: Path | None = None) -> socket.socket:
        """The tap socket, bound as control does; or another one."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.bind(str(path or self.tap))
        sock.settimeout(PATIENCE)
        self.listeners.append(sock)
        return sock

    def close(self) -> None:
        for control in self.controls:
            control.close()
        for sock in [*self.listeners, *(phone.sock for phone in self.phones)]:
            sock.close()
        if self.process is not None:
            self.stop(signal.SIGKILL)


@pytest.fixture
def media(tmp_path: Path) -> Iterator[Media]:
    """A running media process."""
    process = Media(tmp_path)
    process.start()
    yield process
    process.close()


@pytest.fixture
def stopped_media(tmp_path: Path) -> Iterator[Media]:
    """One that the test starts itself."""
    process = Media(tmp_path)
    yield process
    process.close()


@pytest.fixture
def hear_tap() -> Callable[[socket.socket, str, int], tuple[float, bytes]]:
    """`hear_tap(sock, leg, octets)`: time of the first sample and at least so many octets of that leg's
    tap, which must join without a seam."""

    def hear(sock: socket.socket, leg: str, octets: int) -> tuple[float, bytes]:
        began, pcm, deadline = 0.0, b"", time.monotonic() + PATIENCE
        while len(pcm) < octets:
            assert time.monotonic() < deadline, "taps came, but not enough of this leg's"
            name, at, piece = decode_tap(sock.recv(MAX_DATAGRAM))
            if name == leg:
                began = began or at
                assert abs(at - began - len(pcm) / 16000) < 1e-6
                pcm += piece
        return began, pcm

    return hear
