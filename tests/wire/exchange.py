"""More bridges, for a test of what they tell each other: each a `bridge serve` of its own, with its own
configuration, database and port, that has no telephones.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import threading
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from standardwebhooks import Webhook

from tests.peers.ports import address, free_range, free_tcp, free_udp
from tests.wire.house import Process
from tests.wire.sipp import until

HOST = address(6, 10)
_CONFIG = """\
sip: {{listen: "{host}:{sip}"}}
media: {{address: "{host}", ports: {first}-{last}, spare: 1}}
api: {{listen: "127.0.0.1:{page}", trust_loopback: true}}
asr: {{enabled: false}}
database: {{url: "sqlite+aiosqlite:///{folder}/bridge.db"}}
log: {{level: warning}}
exchange: {{own: [{own}]}}
platforms:
"""


@dataclass(frozen=True)
class Door:
    """How a platform is written to: the port of its bridge, and in whose name."""

    port: int
    sender: str
    secret: Path


def new_secret(folder: Path, name: str) -> Path:
    """A key that two bridges share."""
    path = folder / f"{name}.secret"
    path.write_text("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
    path.chmod(0o600)
    return path


class Post:
    """One bridge without telephones, as its people and their programs meet it over HTTP."""

    def __init__(self, folder: Path, own: str, port: int = 0) -> None:
        self.own, self.port, self._folder = own, port or free_tcp(), folder
        folder.mkdir(exist_ok=True)
        self._process: Process | None = None
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=15)

    def configure(self, doors: dict[str, Door | None], via: dict[str, str]) -> None:
        """doors: all platforms, None: its letters go by way of others; via: who is reached through whom."""
        first, last = free_range(8, HOST)
        text = _CONFIG.format(
            host=HOST, sip=free_udp(HOST), first=first, last=last, page=self.port, folder=self._folder,
            own=f'"{self.own}"' if self.own else "",
        )  # fmt: skip
        for name, door in doors.items():
            text += f'  "{name}":\n    name: 平台 {name}\n'
            text += f'    via: "{via[name]}"\n' if name in via else ""
            if door is not None:
                url = f"http://127.0.0.1:{door.port}/exchange/v1/partners/{door.sender}/events"
                text += f"    tickets: {{url: {url}, secret_file: {door.secret}}}\n"
        (self._folder / "bridge.yaml").write_text(text)

    def begin(self) -> None:
        """Start it; `ready` waits."""
        self._process = Process("serve", "-c", str(self._folder / "bridge.yaml"))

    def ready(self) -> None:
        """It is up."""
        assert self._process is not None
        self._process.wait_line("bridge ready")

    def die(self) -> None:
        """All of its processes at once, as when the power goes."""
        assert self._process is not None
        pid = self._process.process.pid
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
        for each in (pid, *children):
            os.kill(each, signal.SIGKILL)
        self._process.stop()

    def stop(self) -> None:
        """Harmless when repeated."""
        if self._process is not None:
            self._process.stop()
        self.http.close()

    # --- what its people do ---------------------------------------------------------------------------------

    def do(self, ticket: str, deed: str, status: int = 200, **said: str) -> dict[str, Any]:
        """A deed by this platform's people."""
        return done(self.http, ticket, deed, status, **said)

    def state(self, ticket: str) -> str:
        """Where the ticket stands here; "" if it is not here."""
        return state(self.http, ticket)

    def changes(self) -> list[dict[str, Any]]:
        """All that has happened here."""
        changes: list[dict[str, Any]] = self.http.get("/exchange/v1/changes").json()["changes"]
        return changes


def done(http: httpx.Client, ticket: str, deed: str, status: int = 200, **said: str) -> dict[str, Any]:
    """The same at any bridge."""
    key = {"Idempotency-Key": uuid.uuid4().hex}
    answer = http.post(f"/exchange/v1/tickets/{ticket}/{deed}", json=said, headers=key)
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def state(http: httpx.Client, ticket: str) -> str:
    """The same at any bridge."""
    answer = http.get(f"/exchange/v1/tickets/{ticket}")
    return str(answer.json()["handling"]["state"]) if answer.status_code == httpx.codes.OK else ""


def handling(http: httpx.Client, ticket: str) -> dict[str, Any]:
    """The ticket's handling as this bridge has it."""
    found: dict[str, Any] = http.get(f"/exchange/v1/tickets/{ticket}").json()["handling"]
    return found


def deeds(http: httpx.Client, ticket: str) -> list[str]:
    """What was done with it, in order, as this bridge's log has it, less the kin each found by itself."""
    log = http.get(f"/exchange/v1/tickets/{ticket}/log").json()["changes"]
    names = [each["deed"]["name"] if each["deed"] else "open" for each in log]
    return [name for name in names if name != "link"]


def agree(ticket: str, wanted: str, *https: httpx.Client) -> None:
    """All of them come to see the ticket in this state."""
    until(
        lambda: all(state(http, ticket) == wanted for http in https),
        f"{wanted} everywhere, not {[state(http, ticket) for http in https]}",
    )


class Stranger:
    """Another platform's own system, made with the stock Standard Webhooks library and nothing of ours: it
    takes signed letters, and signs its own."""

    def __init__(self, folder: Path, name: str, bridge: int) -> None:
        self.name, self.secret = name, new_secret(folder, name)
        self._seal = Webhook(self.secret.read_text())
        self._letters: dict[str, dict[str, Any]] = {}
        letters, seal = self._letters, self._seal

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                letters[self.headers["webhook-id"]] = seal.verify(body, dict(self.headers))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", free_tcp()), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{bridge}", timeout=15)

    def says(self, id: str, kind: str, data: dict[str, Any]) -> httpx.Response:
        """A signed letter to the bridge."""
        at = datetime.now(UTC)
        body = json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data})
        headers = {
            "webhook-id": f"{self.name}-{id}",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._seal.sign(f"{self.name}-{id}", at, body),
        }
        address = f"/exchange/v1/partners/{self.name}/events"
        return self._http.post(address, content=body.encode(), headers=headers)

    def deed(self, name: str, papers: dict[str, Any], **said: str) -> dict[str, Any]:
        """The data of a letter that tells of a deed of this platform."""
        deed = {"id": f"{self.name}-{name}", "name": name, "by": self.name, **said}
        deed["at"] = datetime.now(UTC).isoformat()
        return {"schema": "bridge.deed.v1", "deed": deed, "handling": {"ticket": papers["ticket"]}}

    def heard(self, kind: str, ticket: str) -> list[dict[str, Any]]:
        """Letters of this type that have come about the ticket, once there is one."""

        def find() -> list[dict[str, Any]]:
            return [
                each
                for each in self._letters.values()
                if each["type"] == kind and ticket in json.dumps(each["data"])
            ]

        return until(find, f"{kind} at {self.name}, there: {list(self._letters.values())}")

    def stop(self) -> None:
        """Close its door."""
        self._server.shutdown()
        self._server.server_close()
        self._http.close()
