"""A partner with bad manners, a bridge that is killed again and again, and the reckoning at the end.

The partner is a server of raw sockets: 30 % of its answers fail, half of these after it has taken the letter;
others come twice or late. The bridge (storm_bridge) is real: database, exchange, outbox, push; it dies by
kill -9 at moments nobody chose. Then every letter that was safe must have arrived, each under one id.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from standardwebhooks import Webhook

ROOT = Path(__file__).parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOLD_S = 0.4
"""Seconds a partner that says nothing keeps a letter: longer than the bridge waits for it here."""

MANNERS = (
    ("500 before", 0.10), ("503 before", 0.04), ("reset before", 0.02), ("500 after", 0.04),
    ("reset after", 0.06), ("silent after", 0.04), ("twice", 0.04), ("late", 0.03), ("garbage", 0.10),
)  # fmt: skip
"""What it does, and how often; else it behaves. Before or after: it has taken the letter."""
FAILING = sum(part for name, part in MANNERS if name.split()[-1] in {"before", "after"})


@dataclass
class Partner:
    """Takes letters by their ids, as docs/tickets.md asks; `taken` in the order of the first time."""

    chance: random.Random
    taken: dict[str, tuple[str, str]] = field(default_factory=dict)
    posts: Counter[str] = field(default_factory=Counter)
    did: Counter[str] = field(default_factory=Counter)
    forged: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        pairs = (line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers["content-length"]))
        how = self._mood()
        self.did[how] += 1
        if not how.endswith("before"):
            self._take(headers, body)
        return await self._answer(how, writer)

    def _mood(self) -> str:
        drawn = self.chance.random()
        for name, part in MANNERS:
            drawn -= part
            if drawn < 0:
                return name
        return "well"

    def _take(self, headers: dict[str, str], body: bytes) -> None:
        try:
            letter = Webhook(SECRET).verify(body, headers)
        except Exception:  # whatever is wrong with it: it must not happen
            self.forged += 1
            return
        data = letter["data"]
        ticket = data["handling"]["ticket"] if "handling" in data else data["ticket"]
        self.posts[headers["webhook-id"]] += 1
        self.taken.setdefault(headers["webhook-id"], (ticket, letter["type"]))

    async def _answer(self, how: str, writer: asyncio.StreamWriter) -> bool:
        if how.startswith(("reset", "silent")):
            await asyncio.sleep(HOLD_S if how.startswith("silent") else 0)
            return False
        status = how.split(maxsplit=1)[0] if how[0] == "5" else "200"
        body = b"\x00garbage" if how == "garbage" else b"{}"
        if how == "late":
            await asyncio.sleep(0.05)
        answer = b"HTTP/1.1 %s X\r\ncontent-length: %d\r\n\r\n%s" % (status.encode(), len(body), body)
        writer.write(answer * (2 if how == "twice" else 1))
        await writer.drain()
        return True


@contextlib.asynccontextmanager
async def listening(partner: Partner) -> AsyncIterator[str]:
    """Its address."""
    server = await asyncio.start_server(partner.serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/tickets"
    finally:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@dataclass
class Reckoning:
    """lost, doubled, overtaken: letters; counted_twice: letters of the partner that counted twice."""

    kills: int = 0
    safe: int = 0
    posts: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    overtaken: list[str] = field(default_factory=list)
    counted_twice: list[str] = field(default_factory=list)
    forged: int = 0
    seconds: float = 0.0


async def storm(
    path: Path, *, kills: int, seconds: float = 3600.0, longest: float = 0.35, seed: int = 1
) -> Reckoning:
    """So many kills, fewer only if `seconds` are over; then one life to the end. longest: seconds of a life,
    from its first whole ticket on. path: a database of the newest shape, with nothing in it."""
    chance, began = random.Random(seed), time.monotonic()
    partner = Partner(random.Random(seed))
    safe: set[tuple[str, str]] = set()
    result = Reckoning()
    async with listening(partner) as url:
        bridge = await _nursery(path, url)
        try:
            again: list[str] = []
            while result.kills < kills and time.monotonic() - began < seconds:
                up = chance.random() < 0.9  # else it may die while it starts
                told = await _life(bridge, chance.uniform(0.02, longest), result.kills + 1, again, up=up)
                safe |= {(name, step) for name, step in told}
                again = sorted({name for name, _ in told})[-3:]
                result.kills += 1
            safe |= {(name, step) for name, step in await _life(bridge, 0.0, result.kills + 1, again)}
        finally:
            assert bridge.stdin is not None
            bridge.stdin.close()
            await bridge.wait()
    _reckon(result, partner, safe, path)
    result.seconds = time.monotonic() - began
    return result


async def _nursery(path: Path, url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.peers.storm_bridge", str(path), url, SECRET,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT, limit=1 << 24,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


async def _life(
    bridge: asyncio.subprocess.Process, seconds: float, number: int, again: list[str], *, up: bool = False
) -> list[list[str]]:
    """One life of the bridge: what it said was safe. seconds 0: until nothing waits, then it ends well."""
    assert bridge.stdin is not None
    assert bridge.stdout is not None
    order = json.dumps({"seconds": seconds, "life": number, "again": again, "up": up})
    bridge.stdin.write(f"{order}\n".encode())
    await bridge.stdin.drain()
    async with asyncio.timeout(120):
        told: list[list[str]] = json.loads(await bridge.stdout.readline())
    return told


def _reckon(result: Reckoning, partner: Partner, safe: set[tuple[str, str]], path: Path) -> None:
    ids: dict[tuple[str, str], list[str]] = {}
    place: dict[tuple[str, str], int] = {}
    for at, (id, what) in enumerate(partner.taken.items()):
        ids.setdefault(what, []).append(id)
        place.setdefault(what, at)
    result.safe, result.posts, result.forged = len(safe), partner.posts.total(), partner.forged
    for name, step in sorted(safe):
        if step != "ticket.accepted" and (name, step) not in ids:
            result.lost.append(f"{name} {step}")
        if step == "ticket.urged" and place.get((name, step), 0) < place.get((name, "ticket.opened"), 0):
            result.overtaken.append(name)
    result.doubled = [" ".join(what) for what, found in ids.items() if len(found) > 1]
    with contextlib.closing(sqlite3.connect(path)) as rows:
        chosen = "select ticket from handling_log where deed = 'accept' group by ticket having count(*) > 1"
        result.counted_twice = [ticket for (ticket,) in rows.execute(chosen)]
        chosen = "select ticket from handling_log where deed = 'accept'"
        accepted = {ticket for (ticket,) in rows.execute(chosen)}
        left = rows.execute("select count(*) from outbox where state != 'delivered'").fetchone()[0]
    result.lost += [name for name, step in safe if step == "ticket.accepted" and name not in accepted]
    result.lost += ["in the outbox"] * left
