"""Users, sessions and tokens in both databases; the record of deeds and its chain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from bridge.access.audit import WHAT, Deed
from bridge.access.users import AccessToken, Session, User
from bridge.adapters.db import Database
from bridge.adapters.db_audit import AuditTable, Wanted
from bridge.adapters.db_tables_access import AUDIT
from bridge.adapters.db_users import UserTable
from bridge.api.rights import RIGHTS

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
WANG = User("wang", "王芳", "agent", "12345", NOON, "8001", "$argon2id$", must_change=True)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    await made.start()
    yield made
    await made.stop()


def later(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


async def test_what_is_known_and_what_has_changed(database: Database) -> None:
    table = UserTable(database)
    await table.save_user(WANG)
    await table.save_user(replace(WANG, login="li", changed_at=later(5)))
    await table.save_session(Session("d1", "wang", NOON, NOON, NOON))
    token = AccessToken("t1", "110 系统", frozenset({"exchange", "read"}), "110", NOON, NOON, later(9))
    await table.save_token(token)
    whole = await table.known(None)
    assert sorted(user.login for user in whole.users) == ["li", "wang"]
    assert (whole.sessions, whole.tokens) == ((Session("d1", "wang", NOON, NOON, NOON),), (token,))
    news = await table.known(later(1))
    assert ([user.login for user in news.users], news.sessions, news.tokens) == (["li"], (), ())
    assert await table.user("wang") == WANG
    assert await table.user("nobody") is None
    changed = replace(WANG, disabled=True, changed_at=later(6))
    await table.save_user(changed)
    assert await table.user("wang") == changed


async def test_sessions_end_but_one_and_old_ones_go(database: Database) -> None:
    table = UserTable(database)
    for number in range(3):
        await table.save_session(Session(f"d{number}", "wang", later(number), NOON, NOON))
    await table.save_session(Session("other", "li", NOON, NOON, NOON))
    await table.end_sessions("wang", later(10), "d1")
    assert {each.digest for each in (await table.known(None)).sessions} == {"d1", "other"}
    ended = {each.digest for each in (await table.known(later(10))).sessions if each.ended}
    assert ended == {"d0", "d2"}, "another bridge hears of it"
    await table.seen({"d1": later(7)})
    await table.seen({"d1": later(3)})
    (kept,) = [each for each in (await table.known(None)).sessions if each.digest == "d1"]
    assert kept.seen_at == later(7)
    await table.forget_sessions(later(1))
    assert {each.digest for each in (await table.known(None)).sessions} == {"d1"}


# --- the record ----------------------------------------------------------------------------------------


def deed(
    who: str, what: str = "call.read", target: str = "c1", minutes: int = 0, platform: str = "110"
) -> Deed:
    return Deed(later(minutes), who, "agent", platform, what, target, "192.0.2.1", "")


async def test_entries_are_found_newest_first_and_the_chain_holds(database: Database) -> None:
    table = AuditTable(database)
    await table.append([deed("wang"), deed("li", "recording.heard", "f1", 1)])
    await table.append([deed("wang", "ticket.read", "I1", 2, "12345")])
    found = await table.find(Wanted(), 10)
    assert [entry["seq"] for entry in found] == [3, 2, 1]
    assert [entry["previous"] for entry in found[:2]] == [entry["hash"] for entry in found[1:]]
    for wanted, seqs in (
        (Wanted(who="wang"), [3, 1]), (Wanted(what="recording.heard"), [2]), (Wanted(target="I1"), [3]),
        (Wanted(platform="110"), [2, 1]), (Wanted(since=later(1)), [3, 2]), (Wanted(until=later(1)), [1]),
        (Wanted(before=3), [2, 1]), (Wanted(who="nobody"), []),
    ):  # fmt: skip
        assert [entry["seq"] for entry in await table.find(wanted, 10)] == seqs
    assert len(await table.find(Wanted(), 2)) == 2
    head, verdict = await table.verify()
    assert (head.seq, head.hash, verdict.holds) == (3, found[0]["hash"], True)


async def test_many_that_add_at_once_make_one_chain(database: Database) -> None:
    tables = [AuditTable(database) for _ in range(4)]
    await asyncio.gather(*(table.append([deed(f"u{n}")] * 3) for n in range(6) for table in tables))
    head, verdict = await tables[0].verify()
    assert (head.seq, verdict.holds) == (72, True)


@pytest.mark.parametrize(
    ("change", "at", "why"),
    [
        (update(AUDIT).where(AUDIT.c.seq == 2).values(who="somebody else"), 2, "broken"),
        (update(AUDIT).where(AUDIT.c.seq == 2).values(at=later(99)), 2, "broken"),
        (delete(AUDIT).where(AUDIT.c.seq == 2), 2, "gap"),
        (delete(AUDIT).where(AUDIT.c.seq == 1), 1, "gap"),
        (update(AUDIT).where(AUDIT.c.seq == 2).values(previous="0" * 64), 1, "broken"),
    ],
)
async def test_whoever_changes_the_record_is_found(database: Database, change, at: int, why: str) -> None:
    table = AuditTable(database)
    await table.append([deed("wang", minutes=n) for n in range(4)])
    async with database.write() as connection:
        await connection.execute(change)
    _, verdict = await table.verify()
    assert (verdict.at, verdict.why) == (at, why)


def test_every_deed_the_door_records_has_a_name_for_people() -> None:
    assert {right.audit for right in RIGHTS.values() if right.audit} <= set(WHAT)
    assert all(len(what) <= 32 for what in WHAT)
