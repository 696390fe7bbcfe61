"""Two desks, 12345 and 110, that only meet through a middle database; and a partner who knows nothing but the
SQL of docs/middle-database.md."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from bridge.__main__ import app
from bridge.adapters.middle_carrier import MiddleCarrier
from bridge.adapters.middle_reader import Hands, MiddleReader
from bridge.adapters.middle_tables import MiddleDoor, bring_up, connect, grants, trouble
from bridge.adapters.push import Way
from bridge.errors import Overload
from bridge.post.signing import Key, seal, secret_of
from tests.peers.middle import House, copied, papers, until
from tests.peers.postgres import Postgres

DOC = (Path(__file__).parents[2] / "docs" / "middle-database.md").read_text()
SQL = {block.split("\n")[0]: block for block in re.findall(r"```sql\n-- (.*?)```", DOC, re.DOTALL)}
KEYS = (Key(secret_of("whsec_" + "QUFB" * 8)),)
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def middle(postgres: Postgres) -> Iterator[str]:
    """A database both sides reach, and the partner's role that may do nothing in it."""
    url = postgres.empty()
    postgres.sql("CREATE ROLE police LOGIN")
    yield url.replace("+asyncpg", "")
    postgres.drop(url)
    postgres.sql("DROP ROLE police")


@pytest.fixture
async def door(middle: str) -> MiddleDoor:
    """Tables of this test's own, made and granted."""
    made = MiddleDoor("110", middle, schema=f"s{next(NUMBERS)}", poll_s=30.0)
    connection = await connect(made)
    assert await bring_up(connection, made.schema) == (0, 1)
    await connection.execute(grants(made.schema, "police"))
    await connection.close()
    return made


def guest(door: MiddleDoor) -> MiddleDoor:
    """The same as the partner sees it, with the least rights."""
    return replace(door, platform="12345", dsn=door.dsn.replace("bridge@", "police@"), ours=False)


@dataclass
class Meeting:
    """12345's house and door; sql: the partner's own connection; stack: all that must end."""

    house: House
    door: MiddleDoor
    sql: Any
    stack: AsyncExitStack
    folder: Path
    blank: Path

    async def join(self, name: str, door: MiddleDoor, **hands: Any) -> House:
        house = House(name, copied(self.blank, self.folder, name), {door.platform: Way(MiddleCarrier(door))})
        await house.start(self.stack)
        await self.read(house, door, **hands)
        return house

    async def read(self, house: House, door: MiddleDoor, **hands: Any) -> MiddleReader:
        usual = {"take": house.take, "opened": house.opened, "sent_back": house.outbox.sent_back}
        reader = MiddleReader(door, Hands(**(usual | hands)), house.clock)
        await reader.start()
        self.stack.push_async_callback(reader.stop)
        return reader

    async def rows(self, table: str, columns: str = "message_id, state, problem") -> list[tuple[Any, ...]]:
        found = await self.sql.fetch(f"SELECT {columns} FROM {self.door.schema}.{table} ORDER BY 1")
        return [tuple(row) for row in found]

    async def say(self, name: str, ticket: str = "t1") -> Any:
        """A statement of the document's, about this ticket."""
        block = SQL[name].split("\n", 1)[1].replace("bridge_exchange", self.door.schema)
        return await self.sql.fetch(block.replace("T-0001", ticket).replace("T-0002", ticket))

    async def answered(self, count: int) -> list[tuple[Any, ...]]:
        """The partner's rows, once so many are no longer new."""

        async def all_there() -> list[tuple[Any, ...]]:
            rows = await self.rows("bridge_in", "seq, message_id, state, problem")
            return [row[1:] for row in rows] if sum(row[2] != "new" for row in rows) >= count else []

        found: list[tuple[Any, ...]] = await until(all_there)
        return found


@pytest.fixture
async def meeting(door: MiddleDoor, tmp_path: Path, blank_database: Path) -> AsyncIterator[Meeting]:
    async with AsyncExitStack() as stack:
        house = House("12345", copied(blank_database, tmp_path, "12345"), {"110": Way(MiddleCarrier(door))})
        sql = await connect(guest(door))
        stack.push_async_callback(sql.close)
        await house.start(stack)
        yield Meeting(house, door, sql, stack, tmp_path, blank_database)


