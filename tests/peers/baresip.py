"""baresip as an agent's telephone: its folder, its process, and orders over its ctrl_tcp.

A stranger with its own SIP, SDP and RTP: it registers with a digest, plays a
recording, and holds before it transfers, as many telephones do. ctrl_tcp speaks JSON in netstrings.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

SOUND = Path(__file__).parents[1] / "data" / "speech" / "a_agent_1.wav"
PATIENCE = 15.0
"""Seconds anything is waited for at the very most."""

_CONFIG = """\
sip_listen {host}:{port}
{tls}
ctrl_tcp_listen 127.0.0.1:{control}
net_interface {host}
audio_player aufile,{folder}/heard.wav
audio_source aufile,{sound}
audio_alert none,none
module_path {modules}
module g711.so
module aufile.so
module srtp.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
"""
_MODULES = ("/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules")


class Baresip:
    """One telephone with one account. registrar: host:port; extra: further parameters of the account; ca:
    who may vouch for the registrar, where it is reached by TLS."""

    def __init__(
        self,
        program: str,
        folder: Path,
        at: tuple[str, int],
        control: int,
        registrar: str,
        user: str,
        password: str,
        extra: str = "",
        ca: Path | None = None,
    ) -> None:
        modules = next((path for path in _MODULES if Path(path).is_dir()), _MODULES[0])
        text = _CONFIG.format(
            host=at[0], port=at[1], control=control, folder=folder, modules=modules, sound=SOUND,
            tls=f"sip_cafile {ca}\nsip_verify_server yes" if ca else "",
        )  # fmt: skip
        (folder / "config").write_text(text)
        self._aor = f"sip:{user}@{registrar}{';transport=tls' if ca else ''}"
        self._account = f"<{self._aor}>;auth_user={user};auth_pass={password};regint=60{extra}"
        (folder / "accounts").write_text("")
        with (folder / "baresip.log").open("wb") as log:
            self.process = subprocess.Popen(
                [program, "-f", str(folder), "-s"], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, env={**os.environ, "HOME": str(folder)},
            )  # fmt: skip
        self._log = folder / "baresip.log"
        self._events: list[dict[str, Any]] = []
        self._buffer = b""
        self._control = self._connect(control)

    def order(self, command: str, params: str = "") -> None:
        """One command of its menu, as typed."""
        text = json.dumps({"command": command, "params": params, "token": command})
        self._control.sendall(f"{len(text)}:{text},".encode())

    def register(self) -> None:
        """Register; it gives up at a challenge for SHA-256, though one for MD5 stands below (RFC 8760 §2.4),
        and so does it a second time."""
        account = f"{self._account};audio_codecs=PCMA"
        self.order("uanew", account)
        self.wait("REGISTER_FAIL")
        self.order("uadel", self._aor)
        self.order("uanew", account)
        self.wait("REGISTER_OK")

    def wait(self, kind: str) -> dict[str, Any]:
        """The next event of this type, e.g. CALL_ESTABLISHED."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = next((event for event in self._events if event.get("type") == kind), None)
            if found is not None:
                self._events.remove(found)
                return found
            self._read()
        raise AssertionError(f"baresip told no {kind}\n{self.log()}")

    def log(self) -> str:
        """What it printed, SIP trace included."""
        return self._log.read_text(errors="replace")[-6000:]

    def stop(self) -> None:
        """Hang up, unregister, end."""
        self._control.close()
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _connect(self, port: int) -> socket.socket:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), 0.2)
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"baresip did not start\n{self.log()}") from None
                time.sleep(0.02)

    def _read(self) -> None:
        try:
            data = self._control.recv(65536)
        except TimeoutError:
            return
        self._buffer += data
        while b":" in self._buffer:
            length, _, rest = self._buffer.partition(b":")
            size = int(length)
            if len(rest) <= size:
                return
            self._events.append(json.loads(rest[:size]))
            self._buffer = rest[size + 1 :]
