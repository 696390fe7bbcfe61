"""What a call takes in memory while it lasts, and what ten thousand calls leave behind: control and media
together.

Calls are sipp's at both ends. What a transaction keeps for its half minute of lingering (RFC 3261 §17) is let
go of before memory is read.
"""

from __future__ import annotations

import subprocess
import time

import httpx
from calls_bench import BRIDGE, CARRIER, PBX, config
from stage import House, answering, caller, free_tcp, free_udp, house, memory

HELD = 500
RATE = 100
GROWTH = 10_000
WARM_UP = 3_000
"""Calls until caches, pools and arenas have their size."""
LINGER = 36.0
"""Seconds: Timer J and its like, and a little."""
PARTS = ("control", "media")


def run() -> dict[str, float]:
    """KB a call that lasts, and how many per cent 10,000 calls leave behind."""
    sip, far, page = free_udp(BRIDGE), free_udp(PBX), free_tcp()
    with house(config(sip, far, page)) as bridge, answering(PBX, far, bridge.folder):
        target = f"{BRIDGE}:{sip}"
        held = _held(bridge, target, page)  # first: later they would find room that other calls have left
        _calls(bridge, target, WARM_UP)
        settled = _memory(bridge)
        _calls(bridge, target, GROWTH)
        growth = 100 * (_memory(bridge) - settled) / settled
    return {"memory_kb_per_call": held, "memory_growth": growth}


def _held(bridge: House, target: str, page: int) -> float:
    """With so many calls up at once, all answered. Raises RuntimeError when they are not."""
    before = _memory(bridge)
    seconds = HELD / RATE + LINGER + 4
    argv = [*caller(CARRIER, target, "12345", RATE, HELD), "-d", str(int(seconds * 1000))]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(argv, cwd=bridge.folder, **quiet) as sipp:  # type: ignore[call-overload]
        time.sleep(HELD / RATE + LINGER)
        taken = _memory(bridge) - before
        up = httpx.get(f"http://127.0.0.1:{page}/api/v1/status", trust_env=False).json()["calls"]
        sipp.wait(60)
    if up != HELD:
        raise RuntimeError(f"{up} calls were up, not {HELD}")
    return taken / HELD / 1024


def _calls(bridge: House, target: str, calls: int) -> None:
    argv = caller(CARRIER, target, "12345", RATE, calls)
    subprocess.run(argv, cwd=bridge.folder, capture_output=True, timeout=60 + calls / RATE, check=True)
    time.sleep(LINGER)


def _memory(bridge: House) -> int:
    return sum(memory(bridge.child(part)) for part in PARTS)
