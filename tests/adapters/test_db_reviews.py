"""Reviews in both databases, open and under a key: notes in the order of the call, scores version by version,
sums by agent and day; and what is left when a call is erased or has been kept long enough."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from sqlalchemy import select

from bridge.adapters.db import Database
from bridge.adapters.db_erase import Eraser
from bridge.adapters.db_rekey import rekey
from bridge.adapters.db_retention import RetentionTable
from bridge.adapters.db_reviews import ReviewTable
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_tables_review import REVIEW_NOTES
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.errors import NoSuchThing, TooManyNotes, VersionMoved
from bridge.ports_review import Asked, Brief
from bridge.ports_search import Reviewed, Wanted
from bridge.review import notes
from bridge.review.notes import Note, Scored
from bridge.tickets.vault import Vault
from tests.adapters.test_db_sealed import raw
from tests.adapters.test_db_transcripts import change

NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
BODY = {"answers": {"a": {"option": "yes", "note": "王先生很急"}}, "remark": "对王先生很耐心", "fatal": []}
VAULT = Vault([bytes(32)])


@pytest.fixture(params=["open", "sealed"])
async def database(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, VAULT if request.param == "sealed" else None)
    await made.start()
    yield made
    await made.stop()


def note(text: str = "王先生", second: float | None = None, platform: str = "12345", call: str = "c") -> Note:
    return Note(call, "comment", text, "班长", platform, NOW, second=second)


def scored(
    version: int = 1, call: str = "c", agent: str = "8001", tenths: int = 900, at: datetime = NOW
) -> Scored:
    return Scored(
        call, agent, version, "12345", at, "f", tenths, tenths >= 800, not tenths, "班长", NOW, BODY
    )


async def test_notes_come_in_the_order_of_the_call_cut_to_a_platform(database: Database) -> None:
    table = ReviewTable(database)
    made = [await table.add(note(str(second), second)) for second in (9.0, 1.5, None)]
    await table.add(note("110 的", 2.0, "110"))
    await table.add(note("管理员的", 3.0, ""))
    assert [each.text for each in await table.notes("c", "12345")] == ["None", "1.5", "管理员的", "9.0"]
    assert len(await table.notes("c", "")) == 5
    assert await table.notes("d", "") == ()
    assert (await table.notes("c", "12345"))[1] == made[1]


async def test_a_note_is_taken_back_by_its_author_only(database: Database) -> None:
    table = ReviewTable(database)
    made = await table.add(note())
    for by, platform in (("别人", "12345"), ("班长", "110")):
        with pytest.raises(NoSuchThing):
            await table.take_back("c", made.number, by, platform, NOW)
    await table.take_back("c", made.number, "班长", "12345", NOW)
    assert await table.notes("c", "") == ()
    with pytest.raises(NoSuchThing):
        await table.take_back("c", made.number, "班长", "12345", NOW)
    async with database.read() as connection:
        row = (await connection.execute(select(REVIEW_NOTES))).one()
    assert (row.gone_by, row.gone_at, row.text) == ("班长", NOW, "")


async def test_a_call_has_room_for_so_many(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.adapters.db_reviews.MAX_NOTES", 2)
    table = ReviewTable(database)
    await asyncio.gather(*(table.add(note(str(n))) for n in range(2)))
    with pytest.raises(TooManyNotes):
        await table.add(note("多了"))


async def test_a_score_follows_the_one_before_it(database: Database) -> None:
    table = ReviewTable(database)
    await table.save(scored())
    with pytest.raises(VersionMoved, match="第 1 版"):
        await table.save(scored())
    both = await asyncio.gather(
        table.save(scored(2, tenths=700)), table.save(scored(2, tenths=600)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in both) == ["NoneType", "VersionMoved"]
    await table.save(scored(agent="8002"))
    versions = await table.scores("c", "12345")
    assert [(each.agent, each.version) for each in versions] == [("8001", 2), ("8001", 1), ("8002", 1)]
    assert versions[1] == scored()
    assert await table.scores("c", "110") == ()


async def test_newest_versions_in_pages_and_their_sums_by_day(database: Database) -> None:
    table, day = ReviewTable(database), timedelta(days=1)
    await table.save(scored(tenths=500))
    await table.save(scored(2, tenths=900))
    await table.save(scored(call="d", agent="8002", tenths=0, at=NOW + day))
    await table.save(scored(call="e", tenths=700, at=NOW + day))
    first = await table.find(Asked(most=2))
    last = first[-1]
    rest = await table.find(Asked(most=2, after=(last.started_at, last.call, last.agent)))
    assert [(each.call, each.tenths) for each in (*first, *rest)] == [("d", 0), ("e", 700), ("c", 900)]
    assert [each.call for each in await table.find(Asked(agent="8001", until=NOW + day))] == ["c"]
    assert await table.find(Asked(platform="110")) == ()
    epoch = NOW.timestamp() // 86400
    days = await table.days(Asked(), 8 * 3600)
    seen = [(each.agent, each.day - epoch, each.count, each.sum, each.passed, each.fatal) for each in days]
    assert seen == [
        ("8001", 0, 1, 900, 1, 0), ("8001", 1, 1, 700, 0, 0), ("8002", 1, 1, 0, 0, 1),
    ]  # fmt: skip
    late = await table.days(Asked(agent="8001"), 15 * 3600)
    assert [each.day - epoch for each in late] == [1, 2], "half past nine and fifteen hours is tomorrow"


async def test_a_list_is_told_briefly_and_searched_by_what_was_done(database: Database) -> None:
    table, transcripts = ReviewTable(database), TranscriptTable(database, None)
    for call in "cde":
        await transcripts.write([change(call, "有人打架")])
    await transcripts.close_cut()
    await transcripts.correct("e", NOW.isoformat(), {"entry": 1, "text": "别的", "by": "班长"})
    await table.add(note())
    await table.add(replace(note(call="d"), kind="mark", flag="bad", second=1.0))
    await table.save(scored(tenths=400))
    await table.save(scored(agent="8002", tenths=300))
    assert await table.briefs(["c", "d", "e"], "12345") == {"c": Brief(0, 1, 300), "d": Brief(1, 0, None)}
    assert await table.briefs([], "") == {}
    search = SearchTable(database)

    async def found(how: Reviewed) -> str:
        hits = await search.find(Wanted("", kind="transcript", review=how, bare=True))
        return "".join(sorted(hit.id for hit in hits))

    ways: tuple[Reviewed, ...] = ("", "scored", "unscored", "marked", "commented", "corrected")
    assert [await found(how) for how in ways] == ["cde", "c", "de", "d", "c", "e"]
    assert await search.find(Wanted("", kind="transcript")) == ()


async def test_erasing_a_call_reaches_what_was_written_of_it(database: Database) -> None:
    table, transcripts = ReviewTable(database), TranscriptTable(database, None)
    await transcripts.write([change("c", "有人打架")])
    await transcripts.close_cut()
    await table.add(note())
    await table.save(scored())
    eraser = Eraser(database, transcripts)
    counts = await eraser.erase(await eraser.of_call("c"), now=NOW, by="张主任", why="本人申请", files=[])
    assert counts["reviews"] == 2
    assert "王先生" not in await raw(database)
    (kept,) = await table.scores("c", "")
    assert (kept.tenths, kept.body["answers"], kept.body["remark"]) == (
        900, {"a": {"option": "yes", "note": ""}}, "",
    )  # fmt: skip
    assert [each.text for each in await table.notes("c", "")] == [""]


async def test_words_go_with_the_transcript_and_scores_when_their_own_time_is_over(
    database: Database,
) -> None:
    table, transcripts = ReviewTable(database), TranscriptTable(database, None)
    await transcripts.write([change("c", "有人打架")])
    await transcripts.close_cut()
    await table.add(note())
    await table.save(scored())
    retention = RetentionTable(database)
    assert await retention.sweep("reviews", NOW, 9) == 0
    assert await retention.sweep("transcripts", NOW + timedelta(days=1), 9) == 1
    assert await table.notes("c", "") == ()
    (kept,) = await table.scores("c", "")
    assert (kept.tenths, kept.body) == (900, {})
    assert await retention.sweep("reviews", NOW + timedelta(days=1), 9) == 1
    assert await table.scores("c", "") == ()


async def test_what_reviewers_write_is_sealed_and_can_be_sealed_anew(database_url: str) -> None:
    database = Database(database_url, VAULT)
    await database.start()
    table = ReviewTable(database)
    await table.add(note())
    await table.save(scored())
    assert "王先生" not in await raw(database)
    await database.stop()
    newer = Vault([bytes(range(32)), bytes(32)])
    database = Database(database_url, newer)
    await database.start()
    done = dict([each async for each in rekey(database, newer)])
    assert (done["review_notes"], done["review_scores"]) == (1, 1)
    assert (await ReviewTable(database).notes("c", ""))[0].text == "王先生"
    await database.stop()


def test_every_flag_has_its_word() -> None:
    assert tuple(notes.FLAGS) == get_args(notes.Flag)


def test_what_is_too_long_is_said_in_numbers() -> None:
    assert notes.tidy(" 好\x00\ud800 ") == "好?"
    with pytest.raises(notes.BadRequest, match="最长 2000 字，现在 10000 字"):
        notes.tidy("长" * 10_000)
