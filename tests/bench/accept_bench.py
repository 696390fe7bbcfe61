"""How many tickets a second a bridge takes in from a partner: signed letters over as many connections as a
platform would open, each on disk before it is acknowledged. On SQLite, and on PostgreSQL where it is there.

The sender is on the same two cores, and told what it takes of them. Letters are signed beforehand; what is
measured is from the first octet sent to the last acknowledgement, and what the control process costs.
"""

from __future__ import annotations

import base64
import json
import random
import re
import secrets
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from tests.bench.analysis_tickets import COUNTIES, ROADS, WISHES
from tests.bench.stage import cpu, free_tcp, free_udp, house
from tests.peers.postgres import Postgres, binaries

CONNECTIONS = 64
WARM = 500
"""Letters before anything is measured."""
WARM_SECONDS = 20.0
LETTERS = 12000
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
        control = bridge.child("control")
        letters = [_request(number) for number in range(LETTERS)]
        _sent(page, letters[:WARM], WARM_SECONDS)
        before, own = cpu(control), time.process_time()
        found = _sent(page, letters[WARM:], SECONDS)
        cost, own = cpu(control) - before, time.process_time() - own
    taken = max(found.taken, 1)
    return {
        f"accept_{name}_per_s": found.taken / found.seconds,
        f"accept_{name}_ms": 1000 * found.seconds / taken,
        f"accept_{name}_cpu_ms": 1000 * cost / taken,
        f"accept_{name}_sender_ms": 1000 * own / taken,
        f"accept_{name}_refused": found.refused,
    }


def _request(number: int) -> bytes:
    """A whole HTTP request. Nobody calls twice, and places differ as a city's do: who tells of the same thing
    is looked for, and one in twenty is found."""
    at, chance = datetime.now(UTC), random.Random(number)
    said = {
        "who": f"{chance.choice('王李张刘陈杨赵黄周吴')}先生",
        "contact": f"1{chance.randrange(3 * 10**9, 10**10):010}",
        "when": "刚才",
        "where": f"{chance.choice(COUNTIES)}{''.join(map(chance.choice, ROADS))}{chance.randrange(1, 300)}号",
        "what": f"{chance.choice(WISHES)}，{chance.choice(WISHES)}，请尽快来人看看",
    }
    data = {
        "schema": "bridge.ticket.v1", "ticket": f"bench-{number}", "incident": f"i-{number}", "version": 1,
        "from_platform": "12345", "to_platform": "110", "category": None, "alerts": [],
        "elements": {
            name: {"value": value, "source": "transcript", "confidence": 0.9} for name, value in said.items()
        },
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


@dataclass
class _Found:
    """What came of the letters that were sent."""

    taken: int = 0
    refused: int = 0
    seconds: float = 0.0


def _sent(port: int, letters: Sequence[bytes], most: float) -> _Found:
    """Each connection sends the next letter when its last one is acknowledged, for so many seconds."""
    waiting, found = iter(letters), _Found()
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    begun = time.monotonic()
    with selectors.DefaultSelector() as looking:
        for line in lines:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _next(line, waiting, looking)
        while looking.get_map():
            for key, _ in looking.select(PATIENCE):
                _answered(key.fileobj, found)  # type: ignore[arg-type]
                looking.unregister(key.fileobj)
                if time.monotonic() < begun + most:
                    _next(key.fileobj, waiting, looking)  # type: ignore[arg-type]
    found.seconds = time.monotonic() - begun
    for line in lines:
        line.close()
    return found


def _next(line: socket.socket, waiting: Iterator[bytes], looking: selectors.BaseSelector) -> None:
    letter = next(waiting, None)
    if letter is not None:
        line.sendall(letter)
        looking.register(line, selectors.EVENT_READ)


def _answered(line: socket.socket, found: _Found) -> None:
    """One answer, read to its end. Raises ConnectionError when there is none."""
    seen = line.recv(65536)
    while not _whole(seen):
        piece = line.recv(65536)
        if not piece:
            raise ConnectionError(f"the bridge hung up: {seen[:200]!r}")
        seen += piece
    taken = seen.startswith(b"HTTP/1.1 200")
    found.taken += taken
    found.refused += not taken


def _whole(seen: bytes) -> bool:
    head, end, body = seen.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(end) and len(body) >= int(length.group(1) if length else 0)
