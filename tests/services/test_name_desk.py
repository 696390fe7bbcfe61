"""Places heard once more: what is found goes into the record and its tickets; everything else is as it was,
and nothing waits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bridge.adapters.pinyin import readings
from bridge.errors import NobodyHears
from bridge.services import name_desk
from bridge.services.feed import Inbox, LiveFeed
from bridge.services.name_desk import WAITING, NameDesk
from bridge.services.records import Record, Records
from bridge.tickets.doubts import Doubt
from bridge.tickets.elements import Element
from bridge.tickets.gazetteer import Gazetteer, Place
from bridge.tickets.transcript import SpokenWord, Utterance

PLACES = Gazetteer(
    [Place("清河路", "road", "阳谷县"), Place("东昌府区", "county", "", ("东昌府",))], readings
)


class Ears:
    """Says what it is told to; `gate` closed: takes its time."""

    def __init__(self) -> None:
        self.ready, self.answers, self.gate = True, list[str | Exception](), asyncio.Event()
        self.asked: list[tuple[str, bytes]] = []
        self.gate.set()

    async def hear(self, pcm: bytes, doubt: Doubt) -> str:
        self.asked.append((doubt.words, pcm))
        await self.gate.wait()
        answer = self.answers.pop(0) if self.answers else ""
        if isinstance(answer, Exception):
            raise answer
        return answer


class Voice:
    """Says which stretch was cut."""

    def between(self, since: float, until: float) -> bytes:
        return f"{since:.2f}-{until:.2f}".encode()


class Room:
    """A desk over one call that was answered."""

    def __init__(self, house: Any) -> None:
        self.ears, self.counts, self.feed = Ears(), Counter[str](), LiveFeed()
        self.records, self.told = Records(house.clock), list[tuple[str, Any]]()
        self.house, self.call = house, house.talk()
        self.record: Record = self.records.note(self.call)
        self.desk = NameDesk(
            ears=self.ears, records=self.records, desk=self, feed=self.feed, gazetteer=PLACES, meter=self,
            draft=lambda call: {"drafted": call},
        )  # type: ignore[arg-type]  # fmt: skip

    def came(self, outcome: str) -> None:
        self.counts[outcome] += 1

    def understood(self, incident: str, meant: Any) -> None:
        self.told.append((incident, meant))

    def say(self, *words: str, speaker: str = "caller", voice: Voice | None = Voice()) -> None:  # noqa: B008
        spoken = tuple(SpokenWord(word, 2 + n / 2, 2.5 + n / 2, 0.9) for n, word in enumerate(words))
        said = Utterance(speaker, "in", 2.0, 4.0, "".join(words), words=spoken)
        self.record.transcript = self.record.transcript.hear(said)
        self.desk.heard(self.call.id, said, voice)

    def press(self) -> str:
        transfer = self.house.switchboard.press(self.call.attendant.leg, "110", "api", 100.0)
        self.records.note(self.house.switchboard.calls()[0])
        incident: str = transfer.incident
        return incident


@pytest.fixture
async def room(house) -> AsyncIterator[Room]:
    made = Room(house)
    await made.desk.start()
    yield made
    await made.desk.stop()
    await made.desk.stop()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0)


async def test_a_misheard_place_is_found_from_its_voice_alone(room: Room) -> None:
    incident = room.press()
    room.ears.answers = ["清河路"]
    room.say("地址", "是", "请", "和", "六")
    await until(lambda: room.told == [(incident, (("请和六", "清河路"),))])
    began = room.record.started
    assert room.ears.asked == [("请 和 六", f"{began + 2.95:.2f}-{began + 4.55:.2f}".encode())]
    assert room.record.meant == (("请和六", "清河路"),)
    assert room.record.transcript.finals[0].text == "地址是请和六"
    assert room.counts == {"asked": 1, "changed": 1}


async def test_before_there_is_a_ticket_the_page_is_told(room: Room) -> None:
    room.ears.answers = ["清河路"]
    with room.feed.listen() as inbox:
        room.say("请", "和", "六")
        told = await _next(inbox)
    assert (told["type"], told["call"], told["drafted"]) == ("draft", room.call.id, room.call.id)


async def test_a_place_right_by_its_sound_is_confirmed(room: Room) -> None:
    room.ears.answers = ["清河路"]
    room.say("在", "青", "河路", "六", "号")
    await until(lambda: room.counts == {"asked": 1, "confirmed": 1})
    assert room.record.meant == (("青河路", "清河路"),)


@pytest.mark.parametrize(
    ("answer", "outcome"), [("请和六", "kept"), ("", "kept"), (NobodyHears("gone"), "failed")]
)
async def test_what_is_not_heard_stays_as_it_was(room: Room, answer: str | Exception, outcome: str) -> None:
    room.ears.answers = [answer]
    room.say("地址", "是", "请", "和", "六")
    await until(lambda: room.counts == {"asked": 1, outcome: 1})
    assert room.record.meant == ()


async def test_what_the_agent_typed_is_not_asked_about_nor_overwritten(room: Room) -> None:
    room.ears.gate.clear()
    room.ears.answers = ["清河路"]
    room.say("请", "和", "六")
    await until(lambda: bool(room.ears.asked))
    room.record.by_hand = {"where": Element("新华路", "agent")}
    room.ears.gate.set()
    room.say("请", "和", "六", "啊")
    room.say("工厂", "傅")
    await until(lambda: room.desk._waiting.empty() and not room.ears.answers)
    assert room.record.meant == ()
    assert len(room.ears.asked) == 1


async def test_who_is_no_caller_and_words_without_voice_are_not_looked_at(room: Room) -> None:
    room.say("请", "和", "六", speaker="12345")
    room.say("请", "和", "六", voice=None)
    assert room.desk._waiting.empty()


async def test_nobody_to_ask_is_counted(room: Room) -> None:
    room.ears.ready = False
    room.say("请", "和", "六")
    await until(lambda: room.counts == {"skipped": 1})
    assert room.ears.asked == []


async def test_no_more_wait_than_there_is_room_for_and_no_more_ask_at_once(room: Room) -> None:
    room.ears.gate.clear()
    for number in range(WAITING + name_desk.AT_ONCE + 3):
        room.say("请", "和", "六", "第", str(number))
        await asyncio.sleep(0)
    assert len(room.ears.asked) == name_desk.AT_ONCE
    assert room.counts["skipped"] == 3
    room.ears.gate.set()
    await until(lambda: len(room.ears.asked) == WAITING + name_desk.AT_ONCE)


async def test_one_that_fails_does_not_end_the_rest(room: Room) -> None:
    room.ears.answers = [RuntimeError("broken"), "清河路"]
    room.say("请", "和", "六")
    await until(lambda: len(room.ears.asked) == 1)
    room.say("请", "和", "六", "啊")
    await until(lambda: room.record.meant == (("请和六", "清河路"),))


async def test_a_call_that_is_forgotten_is_left_alone(room: Room) -> None:
    said = Utterance("caller", "in", 0, 1, "请和六", words=(SpokenWord("请和六", 0, 1, 1),))
    room.desk.heard("no such call", said, Voice())
    await until(room.desk._waiting.empty)
    assert room.ears.asked == []


async def _next(inbox: Inbox) -> dict[str, Any]:
    async with asyncio.timeout(5):
        return await inbox.next()
