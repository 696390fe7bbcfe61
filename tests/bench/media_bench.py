"""The media process beside rtpengine on the same load, and its voice while control and recogniser are frozen.

CPU is each process's own (schedstat); rtpengine and our relay run one after the other, twice in turn, so
that a busy minute of the machine hits both. Latency is measured as `relay_bench` does.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import relay_bench as relay
import rtpengine
from stage import free_udp

from bridge.media.plan import CallPlan, LegPlan, LegStats, Ports
from bridge.media.plan_lines import decode_event, encode_plan

_HERE: Final = str(Path(__file__).resolve())


class Media:
    """A media process and a control that plans for it. tap: a recogniser is there to be told."""

    def __init__(self, folder: str, legs: int, *, tap: bool = False) -> None:
        self.path, self.taps = Path(folder) / "media.sock", Path(folder) / "tap.sock"
        listener = f"Path({str(self.taps)!r})" if tap else "None"
        code = (
            "import sys; from pathlib import Path; from bridge.media.relay import run; "
            f"run(Path({str(self.path)!r}), {listener}, '127.0.0.1', (20000, 29999), {legs}, "
            f"Path({folder!r}))"
        )
        self.process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.process.stdout.readline()


def _plan(path: Path, phones: list[int], size: int, *, tap: bool) -> tuple[socket.socket, list[int]]:
    """Calls of `size` parties who all hear each other; the connection, and our ports."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    control.connect(str(path))
    events = control.makefile("rb")
    offer = decode_event(events.readline())
    assert isinstance(offer, Ports)
    ports = list(offer.ports[: len(phones)])
    for first in range(0, len(phones), size):
        group = range(first, first + size)
        legs = tuple(
            LegPlan(
                str(n), ports[n], ("127.0.0.2", phones[n]), tap=tap,
                hears=tuple(str(other) for other in group if other != n),
            )
            for n in group
        )  # fmt: skip
        control.sendall(encode_plan(CallPlan(f"call{first}", legs)))
    last = CallPlan("last", (LegPlan("last", 19998),)), CallPlan("last")
    control.sendall(b"".join(map(encode_plan, last)))
    while not isinstance(decode_event(events.readline()), LegStats):
        pass
    return control, ports


def _ours(size: int, count: int) -> dict[str, Any]:
    """Percent of a core in each window for `count` telephones in calls of `size`."""
    with tempfile.TemporaryDirectory() as folder:
        media, load = Media(folder, count), relay.start("load", count)
        try:
            control, ports = _plan(media.path, relay.listen(load), size, tap=False)
            with control:
                return _measure(load, media.process.pid, ports)
        finally:
            relay.end(media.process, load)


def _theirs(program: str) -> dict[str, Any]:
    load = relay.start("load")
    try:
        phones = relay.listen(load)
        with rtpengine.running(program, free_udp("127.0.0.1")) as (pid, control):
            return _measure(load, pid, rtpengine.relay(control, phones))
    finally:
        relay.end(load)


def _measure(load: subprocess.Popen[str], pid: int, targets: list[int]) -> dict[str, Any]:
    relay.say(load, targets)
    time.sleep(relay.WARM_UP)
    percents = [relay.percent(pid) for _ in range(relay.WINDOWS)]
    assert load.stdout is not None
    heard = json.loads(load.stdout.readline())
    # On a busy machine the telephones do not keep up; what a relay costs is reckoned to their full rate.
    full = 50 * len(targets) / (heard["sent"] / heard["seconds"])
    return {"cpu": [percent * full for percent in percents], "lost": heard["sent"] - heard["heard"]}


def _frozen() -> dict[str, float]:
    """p99 of the added latency, first with control and a listener at work, then with both stopped."""
    with tempfile.TemporaryDirectory() as folder:
        media, load = Media(folder, 2 * relay.CALLS, tap=True), relay.start("load")
        work = subprocess.Popen(
            [sys.executable, _HERE, str(media.path), str(media.taps)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            relay.say(work, relay.listen(load))
            relay.say(load, relay.listen(work))
            time.sleep(relay.WARM_UP + relay.WINDOWS * relay.WINDOW / 2)
            os.kill(work.pid, signal.SIGSTOP)
            assert load.stdout is not None
            heard = json.loads(load.stdout.readline())
            return {"normal": heard["p99_first"], "frozen": heard["p99_second"]}
        finally:
            os.kill(work.pid, signal.SIGCONT)
            relay.end(media.process, load, work)


def _at_work(path: Path, taps: Path) -> None:
    """Control and recogniser in one process: plans, then reads events and taps until killed."""
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ear.bind(str(taps))
    control, ports = _plan(path, json.loads(sys.stdin.readline()), 2, tap=True)
    print(json.dumps(ports), flush=True)
    with control:
        while True:
            ear.recv(65536)


def run() -> dict[str, Any]:
    """Percent of a core: per 100 calls ours and rtpengine's, and their ratio."""
    figures: dict[str, Any] = {}
    program = rtpengine.found()
    if program is None:
        print("rtpengine is not installed (Debian: rtpengine-daemon): not compared", file=sys.stderr)
    else:
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(2):
            ours += _ours(2, 2 * relay.CALLS)["cpu"]
            theirs += _theirs(program)["cpu"]
        figures |= {"ours_cpu": ours, "rtpengine_cpu": theirs}
        figures["of_rtpengine"] = statistics.median(ours) / statistics.median(theirs)
    frozen = _frozen()
    return figures | {"p99_normal": frozen["normal"], "p99_frozen_ratio": frozen["frozen"] / frozen["normal"]}


if __name__ == "__main__":
    _at_work(Path(sys.argv[1]), Path(sys.argv[2]))
