"""The archive: every call's finals in the order they arrive, stored behind the talk; a database that is gone;
what comes after the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from bridge.calls.call import Call
from bridge.errors import NoSuchThing
from bridge.media.takes import Kept
from bridge.ports_transcripts import Change, Place
from bridge.services import archive as archive_module
from bridge.services import archive_writer
from bridge.services.archive import Archive
from bridge.services.records import Record, Records
from bridge.tickets.evidence import Chain, Entry, verify
from bridge.tickets.missed import Missed, Portion, mend
from bridge.tickets.stored import Heading, StoredTranscript
from bridge.tickets.transcript import SpokenWord, Transcript, Utterance

NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)


class Still:
    def monotonic(self) -> float:
        return 100.0

    def wall(self) -> datetime:
        return NOW


class Shelf:
    """A store in memory; `gone`: it raises."""

    def __init__(self) -> None:
        self.headings: dict[str, Heading] = {}
        self.entries: dict[str, list[Entry]] = {}
        self.corrections: dict[str, list[Entry]] = {}
        self.gone, self.writes, self.cut = False, 0, 0

    async def write(self, changes: Sequence[Change]) -> None:
        if self.gone:
            raise OSError("no database")
        self.writes += 1
        for change in changes:
            self.headings[change.heading.call] = change.heading
            self.entries.setdefault(change.heading.call, []).extend(change.entries)

    async def get(self, call: str) -> StoredTranscript | None:
        if call not in self.headings:
            return None
        return StoredTranscript(
            self.headings[call], tuple(self.entries[call]), tuple(self.corrections.get(call, ()))
        )

    async def correct(self, call: str, at: str, body: dict[str, object]) -> Entry:
        _, entry = Chain().add("correction", at, body)
        self.corrections.setdefault(call, []).append(entry)
        return entry

    async def find(
        self, since: datetime | None, until: datetime | None, after: Place | None, most: int
    ) -> list[Heading]:
        return list(self.headings.values())

    async def close_cut(self) -> int:
        return self.cut


class Room:
    """An archive with its records."""

    def __init__(self, call: Call) -> None:
        self.call, self.shelf, self.records = call, Shelf(), Records(Still())
        self.lost, self.model = list[int](), "small-cn"
        self.archive = Archive(
            store=self.shelf,
            records=self.records,
            clock=Still(),
            software={"bridge": "1"},
            recogniser=lambda leg: {"model": self.model},
            on_lost=self.lost.append,
        )
        self.record: Record = self.records.note(call)

    def says(self, text: str, start: float = 1.0, leg: str = "in", *, told: bool = True) -> None:
        said = Utterance("caller", leg, start, start + 1, text, id=f"{leg}-{start}")
        self.record.transcript = self.record.transcript.hear(said)
        if told:
            self.archive.heard(self.call.id, said)

    async def stored(self) -> StoredTranscript:
        return await self.archive.get(self.call.id)

    def another(self) -> Archive:
        """The archive of a process that began after this one's end."""
        return Archive(
            store=self.shelf,
            records=Records(Still()),
            clock=Still(),
            software={},
            recogniser=lambda leg: {},
            on_lost=self.lost.append,
        )


@pytest.fixture
async def room(house: Any) -> AsyncIterator[Room]:
    made = Room(house.talk())
    await made.archive.start()
    yield made
    made.shelf.gone = False
    await made.archive.stop()


PORTION = Portion(0, 104.0, 108.0, (Missed("c1", "in", "caller", 104.0, 108.0),))


def late(text: str = "救命") -> Callable[[Transcript], Transcript]:
    """What second hearing brings: words at 5 s of a call that began at 100."""
    said = Utterance(
        "caller", "in", 5.0, 5.5, text, id="in-again-5000", words=(SpokenWord(text, 5.0, 5.5, 0.9),)
    )
    return partial(mend, portion=PORTION, began=100.0, said=[said])


def kinds(stored: StoredTranscript) -> list[str]:
    return [entry["kind"] for entry in stored.entries]


async def test_finals_are_chained_as_they_arrive_and_shown_as_they_were_said(room: Room) -> None:
    room.says("后说的先到", 9.0)
    room.says("先说的后到", 3.0)
    stored = await room.stored()
    assert kinds(stored) == ["opened", "recogniser", "final", "final"]
    assert verify(stored.entries, stored.heading.head).holds
    assert [each.text for each in stored.said()] == ["先说的后到", "后说的先到"]
    assert [each.seq for each in stored.said()] == [4, 3]
    assert (stored.heading.state, stored.heading.ended_at) == ("live", None)


