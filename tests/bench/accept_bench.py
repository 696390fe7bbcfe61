"""How many tickets a second a bridge takes in from a partner: signed letters over as many connections as a
platform would open, each on disk before it is acknowledged. On SQLite, and on PostgreSQL where it is there.

The sender is on the same two cores. Letters are signed beforehand; what is measured is from the first octet
sent to the last acknowledgement, and what the control process costs.
"""

from __future__ import annotations

import base64
import json
import multiprocessing
import secrets
import socket
import time
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from tests.bench.stage import cpu, free_tcp, free_udp, house
from tests.peers.postgres import Postgres, binaries

CONNECTIONS = 32
LETTERS = 4000
SECONDS = 8.0
"""Of sending; on a slow machine fewer letters fit in."""
PATIENCE = 60.0
SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()

CONFIG = """\
sip: {{listen: "127.0.0.1:{sip}"}}
media: {{address: 127.0.0.1, ports: 20000-20098, spare: 4}}
api: {{listen: "127.0.0.1:{page}"}}
asr: {{enabled: false}}
database: {{url: "{database}"}}
log: {{level: warning}}
exchange: {{own: ["110"]}}
platforms:
  "110": {{name: 报警服务台}}
  "12345":
    name: 政务服务便民热线
    tickets: {{url: "http://127.0.0.1:9/tickets", secret_env: BENCH_SECRET}}
"""


def run() -> dict[str, Any]:
    found = _measured("sqlite", "sqlite+aiosqlite:///{folder}/bridge.db")
    programs = binaries()
    if programs is None:
        return found
    server = Postgres(programs, durable=True)
    try:
        return found | _measured("postgresql", server.fresh())
    finally:
        server.stop()


def _measured(name: str, database: str) -> dict[str, Any]:
    page = free_tcp()
    config = CONFIG.format(sip=free_udp("127.0.0.1"), page=page, database=database)
    with house(config, {"BENCH_SECRET": SECRET}) as bridge:
        shares = _letters()
        control = bridge.child("control")
        results: multiprocessing.Queue[tuple[int, int]] = multiprocessing.Queue()
        senders = [
            multiprocessing.Process(target=_send, args=(page, share, results), daemon=True)
            for share in (shares[: CONNECTIONS // 2], shares[CONNECTIONS // 2 :])
        ]
        before, begun = cpu(control), time.monotonic()
        for sender in senders:
            sender.start()
        shown = [results.get(timeout=PATIENCE) for _ in senders]
        taken, sent = sum(each[0] for each in shown), sum(each[1] for each in shown)
        took, cost = time.monotonic() - begun, cpu(control) - before
    return {
        f"accept_{name}_per_s": taken / took,
        f"accept_{name}_ms": 1000 * took / max(taken, 1),
        f"accept_{name}_cpu_ms": 1000 * cost / max(taken, 1),
        f"accept_{name}_refused": sent - taken,
    }


def _letters() -> list[list[bytes]]:
    """Whole HTTP requests, shared out among the connections."""
    shares: list[list[bytes]] = [[] for _ in range(CONNECTIONS)]
    for number in range(LETTERS):
        shares[number % CONNECTIONS].append(_request(number))
    return shares


def _request(number: int) -> bytes:
    at = datetime.now(UTC)
    element = {"value": "东昌府区柳园南路26号门口有两个人打架", "source": "transcript", "confidence": 0.9}
    data = {
        "schema": "bridge.ticket.v1", "ticket": f"bench-{number}", "incident": f"i-{number}", "version": 1,
        "from_platform": "12345", "to_platform": "110", "category": None, "alerts": [],
        "elements": dict.fromkeys(("who", "contact", "when", "where", "what"), element),
    }  # fmt: skip
    body = json.dumps(
        {"type": "ticket.opened", "timestamp": at.isoformat(), "data": data}, ensure_ascii=False
    )
    id = f"msg_bench{number}"
    head = (
        "POST /exchange/v1/partners/12345/events HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body.encode())}\r\nwebhook-id: {id}\r\n"
        f"webhook-timestamp: {int(at.timestamp())}\r\n"
        f"webhook-signature: {Webhook(SECRET).sign(id, at, body)}\r\n\r\n"
    )
    return head.encode() + body.encode()


def _send(port: int, shares: list[list[bytes]], results: multiprocessing.Queue[tuple[int, int]]) -> None:
    """Each connection sends its next letter when the last one is acknowledged."""
    taken, sent, until = 0, 0, time.monotonic() + SECONDS
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in shares]
    for turn in range(max(map(len, shares))):
        if time.monotonic() > until:
            break
        sending = [
            (line, share[turn]) for line, share in zip(lines, shares, strict=True) if turn < len(share)
        ]
        for line, letter in sending:
            line.sendall(letter)
        sent += len(sending)
        taken += sum(_answered(line) for line, _ in sending)
    for line in lines:
        line.close()
    results.put((taken, sent))


def _answered(line: socket.socket) -> bool:
    """Whether the answer is a 200; read to its end."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        piece = line.recv(65536)
        if not piece:
            return False
        seen += piece
    head, _, body = seen.partition(b"\r\n\r\n")
    length = next(
        (
            int(each.split(b":")[1])
            for each in head.lower().split(b"\r\n")
            if each.startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += line.recv(65536)
    return head.startswith(b"HTTP/1.1 200")
