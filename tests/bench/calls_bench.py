"""CPU a basic call costs the control process: sipp at both ends, 200 calls a second, the bridge between them.

A call is INVITE to BYE over two legs with media planned on both (no voice flows: the relay has a bench of its
own).
"""

from __future__ import annotations

import csv
import subprocess
import tempfile
from pathlib import Path

from stage import House, answering, caller, cpu, free_tcp, free_udp, house

BRIDGE, CARRIER, PBX = "127.0.0.20", "127.0.0.21", "127.0.0.22"
RATE = 200
CALLS = 1500
ROUNDS = 3
"""The cost of the same call varies by a tenth on a virtual machine: the median of three is told."""
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


def run() -> dict[str, list[float]]:
    """Of each round, per call: CPU milliseconds in control and in media; calls that failed, messages sent
    again."""
    sip, far = free_udp(BRIDGE), free_udp(PBX)
    config = _CONFIG.format(bridge=BRIDGE, carrier=CARRIER, pbx=PBX, sip=sip, far=far, page=free_tcp())
    with house(config) as bridge, answering(PBX, far, bridge.folder):
        rounds = [_measure(bridge, sip) for _ in range(ROUNDS)]
    return {figure: [each[figure] for each in rounds] for figure in rounds[0]}


def _measure(bridge: House, sip: int) -> dict[str, float]:
    parts = bridge.child("control"), bridge.child("media")
    before = [cpu(part) for part in parts]
    with tempfile.TemporaryDirectory(dir=bridge.folder) as name:
        argv = [*caller(CARRIER, f"{BRIDGE}:{sip}", "12345", RATE, CALLS), "-trace_stat", "-fd", "60"]
        subprocess.run(argv, cwd=name, capture_output=True, timeout=60, check=False)
        with next(Path(name).glob("uac_*.csv")).open() as statistics:
            *_, last = csv.DictReader(statistics, delimiter=";")
    control, media = (1000 * (cpu(part) - was) / CALLS for part, was in zip(parts, before, strict=True))
    return {
        "control_ms_per_call": control,
        "media_ms_per_call": media,
        "failed": CALLS - float(last["SuccessfulCall(C)"]),
        "retransmissions": float(last["Retransmissions(C)"]),
    }
