"""Our recogniser's server beside the stock vosk-server: the same model, the same talkers, in the same run.

Each server has one core to itself, the talkers another. Two kinds of talk, both made of the recordings in
tests/data/speech: steady (short breaths between sentences) and half silent (as long a pause as a sentence:
one side of a conversation). What is noted is told in `asr_talkers`. The stock server is run from the file
that STOCK_VOSK_SERVER names (`stock_vosk`); without it there are our own figures only, and no ratios.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stage import cpu, free_tcp, memory

HERE: Final = Path(__file__).parent
SPEECH: Final = HERE.parent / "data" / "speech"
MODEL: Final = HERE.parents[1] / "asr" / "models" / "demo"
STOCK: Final = os.environ.get("STOCK_VOSK_SERVER", "")
RATE: Final = 8000
CHUNK: Final = {"ours": 0.1, "stock": 0.2}
"""Seconds of voice a message, as each side's own client sends: our bridge, the stock server's examples."""
BREATH: Final = 0.7
STREAMS: Final = (10, 50)
SECONDS: Final = 10.0
PROBE_SECONDS: Final = 6.0
PROBES: Final = 4
"""Steps of a bisection between a half and twice what the cost of 20 streams foretells: a server has
its start in that cost, and what is thinned out under load."""
LAG: Final = 1.0
CALLS, AT_ONCE, CALL_SECONDS = 1000, 100, 1.0

Told = dict[str, Any]


@dataclass(frozen=True)
class Server:
    """A running recogniser."""

    kind: str
    port: int
    pid: int


def run() -> dict[str, float]:
    """Latencies, capacity, memory; the ratios where the stock server could be had."""
    figures: dict[str, float] = {}
    if not STOCK:
        print("asr: STOCK_VOSK_SERVER 没有指明 asr_server.py，只量自己的", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as folder:
        steady, half = _talk(Path(folder) / "steady", 0.0), _talk(Path(folder) / "half", 1.0)
        kinds = ("ours", "stock") if STOCK else ("ours",)
        seen = {kind: _one(kind, steady, half) for kind in kinds}
    for kind, values in seen.items():
        figures |= {f"asr_{kind}_{name}": value for name, value in values.items()}
    if STOCK:
        figures |= {
            f"asr_of_stock_{name}": seen["ours"][name] / seen["stock"][name] for name in seen["stock"]
        }
        equal = _small_messages()
        figures["asr_of_stock_cpu_equal"] = figures["asr_ours_cpu"] / equal
        figures["asr_stock_mb_per_stream"] = _taken("stock")
    return figures | _memory()


def _one(kind: str, steady: Path, half: Path) -> dict[str, float]:
    """Medians in milliseconds at each number of streams, and the streams a core carries."""
    values: dict[str, float] = {}
    for streams in STREAMS:
        _say(f"{kind}: {streams} 路的延迟")
        with _server(kind) as server:
            told = _talkers(server, streams, SECONDS, steady)
        # A server that is far behind may have shown nothing by the end: as late as the run is long.
        late = {name: told[name] or [SECONDS] for name in ("interim", "final")}
        values |= {f"{name}_{streams}": 1000 * statistics.median(late[name]) for name in late}
    for name, talk, words in (("", steady, "连续说话"), ("_half", half, "一半是静音")):
        cost = _cost(kind, talk)
        values[f"cpu{name}"] = 1000 * cost
        values[f"streams{name}"] = _capacity(kind, talk, words, cost)
    return values


def _cost(kind: str, talk: Path, chunk: float | None = None) -> float:
    """Seconds of CPU a stream takes for a second of talk, twenty of them on a server just started."""
    with _server(kind) as server:
        before = cpu(server.pid)
        _talkers(server, 20, PROBE_SECONDS, talk, chunk)
        return (cpu(server.pid) - before) / 20 / PROBE_SECONDS


def _small_messages() -> float:
    """Milliseconds of CPU a stream takes of the stock server when it is sent messages as small as ours."""
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as folder:
        return 1000 * _cost("stock", _talk(Path(folder) / "steady", 0.0), CHUNK["ours"])


def _capacity(kind: str, talk: Path, words: str, cost: float) -> float:
    """The most streams at which 95 % of the finals come within a second of their voice."""
    low, high = 0.5 / cost, 2 / cost
    for _ in range(PROBES):
        middle = (low + high) / 2
        with _server(kind) as server:
            told = _talkers(server, round(middle), PROBE_SECONDS, talk)
        kept = _keeps_up(told)
        _say(f"{kind}: {words}，{round(middle)} 路{'跟得上' if kept else '跟不上'}")
        low, high = (middle, high) if kept else (low, middle)
    return float(round(low))


def _keeps_up(told: Told) -> bool:
    lags = sorted(told["final_lag"])
    return bool(lags) and not told["unanswered"] and lags[int(0.95 * (len(lags) - 1))] < LAG


def _taken(kind: str) -> float:
    """MB a talking stream takes beyond the model, in the middle of its talk."""
    _say(f"{kind}: 每路的内存")
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as folder, _server(kind) as server:
        talk = _talk(Path(folder) / "steady", 0.0)
        empty = memory(server.pid)
        with _talking(server, STREAMS[-1], SECONDS, talk) as talkers:
            time.sleep(SECONDS / 2)
            taken = memory(server.pid) - empty
            talkers.communicate()
    return taken / STREAMS[-1] / 2**20


def _memory() -> dict[str, float]:
    """What a stream takes beyond the model, and what a thousand calls leave behind, of our server."""
    taken = _taken("ours")
    _say(f"ours: {CALLS} 通之后的内存")
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as folder, _server("ours") as server:
        talk = _talk(Path(folder) / "steady", 0.0)
        for _ in range(3):
            _talkers(server, AT_ONCE, CALL_SECONDS, talk)
        settled = memory(server.pid)
        for _ in range(CALLS // AT_ONCE):
            _talkers(server, AT_ONCE, CALL_SECONDS, talk)
        growth = 100 * (memory(server.pid) - settled) / settled
    return {"asr_mb_per_stream": taken, "asr_growth": growth}


# --- the servers and the talkers ----------------------------------------------------------------------------


@contextmanager
def _server(kind: str) -> Iterator[Server]:
    port = free_tcp()
    environment = os.environ | {"VOSK_SERVER_INTERFACE": "127.0.0.1", "VOSK_SERVER_PORT": str(port)}
    process = subprocess.Popen(
        [*_on_core(0), *_argv(kind, port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port, process)
        yield Server(kind, port, process.pid)
    finally:
        process.kill()
        process.wait()


def _argv(kind: str, port: int) -> Sequence[str]:
    if kind == "stock":
        python = os.environ.get("STOCK_VOSK_PYTHON", sys.executable)
        return python, str(HERE / "stock_vosk.py"), STOCK, str(MODEL)
    return (
        sys.executable,
        "-m",
        "asr",
        "serve",
        "--port",
        str(port),
        "--model",
        str(MODEL),
        "--streams",
        "5000",
    )


def _on_core(number: int) -> Sequence[str]:
    """Nothing on a machine of one core, or without taskset: then both share."""
    alone = len(os.sched_getaffinity(0)) < 2 or shutil.which("taskset") is None
    return () if alone else ("taskset", "-c", str(number))


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until it listens. Raises RuntimeError when it ends before or takes a quarter of a minute."""
    until = time.monotonic() + 15
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"no recogniser at {port}: {process.args}")


