"""A year of tickets between two platforms, made up: handlings, deadlines, returns, calls, straight in the
tables, in the shape the bridge writes. What is asked for comes from a few sentences with blanks.

The database makes them up itself, out of each ticket's number: a million rows are there in seconds, the same
ones on both databases.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import Database
from bridge.adapters.db_tables_deadlines import DEADLINES
from bridge.adapters.db_tables_handling import HANDLING_LOG, HANDLINGS
from bridge.analysis.periods import hour_of

FIRST: Final = datetime(2025, 1, 1, tzinfo=UTC)
DAYS: Final = 365
LAST: Final = FIRST + timedelta(days=DAYS)
COUNTIES: Final = ("东昌府区", "茌平区", "临清市", "冠县", "莘县", "阳谷县", "东阿县", "高唐县")
ROADS: Final = (tuple("东西南北中"), tuple("昌兴柳花建"), ("路", "街", "小区", "园"))
CLASSES: Final = (*(f"f2-{number}" for number in range(1, 8)), *(f"f3-{number}" for number in range(1, 5)))
WISHES: Final = (
    "烧烤摊半夜大声放音乐吵得睡不着觉", "小区停水三天了没有人通知", "楼上漏水把天花板泡坏了",
    "路灯坏了一个多月晚上看不见路", "工地夜间施工噪音太大", "下水道堵了污水流到马路上",
    "暖气不热屋里只有十二度", "商家卖过期食品不给退钱", "物业乱收停车费不给发票",
    "垃圾堆在门口好几天没人清", "学校门口堵车孩子过马路危险", "有人偷电动车电瓶",
)  # fmt: skip
REASONS: Final = ("scope", "area", "incomplete", "duplicate", "other")
DOCUMENT: Final = "{" + "x" * 1500 + "}"
"""As long as a handling's JSON."""
_FILLED: Final = (HANDLINGS, DEADLINES, HANDLING_LOG)

_PRIME: Final = 2147483647


async def fill(database: Database, count: int) -> None:
    """So many tickets over the year, in the order in which they came, none of them counted yet."""
    async with database.write() as connection:
        for table in _FILLED:
            for index in table.indexes:  # made again afterwards: ten times quicker than row by row
                await connection.run_sync(index.drop)
        for statement in _statements(connection, count):
            told = {"document": DOCUMENT} if ":document" in statement else {}
            await connection.execute(text(statement), told)
        for table in _FILLED:
            for index in table.indexes:
                await connection.run_sync(index.create)
    async with database.write() as connection:
        await connection.execute(text("ANALYZE"))


def _statements(connection: AsyncConnection, count: int) -> tuple[str, ...]:
    moment = (
        "strftime('%Y-%m-%d %H:%M:%S.000000', {}, 'unixepoch')"
        if connection.dialect.name == "sqlite"
        else "to_timestamp({})"
    )
    return _handlings(count, moment), _deadlines(), _returns(), _calls()


def _numbers(count: int) -> str:
    return (
        "WITH RECURSIVE numbers(n) AS (SELECT CAST(0 AS bigint) UNION ALL "
        f"SELECT n + 1 FROM numbers WHERE n < {count - 1})"
    )


def _chance(salt: int, of: int, number: str = "n") -> str:
    """0 to of - 1, as if by chance; another salt, another throw. Products stay below 2^63."""
    seed = f"(({number} + {1 + salt * 7919}) * 48271 % {_PRIME})"
    return f"({seed} * ({seed} % 65537 + {salt}) % {_PRIME} % {of})"


def _pick(words: Sequence[str], salt: int) -> str:
    """One of them."""
    cases = " ".join(f"WHEN {at} THEN '{word}'" for at, word in enumerate(words))
    return f"CASE {_chance(salt, len(words))} {cases} END"


def _road(salt: int) -> str:
    return " || ".join(_pick(words, salt + at) for at, words in enumerate(ROADS))


