"""The stage: a private folder, two configurations, a bridge on each platform's side, and three telephones.

The far side's bridge has no telephones of its own: its desk's telephone stands beside it, as at a platform
whose exchange gets the calls and whose people work at the tickets here. All on 127.0.0.0/8 of this machine,
each process its own address, all gone when the play is over.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from bridge.app.watch import leave_with_parent
from bridge.demo.cast import AGENT, CALLER_NUMBER, Far, Scene
from bridge.demo.phones import Phone
from bridge.routing.plan import Mode

BRIDGE: Final = "127.0.0.10"
CALLER: Final = "127.0.0.11"
AGENT_PHONE: Final = "127.0.0.12"
DESK: Final = "127.0.0.13"
FAR_BRIDGE: Final = "127.0.0.14"
PAGE_PORT: Final = 8080
RING_SECONDS: Final = 12
"""The demo's longest ringing of the far desk: long enough to be seen, short enough to be watched."""
DESK_RINGS: Final = 8.0
"""Seconds the desk lets it ring, so that the agent's words to the caller are heard out."""
START_SECONDS: Final = 60.0

_CONFIG: Final = """\
sip: {{listen: "{bridge}:{sip}"}}
media: {{address: {bridge}, ports: 20000-20198, spare: 8}}
api: {{listen: "127.0.0.1:{page}", trust_loopback: true}}
database: {{url: "sqlite+aiosqlite:///{folder}/bridge.db"}}
log: {{level: warning}}
platforms:
  "{home}": {{name: {home_name}}}
  "{away}":
    name: {away_name}
    tickets:
      url: http://127.0.0.1:{platform}/exchange/v1/partners/{home}/events
      ticket_url: "http://127.0.0.1:{platform}/?incident={{incident}}"
      secret_file: {folder}/tickets.secret
trunks:
  carrier: {{hosts: [{caller}/32], target: "{caller}:{caller_port}"}}
  far: {{hosts: [{desk}/32], target: "{desk}:{desk_port}"}}
agents:
  "{agent}": {{name: 话务员甲, platform: "{home}", secret_file: {folder}/agent.secret}}
routes:
  - {{name: 来话, number: "{home}", from: [carrier], platform: "{home}", to: [{{agent: "{agent}"}}]}}
  - name: 转{away}
    number: "{away}"
    from: [agents]
    platform: "{away}"
    to: [{{trunk: far, number: "{away}"}}]
    ring_seconds: {ring}
    answer_within_seconds: 4
    mode: {mode}
    key: true
    feature_code: "*110"
"""
_FAR_CONFIG: Final = """\
sip: {{listen: "{bridge}:{sip}"}}
media: {{address: {bridge}, ports: 20000-20006, spare: 1}}
asr: {{enabled: false}}
api:
  listen: "127.0.0.1:{platform}"
  trust_loopback: true
  tokens: [{{name: 经办人, sha256: {digest}, may: [read, tickets, personal], platform: "{away}"}}]
database: {{url: "sqlite+aiosqlite:///{folder}/far/bridge.db"}}
log: {{level: warning}}
exchange: {{own: ["{away}"]}}
platforms:
  "{away}": {{name: {away_name}}}
  "{home}":
    name: {home_name}
    tickets:
      url: http://127.0.0.1:{page}/exchange/v1/partners/{away}/events
      secret_file: {folder}/tickets.secret
"""
NAMES: Final = {"12345": "政务服务便民热线", "110": "报警服务台"}


