"""CPU a basic call costs the control process: sipp at both ends, 200 calls a second, the bridge between them.

A call is INVITE to BYE over two legs with media planned on both (no voice flows: the relay has a bench of its own).
Bounded: 3,000 calls, half a minute at most. Run alone; figures on a busy machine are a busy machine's.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

BRIDGE, CARRIER, PBX = "127.0.0.20", "127.0.0.21", "127.0.0.22"
RATE = 200
CALLS = 3000
CONFIG = """\
sip: {{listen: "{bridge}:{sip}"}}
media: {{address: {bridge}, ports: 20000-29998, spare: 512}}
api: {{listen: "127.0.0.1:{page}", trust_loopback: true}}
asr: {{enabled: false}}
database: {{url: "sqlite+aiosqlite:///{folder}/bench.db"}}
log: {{level: warning}}
platforms: {{"12345": {{name: 热线}}}}
trunks:
  carrier: {{hosts: [{carrier}/32], target: "{carrier}:5060"}}
  pbx: {{hosts: [{pbx}/32], target: "{pbx}:{far}"}}
routes:
  - {{name: 来话, number: "12345", from: [carrier], platform: "12345", to: [{{trunk: pbx, number: "6000"}}]}}
"""


def run() -> dict[str, float]:
    """Figures by name: CPU in ms a call, failures, calls."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sip, far = free_udp(BRIDGE), free_udp(PBX)
        config = folder / "bridge.yaml"
        config.write_text(
            CONFIG.format(
                bridge=BRIDGE, carrier=CARRIER, pbx=PBX, sip=sip, far=far, page=free_tcp(), folder=folder
            )
        )
        bridge = subprocess.Popen(
            [sys.executable, "-m", "bridge", "serve", "-c", str(config)], stdout=subprocess.PIPE, text=True
        )
        try:
            wait_ready(bridge)
            uas = subprocess.Popen(
                [sipp(), "-sn", "uas", "-i", PBX, "-p", str(far), "-nostdin", "-bg"],
                cwd=folder,
                stdout=subprocess.DEVNULL,
            )
            uas.wait()
            try:
                return _measure(bridge.pid, sip, folder)
            finally:
                subprocess.run(["pkill", "-f", f"sipp -sn uas -i {PBX}"], check=False)
        finally:
            bridge.terminate()
            bridge.wait(20)


def _measure(pid: int, sip: int, folder: Path) -> dict[str, float]:
    control, media = child(pid, "control"), child(pid, "media")
    before = cpu(control), cpu(media)
    done = subprocess.run(
        [
            sipp(), "-sn", "uac", "-s", "12345", f"{BRIDGE}:{sip}", "-i", CARRIER, "-r", str(RATE), "-m", str(CALLS),
            "-l", "1000", "-d", "500", "-timeout", "40", "-nostdin", "-trace_stat", "-fd", "60",
        ],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    after = cpu(control), cpu(media)
    failed = int(_last(folder, "FailedCall(C)"))
    return {
        "control_ms_per_call": (after[0] - before[0]) * 1000 / CALLS,
        "media_ms_per_call": (after[1] - before[1]) * 1000 / CALLS,
        "calls": CALLS,
        "failed": failed,
        "retransmissions": int(_last(folder, "Retransmissions(C)")),
        "sipp_exit": done.returncode,
    }


def _last(folder: Path, column: str) -> str:
    rows = next(folder.glob("uac_*.csv")).read_text().splitlines()
    return rows[-1].split(";")[rows[0].split(";").index(column)]


def sipp() -> str:
    """The program's path."""
    found = shutil.which("sipp")
    if found is None:
        raise SystemExit("needs the Debian package sip-tester")
    return found


def child(pid: int, name: str) -> int:
    """The process id of `bridge NAME` below the watch."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(re.findall(r"PPid:\s+(\d+)", (path / "status").read_text())[0])
            words = (path / "cmdline").read_bytes().split(b"\0")
        except (OSError, IndexError):
            continue
        if parent == pid and name.encode() in words:
            return int(path.name)
    raise RuntimeError(f"no {name} process")


def cpu(pid: int) -> float:
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_ready(process: subprocess.Popen[str]) -> None:
    """Until `bridge serve` says so."""
    for line in process.stdout or ():
        if line.startswith("bridge ready"):
            return
    raise RuntimeError("the bridge did not start")


def free_udp(host: str) -> int:
    """A UDP port nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def free_tcp() -> int:
    """A TCP port nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    for key, value in run().items():
        print(f"{key:24} {value:10.3f}")
