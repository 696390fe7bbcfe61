"""What a hundred two-way calls cost in the media process, and what the same relay costs on stock asyncio.

Strategy: one load process (200 telephones, 50 packets a second each) drives first the media process, then a
naive asyncio relay, on 127.0.0.0/8 only. Cost is the relay's own CPU time (schedstat, nanoseconds), so
other load on the machine does not count; added latency is the kernel's receive timestamp minus the time of
sending, so the load process's own reading does not count either.

The other two parts of this file run as processes of their own: `relay_bench.py load`, `relay_bench.py naive`.
"""

from __future__ import annotations

import asyncio
import json
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from stage import cpu

from bridge.media import rtp
from bridge.media.plan import CallPlan, LegPlan, LegStats, Ports
from bridge.media.plan_lines import decode_event, encode_plan

CALLS = 100
WARM_UP, WINDOW, WINDOWS = 1.0, 1.5, 3
"""Seconds, and how often CPU is read. Both relays together stay below 15 s."""
SLOTS = 20
"""The telephones are spread evenly over the 20 ms of a frame."""
_TIMESPEC = struct.Struct("@qq")
_SENT = struct.Struct("!Q")
_SO_TIMESTAMPNS = 35  # Linux; not in the socket module before 3.14
_HERE = str(Path(__file__).resolve())


def _socket(host: str, port: int = 0) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, port))
    sock.setblocking(False)
    return sock


# --- the load, in its own process ---------------------------------------------------------------------------


def _load(count: int) -> None:
    """Prints the ports of so many telephones, reads the relay's ports, talks, prints what it heard."""
    phones = [_socket("127.0.0.2") for _ in range(count)]
    print(json.dumps([phone.getsockname()[1] for phone in phones]), flush=True)
    targets = json.loads(sys.stdin.readline())
    poll = select.epoll()
    for phone, port in zip(phones, targets, strict=True):
        phone.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        phone.connect(("127.0.0.1", port))
        poll.register(phone.fileno(), select.EPOLLIN)
    print(json.dumps(_talk(phones, poll)), flush=True)


def _talk(phones: list[socket.socket], poll: select.epoll) -> dict[str, float]:
    by_fd = {phone.fileno(): phone for phone in phones}
    began, frame, sent = time.monotonic(), 0, 0
    half, late = WARM_UP + WINDOWS * WINDOW / 2, Heard()
    while (now := time.monotonic()) < began + WARM_UP + WINDOWS * WINDOW + 0.5:
        slot = frame % SLOTS
        for phone in phones[slot::SLOTS]:
            number = frame // SLOTS
            payload = _SENT.pack(time.time_ns()) + b"\xd5" * 152
            phone.send(rtp.build(8, (number, number * 160, phone.fileno()), payload))
            sent += 1
        frame += 1
        while (left := began + frame * 0.02 / SLOTS - time.monotonic()) > 0:
            for fd, _ in poll.poll(left, 64):
                late.note(_latency(by_fd[fd]), frame * 0.02 / SLOTS > half)
    end = time.monotonic() + 0.5  # a mixer goes on sending when nobody speaks
    while time.monotonic() < end and (ready := poll.poll(0.2)):
        for fd, _ in ready:
            late.note(_latency(by_fd[fd]), True)
    return {"sent": sent, "seconds": now - began, **late.told()}


class Heard:
    """Latencies in µs, of the first and of the second half of the run."""

    def __init__(self) -> None:
        self._halves: tuple[list[float], list[float]] = ([], [])

    def note(self, late: float, second: bool) -> None:
        """One packet's."""
        self._halves[second].append(late)

    def told(self) -> dict[str, float]:
        """How many, and quantiles."""
        everything = sorted(self._halves[0] + self._halves[1])
        quantiles = {f"p{of}": _quantile(everything, of) for of in (50, 95, 99)}
        halves = [_quantile(sorted(half), 99) for half in self._halves]
        return {"heard": len(everything), **quantiles, "p99_first": halves[0], "p99_second": halves[1]}


def _quantile(values: list[float], percent: int) -> float:
    return values[min(len(values) - 1, len(values) * percent // 100)] if values else 0.0


def _latency(phone: socket.socket) -> float:
    """Microseconds from sending to the kernel's receive timestamp."""
    datagram, ancillary, _, _ = phone.recvmsg(2048, 64)
    seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2][: _TIMESPEC.size])
    sent: int = _SENT.unpack_from(datagram, rtp.HEADER_SIZE)[0]
    return float(seconds * 10**9 + nanoseconds - sent) / 1000


# --- the naive peer, in its own process ---------------------------------------------------------------------


class _Leg(asyncio.DatagramProtocol):
    """Sends every datagram to the other leg's telephone, untouched."""

    transport: asyncio.DatagramTransport
    other: _Leg
    phone: tuple[str, int]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.other.transport.sendto(data, self.other.phone)


