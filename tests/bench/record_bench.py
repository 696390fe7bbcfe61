"""What a hundred two-way calls cost with captions and recording of both sides: media process and recorder
together.

Strategy: as `relay_bench`, with every leg tapped and recorded. The taps' listener is a thread of ours (it
stands for control, whose work is not counted), the recorder is the real process writing real files. Cost is
CPU time (schedstat), so other load on the machine does not count.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from relay_bench import CALLS, WARM_UP, WINDOWS, end, listen, percent, say, start

from bridge.media.plan import CallPlan, LegPlan, LegStats, Ports
from bridge.media.plan_lines import decode_event, encode_plan
from bridge.media.takes import LEFT, RIGHT, TakeLeg, TakePlan, encode

_MEDIA = (
    "import sys; from pathlib import Path; from bridge.media.relay import run; "
    "a = list(map(Path, sys.argv[1:])); "
    f"run(a[0], a[1], '127.0.0.1', (20000, 29999), {2 * CALLS}, a[3], strip_path=a[2])"
)
_RECORDER = (
    "import sys; from pathlib import Path; from bridge.recorder.run import run; a = sys.argv[1:]; "
    "run(Path(a[0]), Path(a[1]), Path(a[2]), bytes.fromhex(a[3]) or None, 0, None)"
)


def run() -> dict[str, Any]:
    """% of a core per 100 calls in each window: both processes, and each; files plain, then sealed."""
    with tempfile.TemporaryDirectory() as folder:
        plain = _run(Path(folder), b"")
    with tempfile.TemporaryDirectory() as folder:
        sealed = _run(Path(folder), bytes(range(32)))
    return {
        "record_cpu": [sum(each) for each in plain],
        "record_media_cpu": [media for media, _ in plain],
        "record_recorder_cpu": [recorder for _, recorder in plain],
        "record_sealed_cpu": [sum(each) for each in sealed],
    }


def _run(folder: Path, key: bytes) -> list[tuple[float, float]]:
    control, taps, strips, wishes = (folder / name for name in ("media", "taps", "strips", "wishes"))
    recorder = _start(_RECORDER, str(wishes), str(strips), str(folder / "recordings"), key.hex())
    ears = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ears.bind(str(taps))
    media = _start(_MEDIA, str(control), str(taps), str(strips), str(folder))
    load = start("load")
    threading.Thread(target=_drain, args=(ears,), daemon=True).start()
    try:
        phones = listen(load)
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as plans,
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as takes,
        ):
            takes.connect(str(wishes))
            say(load, _plan(plans, takes, control, phones))
            time.sleep(WARM_UP)
            return [_window(media.pid, recorder.pid) for _ in range(WINDOWS)]
    finally:
        end(media, load, recorder)
        ears.close()


def _start(code: str, *argv: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", code, *argv], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()  # ready
    return process


def _window(media: int, recorder: int) -> tuple[float, float]:
    """Both over the same time."""
    found: list[float] = [0.0]

    def other() -> None:
        found[0] = percent(recorder)

    beside = threading.Thread(target=other)
    beside.start()
    ours = percent(media)
    beside.join()
    return ours * 100 / CALLS, found[0] * 100 / CALLS


def _drain(ears: socket.socket) -> None:
    try:
        while ears.recv(65536):
            pass
    except OSError:
        return


def _plan(plans: socket.socket, takes: socket.socket, control: Path, phones: list[int]) -> list[int]:
    """Plans and takes of every call; the relay's ports in the order of the telephones."""
    plans.connect(str(control))
    events = plans.makefile("rb")
    offer = decode_event(events.readline())
    assert isinstance(offer, Ports)
    ports = list(offer.ports[: 2 * CALLS])
    for call in range(CALLS):
        a, b = f"{call}-0", f"{call}-1"
        legs = tuple(
            LegPlan(name, ports[at], ("127.0.0.2", phones[at]), hears=(other,), tap=True, record=True)
            for name, other, at in ((a, b, 2 * call), (b, a, 2 * call + 1))
        )
        plans.sendall(encode_plan(CallPlan(str(call), legs)))
        sides = (TakeLeg(a, LEFT, "caller"), TakeLeg(b, RIGHT, "12345"))
        takes.sendall(encode(TakePlan(f"take{call}", str(call), sides)))
    last = CallPlan("last", (LegPlan("last", 19998),)), CallPlan("last")
    plans.sendall(b"".join(map(encode_plan, last)))  # closed when all before it have been carried out
    while not isinstance(decode_event(events.readline()), LegStats):
        pass
    return ports