class Stage:
    """Everything the play needs. on_phone: told what phones say; on_line: told what processes print. page,
    platform: the two bridges' addresses; token: what the far side's people show theirs."""

    def __init__(
        self,
        scene: Scene,
        far: Far,
        mode: Mode,
        on_phone: Callable[[str, dict[str, Any]], None],
        on_line: Callable[[str], None],
    ) -> None:
        self.scene, self.far, self.mode = scene, far, mode
        self._on_phone, self._on_line = on_phone, on_line
        self._stack = AsyncExitStack()
        self.phones: dict[str, Phone] = {}
        self.page = self.platform = ""
        self.token = secrets.token_urlsafe(24)

    async def start(self) -> None:
        """Set everything up; raises RuntimeError with what did not come up."""
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bridge-demo-")))
        ports = {name: _free_udp(host) for name, host in _SIP_HOSTS.items()}
        page, platform = _page_port(), _free_tcp()
        near, far = self._write(folder, ports, page, platform)
        await asyncio.gather(
            self._run("serve", "-c", str(near), ready="bridge ready"),
            self._run("serve", "-c", str(far), ready="bridge ready"),
        )
        self.page, self.platform = f"http://127.0.0.1:{page}", f"http://127.0.0.1:{platform}"
        await self._phones(folder, ports)

    async def stop(self) -> None:
        """Take everything down, in reverse."""
        await self._stack.aclose()

    def _write(self, folder: Path, ports: dict[str, int], page: int, platform: int) -> tuple[Path, Path]:
        """Secrets and both configurations, ours and the far side's."""
        (folder / "tickets.secret").write_text("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
        (folder / "agent.secret").write_text(secrets.token_urlsafe(16))
        for path in folder.iterdir():
            path.chmod(0o600)
        near, far = folder / "bridge.yaml", folder / "far" / "bridge.yaml"
        far.parent.mkdir()
        home, away = self.scene.home, self.scene.away
        both = {
            "folder": folder, "home": home, "away": away, "home_name": NAMES[home], "away_name": NAMES[away],
            "page": page, "platform": platform,
        }  # fmt: skip
        text = _CONFIG.format(
            **both, bridge=BRIDGE, sip=ports["bridge"], caller=CALLER, caller_port=ports["caller"],
            desk=DESK, desk_port=ports["desk"], agent=AGENT, ring=RING_SECONDS, mode=self.mode,
        )  # fmt: skip
        near.write_text(text)
        digest = hashlib.sha256(self.token.encode()).hexdigest()
        far.write_text(_FAR_CONFIG.format(**both, bridge=FAR_BRIDGE, sip=ports["far"], digest=digest))
        return near, far

    async def _run(self, *argv: str, ready: str) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bridge",
            *argv,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is the demo's to handle
            preexec_fn=leave_with_parent,
        )
        self._stack.push_async_callback(_end, process)
        seen = asyncio.Event()
        reader = asyncio.create_task(self._read(process, ready, seen))
        self._stack.callback(reader.cancel)
        try:
            await asyncio.wait_for(seen.wait(), START_SECONDS)
        except TimeoutError:
            raise RuntimeError(f"{argv[0]} 没有启动成功，请看上面的日志") from None

    async def _read(self, process: asyncio.subprocess.Process, ready: str, seen: asyncio.Event) -> None:
        stream = process.stdout
        while stream is not None and (line := await stream.readline()):
            text = line.decode(errors="replace").rstrip()
            self._on_line(text)
            if text.startswith(ready):
                seen.set()

    async def _phones(self, folder: Path, ports: dict[str, int]) -> None:
        server = f"{BRIDGE}:{ports['bridge']}"
        password = (folder / "agent.secret").read_text()
        rtp = str(_free_udp(BRIDGE) & ~1)
        agent = ["--user", AGENT, "--password", password, "--bind", AGENT_PHONE]
        caller = ["--user", CALLER_NUMBER, "--bind", CALLER, "--no-register"]
        desk = ["--user", self.scene.away, "--bind", DESK, "--no-register", "--mood", self.far]
        parts = {"agent": agent, "caller": caller}
        if self.far != "dead":
            parts["desk"] = [*desk, "--after", str(DESK_RINGS)]
        for name, argv in parts.items():
            more = ["--port", str(ports[name]), "--server", server, "--rtp", rtp]
            phone = self.phones[name] = Phone(name, [*argv, *more], self._on_phone)
            await phone.start()
            self._stack.push_async_callback(phone.stop)


_SIP_HOSTS: Final = {
    "bridge": BRIDGE,
    "caller": CALLER,
    "agent": AGENT_PHONE,
    "desk": DESK,
    "far": FAR_BRIDGE,
}


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 15.0)
    except TimeoutError:
        process.kill()
        await process.wait()


def _page_port() -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PAGE_PORT))
        except OSError:
            return _free_tcp()
    return PAGE_PORT


def _free_tcp() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _free_udp(host: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