async def _naive() -> None:
    """Reads the telephones' ports, prints its own, relays until killed."""
    loop = asyncio.get_running_loop()
    legs: list[_Leg] = []
    for phone in json.loads(sys.stdin.readline()):
        _, leg = await loop.create_datagram_endpoint(_Leg, local_addr=("127.0.0.1", 0))
        leg.phone = ("127.0.0.2", phone)
        legs.append(leg)
    for a, b in zip(legs[::2], legs[1::2], strict=True):
        a.other, b.other = b, a
    print(json.dumps([leg.transport.get_extra_info("sockname")[1] for leg in legs]), flush=True)
    await asyncio.Event().wait()


# --- the two runs -------------------------------------------------------------------------------------------


def start(part: str, count: int = 2 * CALLS) -> subprocess.Popen[str]:
    """One part of this file in a process of its own: "load" (with so many telephones) or "naive"."""
    return subprocess.Popen(
        [sys.executable, _HERE, part, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def say(process: subprocess.Popen[str], value: object) -> None:
    """One line of JSON to it."""
    assert process.stdin is not None
    process.stdin.write(json.dumps(value) + "\n")
    process.stdin.flush()


def listen(process: subprocess.Popen[str]) -> list[int]:
    """One line of numbers from it."""
    assert process.stdout is not None
    return list(json.loads(process.stdout.readline()))


def _measure(load: subprocess.Popen[str], pid: int, targets: list[int]) -> dict[str, Any]:
    say(load, targets)
    time.sleep(WARM_UP)
    percents = [percent(pid) * 100 / CALLS for _ in range(WINDOWS)]
    assert load.stdout is not None
    heard = json.loads(load.stdout.readline())
    return {
        "cpu": percents,
        "p50": heard["p50"],
        "p95": heard["p95"],
        "p99": heard["p99"],
        "lost": heard["sent"] - heard["heard"],
        "rate": heard["sent"] / heard["seconds"],
    }


def percent(pid: int) -> float:
    """Of a core, in the next window."""
    began, before = time.monotonic(), cpu(pid)
    time.sleep(WINDOW)
    return 100 * (cpu(pid) - before) / (time.monotonic() - began)


def relay(groups: Sequence[int] = (2,) * CALLS) -> dict[str, Any]:
    """The media process with so many telephones in each call, 200 in all; everybody hears all the others."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "media.sock"
        code = (
            "import sys; from pathlib import Path; from bridge.media.relay import run; "
            f"run(Path({str(path)!r}), None, '127.0.0.1', (20000, 29999), {2 * CALLS}, Path({folder!r}))"
        )
        media = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        load = start("load")
        try:
            assert media.stdout is not None
            media.stdout.readline()
            phones = listen(load)
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
                return _measure(load, media.pid, _plan(control, path, phones, groups))
        finally:
            end(media, load)


def _plan(control: socket.socket, path: Path, phones: list[int], groups: Sequence[int]) -> list[int]:
    """Plans every call; the relay's ports in the order of the telephones."""
    control.connect(str(path))
    events = control.makefile("rb")
    offer = decode_event(events.readline())
    assert isinstance(offer, Ports)
    ports = list(offer.ports[: 2 * CALLS])
    seats = iter(zip(ports, phones, strict=True))
    for call, size in enumerate(groups):
        names = [f"{call}-{side}" for side in range(size)]
        legs = [
            LegPlan(name, port, ("127.0.0.2", phone), hears=tuple(other for other in names if other != name))
            for name, (port, phone) in zip(names, seats, strict=False)
        ]
        control.sendall(encode_plan(CallPlan(str(call), tuple(legs))))
    last = CallPlan("last", (LegPlan("last", 19998),)), CallPlan("last")
    control.sendall(b"".join(map(encode_plan, last)))  # closed when all before it have been carried out
    while not isinstance(decode_event(events.readline()), LegStats):
        pass
    return ports


def _asyncio() -> dict[str, Any]:
    naive, load = start("naive"), start("load")
    try:
        say(naive, listen(load))
        return _measure(load, naive.pid, listen(naive))
    finally:
        end(naive, load)


def end(*processes: subprocess.Popen[str]) -> None:
    """Kills them and takes their pipes away."""
    for process in processes:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def run() -> dict[str, Any]:
    """Per relay: % of a core per 100 calls in each window; added latency in µs (median, p95, p99); packets
    lost."""
    figures = {f"relay_{name}": value for name, value in relay().items()}
    return figures | {f"asyncio_{name}": value for name, value in _asyncio().items()}


if __name__ == "__main__":
    _load(int(sys.argv[2])) if sys.argv[1] == "load" else asyncio.run(_naive())
