"""A year of tickets between two platforms, made up: handlings, deadlines, returns, calls, written straight
into the tables in the shape the bridge writes. What is asked for comes from a few sentences with blanks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from bridge.adapters.db import Database
from bridge.adapters.db_tables_analysis import CALL_HOURS
from bridge.adapters.db_tables_deadlines import DEADLINES
from bridge.adapters.db_tables_handling import HANDLING_LOG, HANDLINGS
from bridge.analysis.periods import hour_of
from bridge.analysis.spots import spot

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 365
LAST = FIRST + timedelta(days=DAYS)
AT_ONCE = 5_000
COUNTIES = ("东昌府区", "茌平区", "临清市", "冠县", "莘县", "阳谷县", "东阿县", "高唐县")
ROADS = tuple(f"{a}{b}{c}" for a in "东西南北中" for b in "昌兴柳花建" for c in ("路", "街", "小区", "园"))
CLASSES = (*(f"f2-{number}" for number in range(1, 8)), *(f"f3-{number}" for number in range(1, 5)), None)
WISHES = (
    "烧烤摊半夜大声放音乐吵得睡不着觉", "小区停水三天了没有人通知", "楼上漏水把天花板泡坏了",
    "路灯坏了一个多月晚上看不见路", "工地夜间施工噪音太大", "下水道堵了污水流到马路上",
    "暖气不热屋里只有十二度", "商家卖过期食品不给退钱", "物业乱收停车费不给发票",
    "垃圾堆在门口好几天没人清", "学校门口堵车孩子过马路危险", "有人偷电动车电瓶",
)  # fmt: skip
DOCUMENT = "{" + "x" * 1500 + "}"
"""As long as a handling's JSON."""


async def fill(database: Database, count: int, seed: int = 12345) -> None:
    """So many tickets over the year, in the order in which they came, none of them counted yet."""
    chance = random.Random(seed)
    for begin in range(0, count, AT_ONCE):
        made = [_ticket(chance, n, count) for n in range(begin, min(begin + AT_ONCE, count))]
        async with database.write() as connection:
            await connection.execute(insert(HANDLINGS), [row for row, *_ in made])
            await connection.execute(insert(DEADLINES), [row for _, rows, _ in made for row in rows])
            back = [row for *_, row in made if row is not None]
            if back:
                await connection.execute(insert(HANDLING_LOG), back)
    async with database.write() as connection:
        await connection.execute(insert(CALL_HOURS), list(_calls(chance)))


def _ticket(chance: random.Random, number: int, count: int) -> tuple[Any, list[Any], Any]:
    at = FIRST + timedelta(days=DAYS * number / count)
    origin, target = chance.choice((("12345", "110"), ("12345", "110"), ("110", "12345")))
    returned, negotiated = chance.random() < 0.05, chance.random() < 0.02
    outcome = chance.choices(("transferred", "failed", "abandoned", ""), (80, 8, 2, 10))[0]
    county, name = chance.choice(COUNTIES), f"t{number:09}"
    place = f"{county}{chance.choice(ROADS)}{chance.randrange(1, 300)}号"
    row = {
        "ticket": name, "incident": name, "version": 5, "state": "closed", "origin": origin,
        "target": target, "holder": target, "path": f"|{origin}|{target}|",
        "channel": "phone" if outcome else "web", "urgency": chance.choice(("normal", "normal", "urgent")),
        "category": chance.choice(CLASSES), "county": county, "place": place, "opened_at": at,
        "changed_at": at, "delivered_at": at, "accepted_at": at, "fed_back_at": at, "closed_at": at,
        "returns": int(returned), "reopened": 0, "negotiated": negotiated,
        "disputed": negotiated and chance.random() < 0.3, "document": DOCUMENT, "hour": hour_of(at),
        "outcome": outcome, "waited": chance.uniform(2, 40) if outcome == "transferred" else None,
        "request": f"{chance.choice(ROADS)}{chance.choice(WISHES)}", "topic": None, "stale": 1,
        "spot": spot(place),
    }  # fmt: skip
    return (
        row,
        [_deadline(chance, name, kind, target, at) for kind in ("accept", "feedback")],
        (_return(name, target, at, chance) if returned else None),
    )


def _deadline(chance: random.Random, ticket: str, kind: str, partner: str, at: datetime) -> dict[str, Any]:
    runs, late = chance.random() < 0.002, chance.random() < 0.06
    state = "open" if runs else "missed" if late else "met"
    return {
        "ticket": ticket, "kind": kind, "since": at, "partner": partner, "due": at + timedelta(hours=4),
        "runs": runs, "state": state, "done_at": None if runs else at, "stage": 0, "look_at": None,
    }  # fmt: skip


def _return(ticket: str, platform: str, at: datetime, chance: random.Random) -> dict[str, Any]:
    return {
        "ticket": ticket, "version": 3, "deed": "return", "deed_id": f"r{ticket}", "platform": platform,
        "path": "|12345|110|", "at": at, "written_at": at, "document": DOCUMENT,
        "reason": chance.choice(("scope", "area", "incomplete", "duplicate", "other")),
    }  # fmt: skip


def _calls(chance: random.Random) -> Iterator[dict[str, Any]]:
    first = hour_of(FIRST)
    for hour in range(first, first + DAYS * 24):
        for platform in ("12345", "110"):
            answered = chance.randrange(40, 200)
            yield {
                "hour": hour, "platform": platform, "answered": answered, "waited": answered * 9.0,
                "abandoned": chance.randrange(9), "overflowed": chance.randrange(3),
            }  # fmt: skip