async def test_the_same_final_is_one_entry_and_the_end_catches_up(room: Room) -> None:
    room.says("有人打架")
    room.says("有人打架")
    room.says("没有人告诉存档", 5.0, told=False)
    room.archive.settled(room.call.id)
    stored = await room.stored()
    assert kinds(stored) == ["opened", "recogniser", "final", "final", "closed"]
    assert (stored.heading.state, stored.heading.lost) == ("final", 0)
    room.says("录音里补转的", 7.0, told=False)
    room.archive.settled(room.call.id)
    stored = await room.stored()
    assert kinds(stored)[-2:] == ["final", "closed"]
    assert verify(stored.entries, stored.heading.head).holds


async def test_another_recogniser_in_mid_call_is_on_record(room: Room) -> None:
    room.says("第一句")
    room.model = "unknown (ws://10.1.1.30:2700)"
    room.says("第二句", 3.0)
    stored = await room.stored()
    assert kinds(stored) == ["opened", "recogniser", "final", "recogniser", "final"]
    assert [body["model"] for body in stored.of_kind("recogniser")] == ["small-cn", room.model]
    assert stored.of_kind("opened")[0]["software"] == {"bridge": "1"}


async def test_calls_without_a_word_leave_nothing(room: Room) -> None:
    room.archive.settled(room.call.id)
    with pytest.raises(NoSuchThing):
        await room.stored()
    room.archive.heard("unknown", Utterance("caller", "in", 1, 2, "谁"))


def made(call: str, file: str = "a-1") -> Kept:
    return Kept(file, "a", call, (), "a.wav", 5.0, NOW.isoformat(), "PCMA", True, 2.5, 100, "ab" * 32)


async def test_the_recordings_hash_goes_into_the_chain_once(room: Room) -> None:
    room.says("有人打架")
    room.archive.settled(room.call.id)
    for _ in range(2):
        await room.archive.recorded(made(room.call.id))
    stored = await room.stored()
    assert kinds(stored)[-2:] == ["closed", "recording"]
    body = stored.of_kind("recording")[0]
    assert (body["sha256"], body["sealed"], body["duration_ms"]) == ("ab" * 32, True, 2500)


async def test_a_recording_found_after_a_restart_finds_its_transcript(room: Room) -> None:
    room.says("有人打架")
    before = await room.stored()
    later = room.another()
    await later.start()
    for _ in range(2):
        await later.recorded(made(room.call.id))
    await later.recorded(made("unknown"))
    stored = await later.get(room.call.id)
    assert kinds(stored) == [*kinds(before), "recording"]
    assert verify(stored.entries, stored.heading.head).holds
    await later.stop()


async def test_nobody_waits_for_a_database_that_is_gone(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_writer, "MOST", 6)
    monkeypatch.setattr(archive_writer, "PAUSES", (0.0,))
    room.shelf.gone = True
    for number in range(9):
        room.says(f"第{number}句", float(number))
    room.archive.settled(room.call.id)
    assert room.lost == [5], "six entries had room: the opening, the recogniser, four finals"
    room.shelf.gone = False
    stored = await room.stored()
    assert (stored.heading.lost, kinds(stored).count("final")) == (5, 4)
    assert verify(stored.entries, stored.heading.head).holds
    room.archive.settled(room.call.id)
    stored = await room.stored()
    assert (stored.heading.lost, kinds(stored).count("final")) == (0, 9), "there is room again"


async def test_many_calls_words_are_written_together(room: Room) -> None:
    for number in range(20):
        room.says(f"第{number}句", float(number))
    await room.stored()
    assert room.shelf.writes == 1


async def test_a_correction_needs_a_final_and_leaves_it_as_it_was(room: Room) -> None:
    room.says("有人打价")
    entry = await room.archive.correct(room.call.id, 3, "有人打架", "班长")
    assert entry["body"] == {"entry": 3, "id": "in-1.0", "text": "有人打架", "by": "班长"}
    stored = await room.stored()
    (said,) = stored.said()
    assert (said.utterance.text, said.text) == ("有人打价", "有人打架")
    for wrong in (2, 99):
        with pytest.raises(NoSuchThing):
            await room.archive.correct(room.call.id, wrong, "没有", "班长")