def _handlings(count: int, moment: str) -> str:
    epoch = f"{int(FIRST.timestamp())} + n * {DAYS * 86400} / {count}"
    at = moment.format("epoch")
    drawn = (
        f"n, {epoch} AS epoch, {_chance(1, 3)} AS way, {_chance(2, 100)} AS luck, {_chance(3, 1000)} AS odd, "
        f"{_chance(4, 3800)} AS waiting, {_chance(5, 299)} AS house, {_chance(6, 3)} AS haste, "
        f"{_pick(COUNTIES, 7)} AS county, {_road(10)} AS road, {_road(20)} AS other_road, "
        f"{_pick(WISHES, 30)} AS wish, {_pick((*CLASSES, ''), 31)} AS class"
    )
    seen = (
        "*, CASE way WHEN 2 THEN '110' ELSE '12345' END AS origin, "
        "CASE way WHEN 2 THEN '12345' ELSE '110' END AS target, "
        "CASE WHEN luck < 80 THEN 'transferred' WHEN luck < 88 THEN 'failed' WHEN luck < 90 THEN 'abandoned' "
        "ELSE '' END AS outcome"
    )
    values = {
        "ticket": "'t' || (1000000000 + n)", "incident": "'t' || (1000000000 + n)", "version": "5",
        "state": "'closed'", "origin": "origin", "target": "target", "holder": "target",
        "path": "'|' || origin || '|' || target || '|'",
        "channel": "CASE WHEN outcome = '' THEN 'web' ELSE 'phone' END",
        "urgency": "CASE WHEN haste = 0 THEN 'urgent' ELSE 'normal' END", "category": "NULLIF(class, '')",
        "county": "county", "place": "county || road || (house + 1) || '号'",
        **dict.fromkeys(
            ("opened_at", "changed_at", "delivered_at", "accepted_at", "fed_back_at", "closed_at"), at
        ),
        "returns": "CASE WHEN odd < 50 THEN 1 ELSE 0 END", "reopened": "0",
        "negotiated": "odd >= 980", "disputed": "odd >= 994", "document": ":document",
        "hour": "epoch / 3600", "outcome": "outcome",
        "waited": "CASE WHEN outcome = 'transferred' THEN 2 + waiting / 100.0 END",
        "request": "other_road || wish", "topic": "NULL", "stale": "1", "spot": "county || road",
    }  # fmt: skip
    return (
        f"INSERT INTO handlings ({', '.join(values)}) {_numbers(count)}, "
        f"drawn AS (SELECT {drawn} FROM numbers), seen AS (SELECT {seen} FROM drawn) "
        f"SELECT {', '.join(values.values())} FROM seen"
    )


def _deadlines() -> str:
    """Two of every ticket: six of a hundred kept too late, two of a thousand still running."""
    number = "CAST(substr(ticket, 2) AS bigint)"
    return (
        "INSERT INTO deadlines (ticket, kind, since, partner, due, runs, state, done_at, stage, look_at) "
        "SELECT ticket, kind, opened_at, target, opened_at, throw < 2, "
        "CASE WHEN throw < 2 THEN 'open' WHEN throw < 62 THEN 'missed' ELSE 'met' END, "
        "CASE WHEN throw >= 2 THEN opened_at END, 0, NULL FROM ("
        f"SELECT ticket, kind, opened_at, target, {_chance(40, 1000, f'({number} + salt)')} AS throw "
        "FROM handlings CROSS JOIN "
        "(SELECT 'accept' AS kind, 0 AS salt UNION ALL SELECT 'feedback', 77) AS kinds) AS owed"
    )


def _returns() -> str:
    number = "CAST(substr(ticket, 2) AS bigint)"
    why = _pick(REASONS, 41).replace("(n +", f"({number} +")
    return (
        "INSERT INTO handling_log "
        "(ticket, version, deed, deed_id, platform, path, at, written_at, document, reason) "
        f"SELECT ticket, 3, 'return', 'r' || ticket, target, path, opened_at, opened_at, :document, {why} "
        "FROM handlings WHERE returns > 0"
    )


def _calls() -> str:
    hour = f"{hour_of(FIRST)} + n / 2"
    return (
        "INSERT INTO call_hours (hour, platform, answered, waited, abandoned, overflowed) "
        f"{_numbers(DAYS * 24 * 2)} SELECT {hour}, CASE n % 2 WHEN 0 THEN '12345' ELSE '110' END, "
        f"40 + {_chance(50, 160)}, 9.0 * (40 + {_chance(50, 160)}), {_chance(51, 9)}, {_chance(52, 3)} "
        "FROM numbers"
    )
