"""CPU a basic call costs the control process: sipp at both ends, 200 calls a second, the bridge between them.

A call is INVITE to BYE over two legs with media planned on both (no voice flows: the relay has a bench of its
own). Bounded: 3,000 calls, half a minute at most.
"""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stage import STOP_SECONDS, House, cpu, free_tcp, free_udp, house, sipp

BRIDGE, CARRIER, PBX = "127.0.0.20", "127.0.0.21", "127.0.0.22"
RATE = 200
CALLS = 3000
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


def run() -> dict[str, float]:
    """Per call: CPU milliseconds in control and in media; calls that failed, messages sent again."""
    sip, far = free_udp(BRIDGE), free_udp(PBX)
    config = _CONFIG.format(bridge=BRIDGE, carrier=CARRIER, pbx=PBX, sip=sip, far=far, page=free_tcp())
    with house(config) as bridge, _answering(far, bridge.folder):
        return _measure(bridge, sip)


@contextmanager
def _answering(port: int, folder: Path) -> Iterator[None]:
    """sipp picks up every call at the far end."""
    argv = [sipp(), "-sn", "uas", "-i", PBX, "-p", str(port), "-nostdin"]
    process = subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait(STOP_SECONDS)


def _measure(bridge: House, sip: int) -> dict[str, float]:
    parts = bridge.child("control"), bridge.child("media")
    before = [cpu(part) for part in parts]
    subprocess.run(
        [
            sipp(), "-sn", "uac", "-s", "12345", f"{BRIDGE}:{sip}", "-i", CARRIER, "-r", str(RATE),
            "-m", str(CALLS), "-l", "1000", "-d", "500", "-timeout", "40", "-nostdin", "-trace_stat",
            "-fd", "60",
        ],
        cwd=bridge.folder, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    control, media = (1000 * (cpu(part) - was) / CALLS for part, was in zip(parts, before, strict=True))
    with next(bridge.folder.glob("uac_*.csv")).open() as statistics:
        *_, last = csv.DictReader(statistics, delimiter=";")
    return {
        "control_ms_per_call": control,
        "media_ms_per_call": media,
        "failed": CALLS - float(last["SuccessfulCall(C)"]),
        "retransmissions": float(last["Retransmissions(C)"]),
    }
