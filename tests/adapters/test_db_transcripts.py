"""Transcripts in the database: written whole, found by time, corrected beside, sealed under a key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bridge.adapters.db import Database
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.errors import NoSuchThing, UnusableTranscript
from bridge.ports_transcripts import Change, Place
from bridge.tickets.evidence import Entry, final_body, verify
from bridge.tickets.sealing import TextSeal
from bridge.tickets.stored import Heading
from bridge.tickets.transcript import Utterance

NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
KEY = bytes(range(32))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    await made.start()
    yield made
    await made.stop()


def change(call: str, *texts: str, ago: int = 0) -> Change:
    heading, entries = Heading(call, NOW - timedelta(hours=ago), "12345"), list[Entry]()
    for number, said in enumerate(texts):
        body = final_body(Utterance("caller", "leg", number, number + 1, said, id=f"leg-{number}"))
        chain, entry = heading.chain.add("final", NOW.isoformat(), body)
        heading = replace(heading, count=chain.count, head=chain.head)
        entries.append(entry)
    return Change(heading, tuple(entries))


@pytest.mark.parametrize("seal", [None, TextSeal(KEY)], ids=["open", "sealed"])
async def test_what_was_written_is_read_again_and_holds(database: Database, seal: TextSeal | None) -> None:
    table = TranscriptTable(database, seal)
    first = change("c", "有人打架")
    await table.write([first])
    chain, more = first.heading.chain.add("final", NOW.isoformat(), final_body(_said("快来")))
    later = replace(first.heading, count=chain.count, head=chain.head, state="final", ended_at=NOW)
    await table.write([Change(later, (more,))])
    found = await table.get("c")
    assert found is not None
    assert found.heading == later
    assert [entry["body"]["text"] for entry in found.entries] == ["有人打架", "快来"]
    assert verify(found.entries, found.heading.head).holds
    assert await table.get("d") is None


def _said(text: str) -> Utterance:
    return Utterance("caller", "leg", 9.0, 10.0, text, id="leg-9")


async def test_a_batch_is_written_whole_or_not_at_all(database: Database) -> None:
    table, good = TranscriptTable(database, None), change("c", "好")
    await table.write([good])
    with pytest.raises(IntegrityError):
        await table.write([change("d", "新"), good])
    assert await table.get("d") is None


async def test_on_disk_sealed_words_are_nowhere(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/b.db")
    await database.start()
    table = TranscriptTable(database, TextSeal(KEY))
    await table.write([change("c", "电话一三八零六三五一二三四")])
    await table.correct("c", NOW.isoformat(), {"entry": 1, "text": "电话幺三八", "by": "班长"})
    octets = b"".join(path.read_bytes() for path in tmp_path.iterdir())  # noqa: ASYNC240  nobody waits here
    for words in ("一三八", "幺三八", "班长"):
        assert words.encode() not in octets
    for other in (None, TextSeal(bytes(32))):
        with pytest.raises(UnusableTranscript, match="指纹"):
            await TranscriptTable(database, other).get("c")
    await database.stop()


async def test_rows_from_before_there_was_a_key_stay_readable(database: Database) -> None:
    await TranscriptTable(database, None).write([change("c", "好")])
    found = await TranscriptTable(database, TextSeal(KEY)).get("c")
    assert found is not None
    assert found.said()[0].text == "好"


async def test_a_sealed_row_moved_to_another_call_is_refused(database: Database) -> None:
    table = TranscriptTable(database, TextSeal(KEY))
    await table.write([change("c", "好"), change("d", "坏")])
    first = "select body from transcript_entries where call='c'"
    swap = f"update transcript_entries set body=({first}) where call='d'"
    async with database.write() as connection:
        await connection.execute(text(swap))
    with pytest.raises(UnusableTranscript):
        await table.get("d")


async def test_a_row_changed_by_hand_is_noticed(database: Database) -> None:
    table = TranscriptTable(database, None)
    await table.write([change("c", "有人打架", "快来", "谢谢")])
    async with database.write() as connection:
        await connection.execute(
            text("update transcript_entries set body=replace(body, '快来', '不用来') where seq=2")
        )
    found = await table.get("c")
    assert found is not None
    assert verify(found.entries, found.heading.head).at == 2


async def test_corrections_are_a_chain_beside_it(database: Database) -> None:
    table = TranscriptTable(database, None)
    await table.write([change("c", "有人打价", "快来")])
    for right in ("有人打假", "有人打架"):
        await table.correct("c", NOW.isoformat(), {"entry": 1, "text": right, "by": "班长"})
    found = await table.get("c")
    assert found is not None
    assert (found.heading.corrections, len(found.corrections)) == (2, 2)
    assert verify(found.corrections).holds
    first = found.said()[0]
    assert (first.text, first.utterance.text) == ("有人打架", "有人打价")
    with pytest.raises(NoSuchThing):
        await table.correct("none", NOW.isoformat(), {"entry": 1, "text": "", "by": ""})


async def test_corrections_made_at_once_are_one_chain(database: Database) -> None:
    table = TranscriptTable(database, None)
    await table.write([change("c", "有人打价")])
    texts = [f"有人打架{number}" for number in range(6)]
    await asyncio.gather(
        *(table.correct("c", NOW.isoformat(), {"entry": 1, "text": right, "by": "班长"}) for right in texts)
    )
    found = await table.get("c")
    assert found is not None
    assert sorted(entry["body"]["text"] for entry in found.corrections) == texts
    assert verify(found.corrections).holds


async def test_the_list_is_newest_first_in_pages(database: Database) -> None:
    table = TranscriptTable(database, None)
    await table.write([change(f"c{ago}", "好", ago=ago) for ago in range(5)] + [change("b0", "好")])
    everything = [each.call for each in await table.find(None, None, None, 99)]
    assert everything == ["b0", "c0", "c1", "c2", "c3", "c4"]
    paged, after = list[str](), None
    for _ in range(4):
        page = await table.find(None, None, after, 2)
        paged += [each.call for each in page]
        after = Place(page[-1].started_at, page[-1].call) if page else after
    assert paged == everything
    since, until = NOW - timedelta(hours=3), NOW - timedelta(hours=1)
    assert [each.call for each in await table.find(since, until, None, 99)] == ["c2", "c3"]


async def test_after_our_death_live_ones_are_cut(database: Database) -> None:
    table = TranscriptTable(database, None)
    await table.write([change("c", "好"), Change(replace(change("d").heading, state="final"))])
    assert await table.close_cut() == 1
    assert {each.call: each.state for each in await table.find(None, None, None, 9)} == {
        "c": "cut",
        "d": "final",
    }