async def test_a_call_whose_record_is_gone_is_closed_all_the_same(room: Room) -> None:
    room.says("有人打架")
    room.records._records.clear()
    for _ in range(2):
        room.archive.settled(room.call.id)
    stored = await room.stored()
    assert (stored.heading.state, kinds(stored)[-1], kinds(stored).count("closed")) == ("final", "closed", 1)


@pytest.mark.parametrize("restarted", [False, True])
async def test_words_heard_late_of_a_call_whose_record_is_gone(room: Room, restarted: bool) -> None:
    room.says("有人打架", 1.0)
    room.says("认不出的半句", 4.5)
    room.record.transcript_state = "pending"
    room.archive.settled(room.call.id)
    before = await room.stored()
    assert before.of_kind("closed")[-1]["pending"] is True
    room.records._records.clear()
    archive = room.another() if restarted else room.archive
    if restarted:
        await archive.start()
    for _ in range(2):
        await archive.heard_late(room.call.id, late())
    stored = await archive.get(room.call.id)
    assert kinds(stored)[: len(before.entries)] == kinds(before)
    assert kinds(stored)[len(before.entries) :].count("final") == 1
    assert verify(stored.entries, stored.heading.head).holds
    assert [each.text for each in stored.said()] == ["有人打架", "救命"], "in the place of what was guessed"
    end = stored.of_kind("closed")[-1]
    assert (end["pending"], end["outcome"], stored.heading.state) == (False, room.record.outcome, "final")
    assert stored.of_kind("recogniser")[-1]["model"] == "small-cn"
    await archive.stop()


async def test_a_call_of_which_nothing_was_heard_in_time_has_room_for_what_comes(room: Room) -> None:
    room.record.transcript_state = "pending"
    room.archive.settled(room.call.id)
    room.records._records.clear()
    await room.archive.heard_late(room.call.id, late())
    stored = await room.stored()
    assert kinds(stored) == ["opened", "closed", "recogniser", "final", "closed"]
    assert stored.of_kind("recogniser")[0]["leg"] == "in"


async def test_a_call_whose_end_was_cut_stays_so_with_late_words_too(room: Room) -> None:
    room.says("有人打架")
    await room.stored()
    room.shelf.headings[room.call.id] = replace(room.shelf.headings[room.call.id], state="cut")
    archive = room.another()
    await archive.start()
    await archive.heard_late(room.call.id, late())
    await archive.heard_late("unknown", late())
    stored = await archive.get(room.call.id)
    assert (stored.heading.state, [each.text for each in stored.said()]) == ("cut", ["有人打架", "救命"])
    await archive.stop()


async def test_late_words_wait_for_a_database_that_is_gone(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mended into half a transcript they would be in it twice: they are brought again later."""
    monkeypatch.setattr(archive_writer, "PAUSES", (0.0,))
    monkeypatch.setattr(archive_module, "PATIENCE", 0.01)
    room.shelf.gone = True
    room.says("有人打架")
    room.archive.settled(room.call.id)
    room.records._records.clear()
    with pytest.raises(TimeoutError):
        await room.archive.heard_late(room.call.id, late())
    room.shelf.gone = False
    monkeypatch.setattr(archive_module, "PATIENCE", 3.0)
    await room.archive.heard_late(room.call.id, late())
    assert [each.text for each in (await room.stored()).said()] == ["有人打架", "救命"]


async def test_half_a_character_does_not_stop_the_books(room: Room) -> None:
    room.says("有人\ud800打架")
    assert (await room.stored()).said()[0].text == "有人?打架"


async def test_stop_writes_what_is_left(house: Any) -> None:
    room = Room(house.talk())
    await room.archive.start()
    room.says("最后一句")
    await room.archive.stop()
    await room.archive.stop()
    assert len(room.shelf.entries[room.call.id]) == 3


async def test_the_incident_of_a_transfer_is_on_record(house: Any) -> None:
    call = house.talk()
    house.switchboard.press_call(call.id, "110", 1.0)
    room = Room(house.switchboard.call(call.id))
    await room.archive.start()
    room.says("有人打架")
    room.archive.settled(call.id)
    stored = await room.stored()
    assert stored.of_kind("closed")[0]["incidents"] == [room.call.transfers[0].incident]
    await room.archive.stop()