async def test_a_partner_with_nothing_but_sql_closes_the_loop(meeting: Meeting) -> None:
    await meeting.read(meeting.house, meeting.door)
    await meeting.house.desk.received(papers(), kind="opened")
    rows = await until(lambda: meeting.say("取新的，一次最多一百行；几个程序同时取也不会取到同一行"))
    assert [(row["type"], row["ticket"], row["version"]) for row in rows] == [("ticket.opened", "t1", 1)]
    shown = await meeting.say("五要素在 body 里，也可以直接查 bridge_tickets")
    assert tuple(shown[0]) == ("柳园南路26号", "有人打架")
    await meeting.say("标记已读")
    await until(lambda: meeting.house.deliveries.openings("i-t1"))
    for name in ("签收", "签收", "反馈"):
        await meeting.say(name)
    assert {row[1:] for row in await meeting.answered(2)} == {("done", "")}
    assert await meeting.house.deeds() == ["open", "deliver", "accept", "feedback"]
    handling = await meeting.house.do("close", "c1")
    assert dict(handling.numbers) == {"110": "JQ-20261125-17"}
    await until(lambda: told(meeting, "ticket.closed"))
    await until(lambda: closed_line(meeting))


async def told(meeting: Meeting, kind: str) -> Any:
    return [row for row in await meeting.rows("bridge_out", "seq, type") if row[1] == kind]


async def closed_line(meeting: Meeting) -> bool:
    """The list for people says all of it."""
    line = await meeting.sql.fetchrow(f"SELECT * FROM {meeting.door.schema}.bridge_tickets")
    return bool(line["state"] == "closed") and {
        name: line[name] for name in ("ticket", "who", "contact", "place", "state_name", "category", "reason")
    } == {
        "ticket": "t1", "who": "王建国", "contact": "13800001111", "place": "柳园南路26号",
        "state_name": "已办结", "category": "涉嫌违法犯罪", "reason": "民警到场，双方已调解",
    }  # fmt: skip