@contextmanager
def _talking(
    server: Server, streams: int, seconds: float, talk: Path, chunk: float | None = None
) -> Iterator[subprocess.Popen[str]]:
    chunk = chunk or CHUNK[server.kind]
    orders = {"port": server.port, "streams": streams, "seconds": seconds, "chunk": chunk, "pcm": str(talk)}
    process = subprocess.Popen(
        [*_on_core(1), sys.executable, str(HERE / "asr_talkers.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(orders))
    process.stdin.close()
    process.stdin = None
    yield process
    process.wait()


def _talkers(server: Server, streams: int, seconds: float, talk: Path, chunk: float | None = None) -> Told:
    with _talking(server, streams, seconds, talk, chunk) as talkers:
        told: Told = json.loads(talkers.communicate()[0])
    return told


def _talk(path: Path, pause: float) -> Path:
    """All recordings one after the other, after each a breath and `pause` times its own length of silence."""
    with path.open("wb") as out:
        for clip in sorted(SPEECH.glob("*.wav")):
            with wave.open(str(clip)) as recorded:
                pcm = recorded.readframes(recorded.getnframes())
            out.write(pcm + bytes(2 * round(RATE * (BREATH + pause * len(pcm) / 2 / RATE))))
    return path


def _say(words: str) -> None:
    print(f"  asr: {words}", file=sys.stderr, flush=True)
