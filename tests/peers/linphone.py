"""linphonec (liblinphone) as an agent's telephone: its folder, its process, orders as typed at its prompt.

It answers SHA-256, holds a call when it makes another, and transfers one call into another (REFER with
Replaces). Two things keep it from starting quietly without a desktop: its folders must exist, and
without a default route it counts as having no network unless it is told not to watch it.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

PATIENCE = 20.0
"""Seconds anything is waited for at the very most."""

_RC = """\
[sip]
sip_port={port}
sip_tcp_port=0
sip_tls_port=0
use_ipv6=0
guess_hostname=0
bind_address={host}
contact="{user}" <sip:{user}@{host}:{port}>
register_only_when_network_is_up=0
auto_net_state_mon=0
media_encryption=none
default_proxy=0

[rtp]
audio_rtp_port={rtp}

[auth_info_0]
username={user}
userid={user}
passwd={password}
realm=bridge
algorithm={algorithm}

[proxy_0]
reg_proxy=<sip:{registrar}>
reg_identity=<sip:{user}@{registrar}>
reg_expires=600
reg_sendregister=1
publish=0
"""


class Linphone:
    """One telephone with one account. registrar: host:port."""

    def __init__(
        self,
        program: str,
        folder: Path,
        at: tuple[str, int],
        rtp: int,
        registrar: str,
        user: str,
        password: str,
        *,
        algorithm: str = "SHA-256",
    ) -> None:
        for name in (".local/share/linphone", ".config/linphone", ".cache/linphone"):
            (folder / name).mkdir(parents=True)
        (folder / "rc").write_text(
            _RC.format(
                host=at[0], port=at[1], rtp=rtp, user=user, password=password, registrar=registrar,
                algorithm=algorithm,
            )
        )  # fmt: skip
        self._log, self._said = folder / "log", folder / "said"
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [program, "-c", str(folder / "rc"), "-d", "6", "-l", str(self._log)],
                stdin=subprocess.PIPE, stdout=said, stderr=subprocess.STDOUT, cwd=folder,
                env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            )  # fmt: skip
        self.order("soundcard use files")

    def order(self, line: str) -> None:
        """One command, as typed."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def wait(self, pattern: str, times: int = 1) -> None:
        """Wait for the n-th line of its log in which this occurs, SIP included."""
        end = time.monotonic() + PATIENCE
        wanted = re.compile(pattern)
        while time.monotonic() < end:
            if len(wanted.findall(self.log())) >= times:
                return
            time.sleep(0.02)
        raise AssertionError(f"linphonec logged no {pattern!r} ×{times}\n{self.said()}\n{self.log()[-6000:]}")

    def log(self) -> str:
        """Everything it logged."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def said(self) -> str:
        """What it printed."""
        return self._said.read_text(errors="replace")[-2000:]

    def stop(self) -> None:
        """Hang up and end; it stays registered."""
        if self.process.poll() is None:
            self.order("quit")
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
