"""The whole bridge as its administrator starts it, and the other platform's stand-in, for a test to look at.

Real processes (`python -m bridge …`), a real configuration in a private folder, everything on 127.0.0.0/8
with free ports.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.peers.certificates import Authority
from tests.peers.ports import address, free_tcp, free_udp
from tests.wire.sipp import PATIENCE, until

BRIDGE, CARRIER, PBX, POLICE, PHONES, PBX_TWO = (address(3, n) for n in (10, 11, 12, 13, 14, 15))
HOMELESS, POLICE_TLS, DEAD = (address(3, n) for n in (99, 97, 98))
"""No trunk's; of the trunk known by its certificate; where nobody listens."""
READY_SECONDS = 120.0

CONFIG = """\
sip: {{listen: "{bridge}:{sip}", agent_networks: [{phones}/32, 127.0.0.1/32], register_min_seconds: 1,
       domains: [hotline.example], tcp: "{bridge}:{sip}",
       tls: {{listen: "{bridge}:{sips}", certificate: {folder}/bridge.crt, key: {folder}/bridge.key,
              ca: {folder}/authority.crt}}}}
media: {{address: {bridge}, ports: 21000-21398, spare: 32}}
api: {{listen: "127.0.0.1:{page}", trust_loopback: true}}
asr: {{enabled: {asr}}}
recording: {{folder: {folder}/recordings, pause_code: "*88"}}
database: {{url: "sqlite+aiosqlite:///{folder}/bridge.db"}}
log: {{level: warning}}
platforms:
  "12345": {{name: 政务服务便民热线}}
  "110":
    name: 报警服务台
    tickets:
      url: http://127.0.0.1:{platform}/{door}
      ticket_url: "http://127.0.0.1:{platform}/tickets/{{incident}}"
      secret_file: {folder}/tickets.secret
  "110-dcf": {{name: 东昌府公安分局 110, via: "110"}}
trunks:
  carrier: {{hosts: [{carrier}/32]}}
  pbx: {{hosts: [{pbx}/32], target: "{pbx}:{pbx_port}", siprec: true}}
  pbx-two: {{hosts: [{pbx_two}/32], target: "{pbx_two}:{pbx_two_port}"}}
  police: {{hosts: [{police}/32], target: "{police}:{police_port}"}}
  police-tcp: {{target: "{police}:{police_tcp_port}", transport: tcp}}
  police-tls:
    hosts: [{police_tls}/32]
    transport: tls
    tls: {{name: police.example, mutual: true}}
  dead: {{hosts: [{dead}/32], target: "{dead}:{dead_port}"}}
agents:
  "8001": {{name: 一号, platform: "12345", trunk: pbx}}
  "8002": {{name: 二号, platform: "12345", trunk: pbx-two}}
  "8003": {{name: 三号, platform: "12345", secret_file: {folder}/agent.secret}}
  "8004": {{name: 四号, platform: "12345", secret_file: {folder}/agent.secret}}
  "8005": {{name: 五号, platform: "12345", secret_file: {folder}/agent.secret}}
  "8010": {{name: 从不注册, platform: "12345", secret_file: {folder}/agent.secret}}
routes:
  - {{name: 来话, number: "12345", from: [carrier], platform: "12345", to: [{{agent: "8001"}}]}}
  - name: 全录
    number: "12306"
    from: [carrier]
    platform: "12345"
    to: [{{agent: "8001"}}]
    recording: always
  - name: 要时录
    number: "12307"
    from: [carrier]
    platform: "12345"
    to: [{{agent: "8001"}}]
    recording: on-demand
  - name: 两席
    number: "12300"
    from: [carrier]
    platform: "12345"
    to: [{{agent: "8001"}}, {{agent: "8002"}}]
  - {{name: 三号, number: "12303", from: [carrier], platform: "12345", to: [{{agent: "8003"}}]}}
  - {{name: 四号, number: "12304", from: [carrier], platform: "12345", to: [{{agent: "8004"}}]}}
  - {{name: 五号, number: "12305", from: [carrier], platform: "12345", to: [{{agent: "8005"}}]}}
  - {{name: 走TCP, number: "1104", from: [carrier], platform: "110", to: [{{trunk: police-tcp}}]}}
  - {{name: 凭证书, number: "1105", from: [police-tls], platform: "12345", to: [{{agent: "8010"}}]}}
  - name: 转110
    number: "110"
    from: [agents, pbx]
    platform: "110"
    to: [{{trunk: police}}]
    key: true
    feature_code: "*110"
  - name: 久振
    number: "1101"
    from: [agents, pbx]
    platform: "110"
    to: [{{trunk: police}}]
    ring_seconds: 1
    answer_within_seconds: 1
    key: true
  - name: 三方
    number: "1104"
    from: [agents, pbx]
    platform: "110"
    to: [{{trunk: police}}]
    mode: conference
    key: true
  - name: 咨询
    number: "1105"
    from: [agents, pbx]
    platform: "110"
    to: [{{trunk: dead}}, {{trunk: police, number: "1105"}}]
    answer_within_seconds: 1
    mode: consult
    key: true
    feature_code: "*115"
  - {{name: 不通, number: "1102", from: [agents, pbx], platform: "110", to: [{{trunk: dead}}], key: true}}
  - name: 转后录
    number: "1190"
    from: [agents]
    platform: "110"
    to: [{{trunk: police}}]
    key: true
    recording: from-transfer
  - {{name: 机上来话, number: "12302", from: [pbx], platform: "12345", to: [{{agent: "8002"}}]}}
  - name: 请对方转
    number: "1189"
    from: [agents]
    platform: "110"
    to: [{{trunk: pbx, number: "110", by: refer}}]
    key: true
  - name: 请对方转一秒
    number: "1188"
    from: [agents]
    platform: "110"
    to: [{{trunk: pbx, number: "110", by: refer}}]
    ring_seconds: 1
    answer_within_seconds: 1
  - name: 改走
    number: "1103"
    from: [agents]
    platform: "110"
    to: [{{trunk: dead}}, {{trunk: police}}]
"""


