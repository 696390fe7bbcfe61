"""Second hearing: what was missed comes from the recording when there is time, is owed over a restart, and
ends in an honest state when it cannot be had."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from asr.words import Speech, Word
from bridge.clock import SystemClock
from bridge.errors import NobodyHears, UnusableRecording
from bridge.ports_hearing import Tape
from bridge.services import second_hearing
from bridge.services.second_hearing import PAUSES, SecondHearing
from bridge.tickets.missed import Missed, Owed, Reason
from bridge.tickets.transcript import Transcript

SIDES = {"in": 0, "agent": 1}


class Book:
    """A store that lives longer than the desk."""

    def __init__(self) -> None:
        self.rows: dict[str, Owed] = {}
        self.broken = False

    async def put(self, owed: Owed) -> None:
        if self.broken:
            raise OSError("database gone")
        self.rows[owed.call] = owed

    async def all(self) -> Sequence[Owed]:
        return list(self.rows.values())

    async def paid(self, call: str) -> None:
        self.rows.pop(call, None)


class Shelf:
    """Recordings whose samples say where they are from."""

    def __init__(self) -> None:
        self.tapes: dict[str, list[Tape]] = {}
        self.asked: list[tuple[str, int, float, float]] = []
        self.trouble: Exception | None = None

    async def of(self, call: str) -> Sequence[Tape]:
        return self.tapes.get(call, [])

    async def voice(self, tape: Tape, channel: int, start: float, end: float) -> bytes:
        if self.trouble is not None:
            raise self.trouble
        self.asked.append((tape.file, channel, start, min(end, tape.ended)))
        return b"voice"


class Ears:
    """Hears the same word one second into whatever it is given."""

    def __init__(self) -> None:
        self.speeches = [Speech("final", "救命", (Word("救命", 1.2, 1.6, 0.8),))]
        self.deaf = 0

    async def hear(self, pcm: bytes) -> Sequence[Speech]:
        if self.deaf:
            self.deaf -= 1
            raise NobodyHears("down")
        return self.speeches


class Room:
    def __init__(self) -> None:
        self.book, self.shelf, self.ears = Book(), Shelf(), Ears()
        self.ended: list[tuple[str, tuple[str, ...], Reason]] = []
        self.transcripts: dict[str, Transcript] = {}
        self._told = asyncio.Event()
        self.desks: list[SecondHearing] = []

    async def desk(self) -> SecondHearing:
        made = SecondHearing(
            store=self.book, tapes=self.shelf, ears=self.ears, clock=SystemClock(), on_heard=self._heard
        )
        self.desks.append(made)
        await made.start()
        return made

    async def _heard(self, owed: Owed, mended: Callable[[Transcript], Transcript], reason: Reason) -> None:
        self.transcripts[owed.call] = mended(Transcript())
        self.ended.append((owed.call, owed.incidents, reason))
        self._told.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.ended) < count or any(desk.waiting for desk in self.desks):  # noqa: ASYNC110
                await asyncio.sleep(0.002)


@pytest.fixture
async def room(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    monkeypatch.setattr(second_hearing, "PAUSES", (0.01,) * len(PAUSES))
    made = Room()
    yield made
    for desk in made.desks:
        await desk.stop()


def owed(call: str = "c1", start: float = 110.0, end: float = 114.0, leg: str = "in") -> Owed:
    return Owed(call, 100.0, ("I1",), (Missed(call, leg, "caller", start, end),))


async def test_what_was_missed_is_heard_from_the_recording_with_what_is_around_it(room: Room) -> None:
    room.shelf.tapes["c1"] = [Tape("f1", 102.0, 130.0, SIDES)]
    desk = await room.desk()
    desk.owe(owed())
    await room.until(1)
    assert room.shelf.asked == [("f1", 0, 109.0, 115.0)]
    assert room.ended == [("c1", ("I1",), "")]
    (said,) = room.transcripts["c1"].finals
    assert (said.text, said.speaker, said.leg) == ("救命", "caller", "in")
    assert (said.words[0].start, said.words[0].end) == (pytest.approx(10.2), pytest.approx(10.6))
    assert (room.book.rows, desk.waiting) == ({}, 0)


async def test_over_two_parts_of_a_recording(room: Room) -> None:
    room.shelf.tapes["c1"] = [Tape("f1", 102.0, 112.0, SIDES), Tape("f2", 112.0, 130.0, SIDES)]
    (await room.desk()).owe(owed())
    await room.until(1)
    assert [(file, start, end) for file, _, start, end in room.shelf.asked] == [
        ("f1", 109.0, 112.0), ("f2", 112.0, 115.0),
    ]  # fmt: skip
    assert room.ended[0][2] == ""


async def test_a_recording_whose_file_is_closed_a_moment_later_is_waited_for(room: Room) -> None:
    desk = await room.desk()
    find = room.shelf.of

    async def later(call: str) -> Sequence[Tape]:
        room.shelf.of = find  # type: ignore[method-assign]
        room.shelf.tapes["c1"] = [Tape("f1", 102.0, 130.0, SIDES)]
        return []

    room.shelf.of = later  # type: ignore[method-assign]
    desk.owe(owed())
    await room.until(1)
    assert room.ended == [("c1", ("I1",), "")]


async def test_a_part_that_nobody_recorded_stays_missing_and_the_rest_is_heard(room: Room) -> None:
    room.shelf.tapes["c1"] = [Tape("f1", 110.0, 112.0, SIDES)]
    (await room.desk()).owe(owed())
    await room.until(1)
    assert room.ended == [("c1", ("I1",), "not-recorded")]
    assert room.transcripts["c1"].finals[0].text == "救命"


async def test_a_recogniser_that_is_down_is_waited_for(room: Room) -> None:
    room.shelf.tapes["c1"] = [Tape("f1", 102.0, 130.0, SIDES)]
    room.ears.deaf = 5
    (await room.desk()).owe(owed())
    await room.until(1)
    assert room.ended == [("c1", ("I1",), "")]


async def test_a_recogniser_that_is_back_is_asked_at_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_hearing, "PAUSES", (0.01, *(3600.0,) * (len(PAUSES) - 1)))
    room.shelf.tapes["c1"] = [Tape("f1", 102.0, 130.0, SIDES)]
    room.ears.deaf = 1
    desk = await room.desk()
    desk.owe(owed())
    async with asyncio.timeout(10):
        while room.book.rows.get("c1", owed()).tries < 1:  # noqa: ASYNC110 - a table tells nobody
            await asyncio.sleep(0.002)
    desk.hurry()
    await room.until(1)
    assert room.ended == [("c1", ("I1",), "")]


async def test_after_all_tries_it_is_given_up_and_said_so(room: Room) -> None:
    room.shelf.tapes["c1"] = [Tape("f1", 102.0, 130.0, SIDES)]
    room.ears.deaf = len(PAUSES)
    (await room.desk()).owe(owed())
    await room.until(1)
    assert room.ended == [("c1", ("I1",), "recogniser-gone")]
    assert room.ears.deaf == 0
    assert room.book.rows == {}


@pytest.mark.parametrize("trouble", [UnusableRecording("密钥不对"), OSError("disk")])
async def test_a_recording_that_cannot_be_read(room: Room, trouble: Exception) -> None:
    room.shelf.tapes["c1"] = [Tape("f1", 102.0, 130.0, SIDES)]
    room.shelf.trouble = trouble
    (await room.desk()).owe(owed())
    await room.until(1)
    assert room.ended == [("c1", ("I1",), "recording-unreadable")]


async def test_what_is_owed_is_written_down_while_another_is_heard(room: Room) -> None:
    """A call whose captions lag keeps a second hearing waiting for as long as it lasts."""
    for call in ("c1", "c2"):
        room.shelf.tapes[call] = [Tape(f"f-{call}", 102.0, 130.0, SIDES)]
    go, hear = asyncio.Event(), room.ears.hear

    async def when_calm(pcm: bytes) -> Sequence[Speech]:
        await go.wait()
        return await hear(pcm)

    room.ears.hear = when_calm  # type: ignore[method-assign]
    desk = await room.desk()
    desk.owe(owed())
    async with asyncio.timeout(10):
        while not room.shelf.asked:  # noqa: ASYNC110 - a list tells nobody
            await asyncio.sleep(0.002)
        desk.owe(owed("c2"))
        while "c2" not in room.book.rows:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    assert not room.ended
    go.set()
    await room.until(2)


async def test_a_restart_forgets_nothing(room: Room) -> None:
    room.shelf.tapes["c1"] = [Tape("f1", 102.0, 130.0, SIDES)]
    room.ears.deaf = 1_000_000
    first = await room.desk()
    first.owe(owed())
    async with asyncio.timeout(10):
        while room.book.rows.get("c1", owed()).tries < 2:  # noqa: ASYNC110 - a table tells nobody
            await asyncio.sleep(0.002)
    await first.stop()
    room.desks.clear()
    room.ears.deaf = 0
    assert (await room.desk()).waiting == 1
    await room.until(1)
    assert room.ended == [("c1", ("I1",), "")]
    assert room.book.rows == {}


async def test_one_that_fails_holds_up_nobody(room: Room) -> None:
    async def of(call: str) -> Any:
        if call == "bad":
            raise ValueError("a defect of ours")
        return [Tape("f1", 102.0, 130.0, SIDES)]

    room.shelf.of = of  # type: ignore[method-assign]
    desk = await room.desk()
    desk.owe(owed("bad"))
    desk.owe(owed("good"))
    await room.until(2)
    assert ("good", ("I1",), "") in room.ended
    assert ("bad", ("I1",), "recogniser-gone") in room.ended


async def test_a_database_that_is_gone_costs_the_memory_of_a_restart_only(room: Room) -> None:
    room.shelf.tapes["c1"] = [Tape("f1", 102.0, 130.0, SIDES)]
    room.book.broken = True
    (await room.desk()).owe(owed())
    await room.until(1)
    assert room.ended == [("c1", ("I1",), "")]
