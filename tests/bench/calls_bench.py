"""CPU a basic call costs the control process: sipp at both ends, 300 calls a second for a minute, the bridge
between them.

A call is INVITE to BYE over two legs with media planned on both (no voice flows: the relay has a bench of its
own).
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from stage import House, answering, caller, cpu, free_tcp, free_udp, house

BRIDGE, CARRIER, PBX = "127.0.0.20", "127.0.0.21", "127.0.0.22"
RATE, SECONDS = 300, 60
CALLS = RATE * SECONDS
WINDOW = 10.0
"""Seconds: the same call's cost varies by a tenth on a virtual machine, so the median of windows is told."""
_CONFIG = """\
sip: {{listen: "{bridge}:{sip}"}}
media: {{address: {bridge}, ports: 20000-29998, spare: 512}}
api: {{listen: "127.0.0.1:{page}", trust_loopback: true}}
asr: {{enabled: false}}
database: {{url: "sqlite+aiosqlite:///{{folder}}/bench.db"}}
log: {{level: warning}}
platforms: {{"12345": {{name: 热线}}}}
trunks:
  carrier: {{hosts: [{carrier}/32], target: "{carrier}:5060"}}
  pbx: {{hosts: [{pbx}/32], target: "{pbx}:{far}"}}
routes:
  - {{name: 来话, number: "12345", from: [carrier], platform: "12345", to: [{{trunk: pbx, number: "6000"}}]}}
"""


def config(sip: int, far: int, page: int) -> str:
    """The bridge between sipp and sipp: its SIP port, that of the far end, and the page's."""
    return _CONFIG.format(bridge=BRIDGE, carrier=CARRIER, pbx=PBX, sip=sip, far=far, page=page)


def run() -> dict[str, list[float]]:
    """CPU milliseconds a call in control and in media, of each window; calls failed, messages sent again."""
    sip, far = free_udp(BRIDGE), free_udp(PBX)
    with house(config(sip, far, free_tcp())) as bridge, answering(PBX, far, bridge.folder):
        return _measure(bridge, sip)


def _measure(bridge: House, sip: int) -> dict[str, list[float]]:
    parts = {"control_ms_per_call": bridge.child("control"), "media_ms_per_call": bridge.child("media")}
    figures: dict[str, list[float]] = {name: [] for name in (*parts, "failed", "retransmissions")}
    with tempfile.TemporaryDirectory(dir=bridge.folder) as name:
        argv = [*caller(CARRIER, f"{BRIDGE}:{sip}", "12345", RATE, CALLS), "-trace_stat", "-fd", "1"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(argv, cwd=name, **quiet) as sipp:  # type: ignore[call-overload]
            time.sleep(2.0)  # until calls end as fast as they begin
            for _ in range(int(SECONDS / WINDOW) - 1):
                _window(parts, figures, Path(name))
            sipp.wait(2 * SECONDS)
        last = _told(Path(name))
    figures["failed"].append(CALLS - last["SuccessfulCall(C)"])
    figures["retransmissions"].append(last["Retransmissions(C)"])
    return figures


def _window(parts: dict[str, int], figures: dict[str, list[float]], folder: Path) -> None:
    """By the calls that were carried through in it: one that was turned away is no cheap call."""
    before, done = {name: cpu(pid) for name, pid in parts.items()}, _told(folder)["SuccessfulCall(C)"]
    time.sleep(WINDOW)
    calls = _told(folder)["SuccessfulCall(C)"] - done
    for name, pid in parts.items():
        figures[name].append(1000 * (cpu(pid) - before[name]) / max(calls, 1))


def _told(folder: Path) -> dict[str, float]:
    """sipp's newest whole line of counters: one a second, so a window is out by a second's calls at most."""
    with next(folder.glob("uac_*.csv")).open() as statistics:
        heads, *lines = [line.split(";") for line in statistics if line.endswith("\n")]
    return {name: _number(value) for name, value in zip(heads, lines[-1], strict=False)}


def _number(value: str) -> float:
    """Of a counter; what is no number (times of day) is 0."""
    try:
        return float(value)
    except ValueError:
        return 0.0