async def test_two_desks_close_the_loop_and_the_partner_may_do_no_more_than_it_must(meeting: Meeting) -> None:
    ours, police = meeting.house, await meeting.join("110", guest(meeting.door))
    await meeting.read(ours, meeting.door)
    await ours.desk.received(papers(), kind="opened")
    await until(police.state)
    await ours.desk.received(papers(2, extra="x"), kind="update")
    for name, said in (("accept", {}), ("feedback", {"reason": "已调解"})):
        await police.do(name, f"{name}-1", **said)
    await until(lambda: is_state(ours, "feedback"))
    await ours.do("close", "c1")
    await until(lambda: is_state(police, "closed"))
    assert await ours.deeds() == ["open", "deliver", "accept", "feedback", "close"]
    kept = await police.store.papers("t1")
    assert kept is not None
    assert kept["version"] == 2
    for table, forbidden in (("bridge_in", "body = NULL"), ("bridge_out", "ticket = 'x'")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await meeting.sql.execute(f"UPDATE {meeting.door.schema}.{table} SET {forbidden}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await meeting.sql.execute(f"DELETE FROM {meeting.door.schema}.bridge_tickets")


async def is_state(house: House, state: str) -> bool:
    return await house.state() == state


async def test_killed_between_doing_and_marking_each_deed_is_done_once(meeting: Meeting) -> None:
    await meeting.house.desk.received(papers(), kind="opened")
    await until(lambda: is_state(meeting.house, "delivered"))

    async def done_and_gone(body: bytes, source: Any) -> Any:
        await meeting.house.take(body, source)
        raise Overload("gone")

    first = await meeting.read(meeting.house, meeting.door, take=done_and_gone)
    await meeting.say("签收")
    await until(lambda: is_state(meeting.house, "accepted"))
    assert (await meeting.rows("bridge_in"))[0][1] == "new"
    await first.stop()
    await meeting.read(meeting.house, meeting.door)
    assert (await meeting.answered(1))[0][1:] == ("done", "")
    assert await meeting.house.deeds() == ["open", "deliver", "accept"]


async def test_a_letter_written_twice_is_one_row(meeting: Meeting) -> None:
    await meeting.house.push.stop()
    await meeting.house.desk.received(papers(), kind="opened")
    letter = (await meeting.house.outbox.due(busy=(), most=1))[0]
    carrier = MiddleCarrier(meeting.door)
    again = [carrier.post(letter, datetime.now(UTC)) for _ in range(3)]
    assert {verdict.result for verdict in await asyncio.gather(*again)} == {"delivered"}
    assert await meeting.rows("bridge_out") == [(letter.id, "new", "")]
    await carrier.close()


async def test_a_row_that_can_not_be_done_says_why_and_stands_in_nobodys_way(meeting: Meeting) -> None:
    await meeting.house.desk.received(papers(), kind="opened")
    await meeting.house.desk.received(papers(ticket="t2"), kind="opened")
    await until(lambda: is_state(meeting.house, "delivered"))
    wrong = {
        "feedback-early": ("ticket.feedback", "t1", "早了", None, "不能“反馈”；现在可以：签收"),
        "no-reason": ("ticket.returned", "t1", "", None, "要写明原因"),
        "nobody": ("ticket.accepted", "t9", "", None, "没有这张工单"),
        "odd": ("ticket.exploded", "t1", "", None, "type 不认识"),
        "not-theirs": ("ticket.withdrawn", "t1", "不要了", None, "12345"),
        "no-letter": ("ticket.opened", "t1", "", "[]", "body 不是一封信"),
        "another": ("x", "t1", "", json.dumps({"type": "x", "data": {"ticket": "t2"}}), "编号不同"),
        "nul": ("x", "t1", "", '{"a": "\\u0000"}', "空字符"),
        "big": ("x", "t1", "", json.dumps("x" * 4_200_000), "超过 4 MB"),
    }
    columns = "message_id, type, ticket, reason, body"
    insert = f"INSERT INTO {meeting.door.read} ({columns}) VALUES ($1, $2, $3, $4, $5)"
    for id, (kind, ticket, reason, body, _) in wrong.items():
        await meeting.sql.execute(insert, id, kind, ticket, reason, body)
    await meeting.sql.execute(insert, "good", "ticket.accepted", "t2", "", None)
    await meeting.read(meeting.house, meeting.door)
    for id, state, problem in await meeting.answered(len(wrong) + 1):
        expected = wrong[id][4] if id in wrong else ""
        assert (state, expected in problem) == ("refused" if expected else "done", True), (id, problem)
    assert await meeting.house.state() == "delivered"


async def test_a_row_we_fail_at_for_ever_is_given_up_and_the_next_one_waits_for_it(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.adapters.middle_reader.FIRST_PAUSE_S", 0.0)
    await meeting.house.desk.received(papers(), kind="opened")
    await until(lambda: is_state(meeting.house, "delivered"))
    order: list[str] = []

    async def stumbles(body: bytes, source: Any) -> Any:
        order.append(source.message)
        if source.message == "bad":
            raise ZeroDivisionError
        return await meeting.house.take(body, source)

    insert = (
        f"INSERT INTO {meeting.door.read} (message_id, type, ticket) VALUES ($1, 'ticket.accepted', 't1')"
    )
    for id in ("bad", "good"):
        await meeting.sql.execute(insert, id)
    await meeting.read(meeting.house, meeting.door, take=stumbles)
    rows = await meeting.answered(2)
    assert [row[:2] for row in rows] == [("bad", "refused"), ("good", "done")]
    assert order == ["bad"] * 5 + ["good"]


async def test_what_the_partner_refuses_is_a_dead_letter_and_can_be_sent_again(meeting: Meeting) -> None:
    await meeting.read(meeting.house, meeting.door)
    await meeting.house.desk.received(papers(), kind="opened")
    await until(lambda: is_state(meeting.house, "delivered"))
    table = meeting.door.written
    await meeting.sql.execute(f"UPDATE {table} SET state = 'refused', problem = '看不懂'")
    dead = await until(lambda: meeting.house.deliveries.letters("parked"))
    assert dead[0].posted.trouble == "对方退回这一行：看不懂"
    await meeting.house.deliveries.replay(dead[0].posted.id)
    meeting.house.push.wake()
    await until(lambda: meeting.house.deliveries.letters("delivered"))
    assert await meeting.rows("bridge_out") == [(dead[0].posted.id, "new", "")]


async def test_the_database_goes_away_and_nothing_is_lost(
    meeting: Meeting, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("push_lane.FIRST_RETRY_S", "middle_reader.FIRST_PAUSE_S"):
        monkeypatch.setattr(f"bridge.adapters.{room}", 0.05)
    await meeting.read(meeting.house, meeting.door)
    name = meeting.door.dsn.split("?")[0].rsplit("/", 1)[1]
    postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgres.sql(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        f"WHERE datname = '{name}' AND application_name = 'bridge 12345-110'"
    )
    await meeting.house.desk.received(papers(), kind="opened")

    async def retried() -> bool:
        return any(each.posted.attempts for each in await meeting.house.deliveries.letters("waiting"))

    await until(retried)
    postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    await until(lambda: is_state(meeting.house, "delivered"))
    meeting.sql = await connect(guest(meeting.door))
    meeting.stack.push_async_callback(meeting.sql.close)
    await meeting.say("签收")
    assert (await meeting.answered(1))[0][1] == "done"


async def test_with_keys_only_what_is_signed_counts(meeting: Meeting) -> None:
    door = replace(meeting.door, keys=KEYS)
    await meeting.house.push.stop()
    police = await meeting.join("110", replace(guest(door), keys=KEYS))
    carrier = MiddleCarrier(door)
    await meeting.house.desk.received(papers(), kind="opened")
    letter = (await meeting.house.outbox.due(busy=(), most=1))[0]
    assert (await carrier.post(letter, datetime.now(UTC))).result == "delivered"
    await until(police.state)
    await meeting.sql.execute(f"UPDATE {meeting.door.written} SET taken_at = now()")
    old = datetime.now(UTC) - timedelta(hours=73)
    body = json.dumps({"type": "ticket.seen", "timestamp": old.isoformat(), "data": {"ticket": "t1"}})
    forged = {
        "none": "", "stale": seal("stale", old, body.encode(), KEYS),
        "other": seal("good", datetime.now(UTC), body.encode(), KEYS),
        "good": seal("good", datetime.now(UTC) - timedelta(hours=71), body.encode(), KEYS),
    }  # fmt: skip
    for id, signature in forged.items():
        await meeting.sql.execute(
            f"INSERT INTO {door.read} (message_id, type, ticket, body, signature) "
            "VALUES ($1, 'ticket.seen', 't1', $2, $3)",
            id, body, signature,
        )  # fmt: skip
    await meeting.read(meeting.house, door)
    answered = {id: (state, problem) for id, state, problem in await meeting.answered(4)}
    assert answered == {
        "none": ("refused", "签名不对（missing-header）"), "stale": ("refused", "签名不对（stale）"),
        "other": ("refused", "签名不对（wrong-signature）"), "good": ("done", ""),
    }  # fmt: skip
    assert (await carrier.post(letter, datetime(2040, 1, 1, tzinfo=UTC))).result == "delivered"
    late = replace(door, keys=(replace(KEYS[0], not_after=old),))
    assert (await MiddleCarrier(late).post(letter, datetime.now(UTC))).result == "untrusted"
    await carrier.close()


async def test_tables_are_made_once_and_missing_ones_are_named(door: MiddleDoor) -> None:
    first, second = await connect(door), await connect(door)
    both = await asyncio.gather(bring_up(first, "twice"), bring_up(second, "twice"))
    assert sorted(both) == [(0, 1), (1, 1)]
    with pytest.raises(asyncpg.PostgresError) as wrong:
        await first.fetch("SELECT * FROM nowhere.bridge_version")
    assert "bridge middle-database init" in trouble(wrong.value)
    await first.close()
    await second.close()


def test_the_document_names_every_column() -> None:
    from bridge.adapters.middle_tables import VERSIONS  # noqa: PLC0415

    kinds = "text|bigint|integer|json|timestamptz|smallint"
    columns = set(re.findall(rf"^    ([a-z_]+) +(?:{kinds})", VERSIONS[0], re.MULTILINE))
    assert len(columns) > 30
    named = set(re.findall(r"`([a-z_]+)`", DOC))
    assert columns <= named, columns - named


def test_the_commands_make_the_tables_and_name_the_rights(
    middle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIDDLE", middle)
    config = tmp_path / "bridge.yaml"
    door = "{by: database, database: {secret_env: MIDDLE, schema: told}}"
    names = f'"12345": {{name: 热线}}, "110": {{name: 报警, tickets: {door}}}'
    whole = f"platforms: {{{names}}}\nasr: {{enabled: false}}\n"
    config.write_text(whole)

    def run(*words: str) -> Any:
        return CliRunner().invoke(app, ["middle-database", *words, "-c", str(config)])

    missing = run("check", "--platform", "110")
    assert (missing.exit_code, "bridge middle-database init" in missing.stderr) == (1, True)
    first, second = [run("init", "--platform", "110", "--role", "police") for _ in range(2)]
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "从第 0 版到第 1 版" in first.stderr
    assert "没有改动" in second.stderr
    assert first.stdout.splitlines()[0] == 'GRANT USAGE ON SCHEMA told TO "police";'
    assert "第 1 版" in run("check", "--platform", "110").stdout
    assert "by: database" in run("check", "--platform", "12345").stderr
    config.write_text(whole.replace("schema: told", "schema: told, tables: theirs"))
    assert "由对方建立" in run("init", "--platform", "110").stderr
    monkeypatch.setenv("MIDDLE", "mysql://user:very-secret@host/x")
    refused = run("check", "--platform", "110")
    assert (refused.exit_code, "只能是 PostgreSQL" in refused.stderr) == (2, True)
    assert "very-secret" not in refused.output
    monkeypatch.setenv("MIDDLE", "postgresql://user:very-secret@127.0.0.1:1/x")
    gone = run("check", "--platform", "110")
    assert (gone.exit_code, "中间数据库不可用" in gone.stderr) == (1, True)
    assert "very-secret" not in gone.output
