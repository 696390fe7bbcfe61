"""How long a search takes among many tickets, on both databases: synthetic ones, whose words come in the
proportions a city's do (some in every ticket, some in one of ten thousand), and questions of each kind.

The tickets are made up by chance from lists, not taken from real calls: what is measured is the index, not
how well anybody finds what they mean.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, text

from bridge.adapters.db import Database
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_tables_search import SEARCH
from bridge.ports_search import Wanted
from bridge.tickets.search_words import filed, label
from tests.peers.postgres import Postgres, binaries

TICKETS: Final = int(os.environ.get("SEARCH_BENCH_TICKETS", "100000"))
ASKED: Final = 300
BATCH: Final = 2000
DIFFERENT: Final = 50_000
"""Texts that are not the same; past as many tickets they come again, each under another number. So a word
that is in few is in some twenty of a million, not in one."""
_AGAIN: Final = """
    INSERT INTO search (kind, id, incident, at, tokens)
    SELECT kind, id || '-' || :round, incident || '-' || :round, at, tokens FROM search
    WHERE number <= :most ORDER BY number"""
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_PARTS: Final = "东西南北中新老大小长兴文化人民柳园振湖光利建设青年花红卫育财平安和谐"
_WHAT: Final = (
    "停水",
    "停电",
    "噪音扰民",
    "井盖丢失",
    "路灯不亮",
    "占道经营",
    "纠纷",
    "打架",
    "诈骗",
    "走失",
    "违章停车",
    "物业",
)
_WHO: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


def run() -> dict[str, float]:
    """search_{sqlite,postgresql}_p95: ms on the wall; search_tickets: how many there were."""
    told: dict[str, float] = {"search_tickets": TICKETS}
    with tempfile.TemporaryDirectory() as folder:
        told |= asyncio.run(_measured("sqlite", f"sqlite+aiosqlite:///{folder}/b.db"))
    programs = binaries()
    if programs is not None:
        server = Postgres(programs)
        try:
            told |= asyncio.run(_measured("postgresql", server.empty()))
        finally:
            server.stop()
    return told


async def _measured(name: str, url: str) -> dict[str, float]:
    database = Database(url)
    await database.start()
    try:
        await _fill(database)
        table, times = SearchTable(database), list[float]()
        chance = random.Random(7)
        for _ in range(ASKED):
            wanted = _question(chance)
            begin = time.perf_counter()
            await table.find(wanted)
            times.append(1000 * (time.perf_counter() - begin))
    finally:
        await database.stop()
    times.sort()
    return {f"search_{name}_p50": times[len(times) // 2], f"search_{name}_p95": times[len(times) * 95 // 100]}


async def _fill(database: Database) -> None:
    chance, different = random.Random(1), min(TICKETS, DIFFERENT)
    for begin in range(0, different, BATCH):
        rows = [_row(chance, begin + at) for at in range(min(BATCH, different - begin))]
        async with database.write() as connection:
            if connection.dialect.name != "sqlite":
                for row in rows:
                    row["tokens"] = " ".join(f"{t}:{n}" for n, t in enumerate(row["tokens"].split(), 1))
            await connection.execute(insert(SEARCH), rows)
    for round in range(1, TICKETS // different):
        async with database.write() as connection:
            await connection.execute(text(_AGAIN), {"round": str(round), "most": different})
    async with database.write() as connection:
        await connection.execute(text("ANALYZE"))


def _row(chance: random.Random, number: int) -> dict[str, Any]:
    said = "，".join(_said(chance))
    tokens = filed(said, label("p", chance.choice(("12345", "110"))), label("c", f"C{chance.randrange(40)}"))
    same = {"kind": "ticket", "id": f"T{number}", "incident": f"I{number}"}
    return {**same, "at": START + timedelta(seconds=20 * number), "tokens": " ".join(tokens)}


def _said(chance: random.Random) -> Iterator[str]:
    yield f"{chance.choice(_WHO)}先生"
    yield f"1{chance.randrange(3, 10)}{chance.randrange(10**9):09d}"
    road = f"{chance.choice(_PARTS)}{chance.choice(_PARTS)}路{chance.randrange(1, 400)}号"
    yield f"东昌府区{road}{chance.choice(_PARTS)}{chance.choice(_PARTS)}小区{chance.randrange(1, 30)}号楼"
    place = f"{chance.choice(_PARTS)}{chance.choice(_PARTS)}"
    yield f"反映{chance.choice(_WHAT)}，{place}{chance.choice(_WHAT)}，希望尽快处理"


def _question(chance: random.Random) -> Wanted:
    """Words in every ticket, in many, in few, in one; within a platform, a category, a week."""
    road = f"{chance.choice(_PARTS)}{chance.choice(_PARTS)}路"
    number = f"{road}{chance.randrange(1, 400)}号"
    asked = chance.choice(("路", "东昌府区", "小区", *_WHAT, road, number, "没有人说过"))
    more: dict[str, Any] = chance.choice(
        (
            {},
            {"platform": "110"},
            {"category": f"C{chance.randrange(40)}"},
            {"since": START + timedelta(days=3), "until": START + timedelta(days=10)},
        )
    )
    return Wanted(f"{asked} {chance.choice(('', '', chance.choice(_WHAT)))}", **more)
