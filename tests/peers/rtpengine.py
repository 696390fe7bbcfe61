"""Debian's rtpengine in userspace, for a test to relay by: started on a free port, killed at will."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

from bridge.media import ng
from tests.peers.ports import free_udp

PATIENCE = 15.0


class RtpengineDaemon:
    """One daemon that relays at `host` and is asked at `at`."""

    def __init__(
        self, program: str, folder: Path, host: str, ports: tuple[int, int] = (31000, 31400)
    ) -> None:
        self.at = (host, free_udp(host))
        self._argv = [
            program, "-t", "-1", "-i", host, "-n", f"{self.at[0]}:{self.at[1]}", "-m", str(ports[0]),
            "-M", str(ports[1]), "-f", "-E", "-L", "4", "--num-threads=1", "--config-file=none",
        ]  # fmt: skip
        self._log = folder / "rtpengine.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Up, and answering."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            if self.ask(ng.Ping()) is not None:
                return
            time.sleep(0.02)
        raise AssertionError(f"rtpengine does not answer\n{self._log.read_text(errors='replace')[-3000:]}")

    def ask(self, command: ng.Command) -> ng.Reply | None:
        """Ask it beside the bridge."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(1.0)
            asking.connect(self.at)
            try:
                asking.send(ng.write(f"test{time.monotonic_ns()}", command))
                return ng.read(asking.recv(65536))
            except (TimeoutError, ConnectionRefusedError):
                return None

    def knows(self, call: str) -> bool:
        """Whether it has a call by this name."""
        reply = self.ask(ng.Query(call))
        assert reply is not None
        return reply.well

    def kill(self) -> None:
        """Dead at once; harmless when repeated."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
