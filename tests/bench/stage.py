"""What every bench stands on: free ports, a bridge as it is really run, and what its processes cost.

Starts processes and looks at /proc; knows nothing of what is measured.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 20


@dataclass(frozen=True)
class House:
    """A running bridge. pid: the watch's; folder: its configuration, database and log."""

    pid: int
    folder: Path

    def child(self, name: str) -> int:
        """The process id of its part `name`: control, media, asr."""
        return child(self.pid, name)


@contextmanager
def house(config: str, secrets: dict[str, str] | None = None) -> Iterator[House]:
    """`bridge serve` with this configuration, `{folder}` in it being a folder of its own, and the secrets in
    its environment; ready when it says so. Raises RuntimeError with its log when it does not."""
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as name:
        folder = Path(name)
        path = folder / "bridge.yaml"
        path.write_text(config.replace("{folder}", name))
        with (folder / "log").open("w") as log:
            argv = [sys.executable, "-m", "bridge", "serve", "-c", str(path)]
            environment = os.environ | (secrets or {})
            process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        try:
            wait_ready(process, folder / "log")
            yield House(process.pid, folder)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)
            if process.stdout is not None:
                process.stdout.close()


def wait_ready(process: subprocess.Popen[str], log: Path) -> None:
    """Until `bridge serve` says so. Raises RuntimeError when it ends before."""
    for line in process.stdout or ():
        if line.startswith("bridge ready"):
            return
    raise RuntimeError(f"the bridge did not start:\n{log.read_text()[-2000:]}")


def child(pid: int, name: str) -> int:
    """The process below `pid` with the word `name` in its command line."""
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
    """CPU seconds the threads of a process have used so far. Other load on the machine does not count."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def memory(pid: int) -> int:
    """Octets of memory that are this process's alone."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def load() -> float:
    """Processes that wanted a core in the last minute, on average."""
    return os.getloadavg()[0]


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


def sipp() -> str:
    """The program's path. Raises RuntimeError naming its package."""
    found = shutil.which("sipp")
    if found is None:
        raise RuntimeError("needs the Debian package sip-tester")
    return found


@contextmanager
def answering(host: str, port: int, folder: Path) -> Iterator[None]:
    """sipp picks up every call there."""
    argv = [sipp(), "-sn", "uas", "-i", host, "-p", str(port), "-nostdin"]
    with _running(argv, folder):
        yield


def caller(host: str, bridge: str, number: str, rate: int, calls: int) -> list[str]:
    """The command for sipp to make so many calls of half a second, so many a second."""
    return [
        sipp(), "-sn", "uac", "-s", number, bridge, "-i", host, "-r", str(rate), "-m", str(calls),
        "-l", "1000", "-d", "500", "-timeout", str(40 + calls // rate), "-nostdin",
    ]  # fmt: skip


@contextmanager
def calling(host: str, bridge: str, number: str, rate: int, folder: Path) -> Iterator[None]:
    """sipp makes calls as long as the block lasts."""
    with _running(caller(host, bridge, number, rate, 1_000_000), folder):
        yield


@contextmanager
def _running(argv: list[str], folder: Path) -> Iterator[None]:
    process = subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError(f"sipp ended by itself: {process.returncode}")
    finally:
        process.kill()
        process.wait(STOP_SECONDS)
