"""What second hearing found reaches ticket, record and archive, also when the record is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridge.calls.call import Call
from bridge.services.records import Records
from bridge.services.remedy import Mend, Remedy
from bridge.tickets.missed import Missed, Owed
from bridge.tickets.transcript import Transcript, Utterance

SAID = Utterance("caller", "in", 5.0, 5.5, "救命", id="in-again-5000")
MISSED = (Missed("c1", "in", "caller", 104.0, 108.0),)


def mended(transcript: Transcript) -> Transcript:
    return transcript.hear(SAID)


class Room:
    """Remembers what the remedy told whom."""

    def __init__(self, clock: Any) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.records = Records(clock)
        self.remedy = Remedy(
            self,  # type: ignore[arg-type]
            self.records,
            self,
            settled=lambda call: self.told.append(("settled", call)),
            late=self._late,
        )

    async def retranscribed(self, incident: str, mend: Callable[..., Any], state: str, reason: str) -> None:
        self.told.append(("ticket", incident, mend(Transcript()).finals, state, reason))

    async def _late(self, call: str, mend: Mend) -> None:
        self.told.append(("archive", call, mend(Transcript()).finals))

    def publish(self, event: dict[str, Any]) -> None:
        self.told.append(("page", event["type"]))


async def test_a_call_that_is_remembered(house: Any) -> None:
    call: Call = house.talk()
    room = Room(house.clock)
    record = room.records.note(call)
    record.missed, record.transcript_state = MISSED, "pending"
    await room.remedy.heard_again(Owed(call.id, 100.0, ("I1",), MISSED), mended, "")
    assert room.told == [
        ("ticket", "I1", (SAID,), "final", ""),
        ("page", "utterance"),
        ("page", "call"),
        ("settled", call.id),
    ]
    assert (record.transcript_state, record.missed, record.transcript.finals) == ("final", (), (SAID,))


async def test_a_call_whose_record_is_gone(house: Any) -> None:
    room = Room(house.clock)
    await room.remedy.heard_again(Owed("c1", 100.0, ("I1",), MISSED), mended, "not-recorded")
    assert room.told == [
        ("ticket", "I1", (SAID,), "incomplete", "not-recorded"),
        ("archive", "c1", (SAID,)),
    ]