class Process:
    """One `python -m bridge …`, its lines, and its end."""

    def __init__(self, *argv: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bridge", *argv],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_line(self, begins: str, times: int = 1) -> str:
        """Wait for the n-th line that begins so."""

        def find() -> str:
            found = [line for line in self.lines if line.startswith(begins)]
            if len(found) < times and self.process.poll() is not None:
                raise AssertionError(f"{self.process.args} ended:\n" + "\n".join(self.lines[-40:]))
            return found[times - 1] if len(found) >= times else ""

        what = f"line {begins!r} of {self.process.args}, lines: {self.lines[-20:]}"
        return until(find, what, READY_SECONDS)

    def stop(self) -> None:
        """As an administrator does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _read(self) -> None:
        if self.process.stdout is not None:
            self.lines.extend(line.rstrip() for line in iter(self.process.stdout.readline, ""))


class House:
    """The bridge and the stand-in. Ports are free ones, the same as long as the house stands. more: routes,
    and then sections, after those of CONFIG. door: where the other platform takes letters."""

    def __init__(self, folder: Path, *, asr: bool = False, more: str = "", door: str = "tickets") -> None:
        self.folder = folder
        self.sip, self.page, self.platform = free_udp(BRIDGE), free_tcp(), free_tcp()
        self.pbx, self.pbx_two = (PBX, free_udp(PBX)), (PBX_TWO, free_udp(PBX_TWO))
        self.police = (POLICE, free_udp(POLICE))
        self.police_tcp, self.sips = (POLICE, free_tcp(POLICE)), free_tcp(BRIDGE)
        self.authority = Authority(folder, "authority")
        self.authority.issue("bridge", ip=BRIDGE)
        self.dead = (DEAD, free_udp(DEAD))
        self.password = secrets.token_urlsafe(12)
        self._write(asr, more, door)
        self._deaths: Counter[str] = Counter()
        self.stand_in: Process | None = None
        self.bridge: Process | None = None
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{self.page}", timeout=15)
        self._platform = httpx.Client(base_url=f"http://127.0.0.1:{self.platform}", timeout=15)

    def start(self) -> House:
        """Both up."""
        self.start_stand_in()
        self.start_bridge()
        return self

    def start_bridge(self) -> None:
        """The bridge, with the database it had before."""
        self._deaths.clear()
        self.bridge = Process("serve", "-c", str(self.folder / "bridge.yaml"))
        self.bridge.wait_line("bridge ready")

    def restart(self) -> None:
        """The bridge anew: what a test that failed has left is gone."""
        if self.bridge is not None:
            self.bridge.stop()
        self.start_bridge()

    def start_stand_in(self) -> None:
        """The other platform, with what it had before."""
        secret, store = str(self.folder / "tickets.secret"), str(self.folder / "received")
        argv = ("--port", str(self.platform), "--secret-file", secret, "--store", store)
        self.stand_in = Process("stand-in", *argv)
        self.stand_in.wait_line("stand-in ready")

    def stop(self) -> None:
        """Both down; harmless when repeated."""
        for process in (self.bridge, self.stand_in):
            if process is not None:
                process.stop()
        self.api.close()
        self._platform.close()

    # --- what can be seen of it ---------------------------------------------------------------------------

    def calls(self) -> list[dict[str, Any]]:
        """Calls in progress, as the interface shows them."""
        everything: list[dict[str, Any]] = self.api.get("/api/v1/calls").json()["calls"]
        return [call for call in everything if not call["outcome"]]

    def finished(self, call_id: str) -> dict[str, Any]:
        """One call, once it is over."""

        def find() -> dict[str, Any]:
            call: dict[str, Any] = self.api.get(f"/api/v1/calls/{call_id}").json()["call"]
            return call if call["outcome"] else {}

        return until(find, f"call {call_id} is over")

    def the_call(self, true: Callable[[dict[str, Any]], bool] = lambda call: True) -> dict[str, Any]:
        """The only call in progress, once this is true of it."""

        def find() -> dict[str, Any]:
            calls = self.calls()
            return calls[0] if len(calls) == 1 and true(calls[0]) else {}

        return until(find, f"the call in this state, calls: {self.calls()}")

    def until_status(self, true: Callable[[dict[str, Any]], bool]) -> None:
        """Wait until this is true of /api/v1/status."""
        until(lambda: true(self.api.get("/api/v1/status").json()), "status")

    def quiet(self) -> None:
        """Nobody is calling any more."""
        until(lambda: not self.calls(), f"no calls, but {self.calls() if self.bridge else ''}")

    def versions(self, incident: str) -> list[dict[str, Any]]:
        """What the other platform has been sent of this incident, oldest version first."""
        answer = self._platform.get(f"/tickets/{incident}")
        return [entry["ticket"] for entry in answer.json()["versions"]] if answer.status_code == 200 else []

    def ticket(
        self, incident: str, true: Callable[[dict[str, Any]], bool], patience: float = PATIENCE
    ) -> dict[str, Any]:
        """The first version of the incident's ticket at the other platform of which this is true."""
        return until(
            lambda: next((t for t in self.versions(incident) if true(t)), None),
            f"ticket {incident}; there: {self.versions(incident)}",
            patience,
        )

    def metric(self, name: str) -> float:
        """A figure of /metrics by its whole name with labels, 0 before it was ever counted."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.api.get("/metrics").text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def child(self, name: str) -> int:
        """The process id of one of the bridge's own processes: control, media, asr."""
        assert self.bridge is not None
        words = {
            "control": " control -c ",
            "media": " media --socket ",
            "asr": " asr serve ",
            "recorder": " recorder -c ",
            "webrtc": " webrtc -c ",
        }

        def find() -> int:
            for task in Path(f"/proc/{self.bridge.process.pid}/task").iterdir():
                for pid in (task / "children").read_text().split():
                    line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if words[name] in line:
                        return int(pid)
            return 0

        return until(find, f"process {name}")

    def kill(self, name: str) -> None:
        """One of the bridge's own processes dies at once."""
        os.kill(self.child(name), signal.SIGKILL)
        self._deaths[name] += 1

    def deaths(self, name: str) -> int:
        """How often that process was killed since the bridge was started."""
        return self._deaths[name]

    def _write(self, asr: bool, more: str, door: str) -> None:
        secret = base64.b64encode(secrets.token_bytes(32)).decode()
        (self.folder / "tickets.secret").write_text(f"whsec_{secret}")
        (self.folder / "agent.secret").write_text(self.password)
        for path in self.folder.glob("*.secret"):
            path.chmod(0o600)
        text = CONFIG.format(
            bridge=BRIDGE, sip=self.sip, sips=self.sips, door=door,
            police_tcp_port=self.police_tcp[1], phones=PHONES, page=self.page, asr=str(asr).lower(),
            pbx_two=PBX_TWO, pbx_two_port=self.pbx_two[1], folder=self.folder,
            platform=self.platform, carrier=CARRIER, pbx=PBX, pbx_port=self.pbx[1], police=POLICE,
            police_port=self.police[1], police_tls=POLICE_TLS, dead=DEAD, dead_port=self.dead[1],
        )  # fmt: skip
        (self.folder / "bridge.yaml").write_text(text + more)
