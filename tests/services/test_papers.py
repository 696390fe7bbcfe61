"""The papers: what the INVITE says, which ticket a call's course makes, and that nothing else is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bridge.calls.events import Answers, Leaves, Offered, Refuses
from bridge.routing.plan import Origin
from bridge.services.feed import LiveFeed
from bridge.services.papers import Papers
from bridge.services.records import Records
from bridge.sip.uui import LONGEST
from bridge.tickets.advice import Advice
from bridge.tickets.transcript import Utterance


class Desk:
    """Notes every order: (what, arguments)."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **facts: self.told.append((name, facts or args))

    def of(self, name: str) -> list[Any]:
        return [args for kind, args in self.told if kind == name]


class Room:
    """Papers in a house."""

    def __init__(self, house: Any) -> None:
        self.house, self.desk, self.records = house, Desk(), Records(house.clock)
        self.papers = Papers(
            desk=self.desk, records=self.records, feed=LiveFeed(), clock=house.clock,
            home_of={"8001": "12345"}.get, ticket_url=lambda name: f"http://{name}/t/{{incident}}",
            other_platform=lambda name: "12345" if name == "110" else "110", advise=lambda said: Advice(),
        )  # type: ignore[arg-type]  # fmt: skip
        house.switchboard.witnesses.call_in(self.papers)

    def press(self, call: Any) -> Any:
        self.house.clock.now += 0.002
        return self.house.switchboard.press(call.attendant.leg, "110", "api", 100.0)


@pytest.fixture
def room(house) -> Room:
    return Room(house)


def test_the_press_opens_a_ticket_with_who_called_whom(house, room: Room) -> None:
    transfer = room.press(house.talk())
    (opened,) = room.desk.of("open")
    assert opened["incident"] == transfer.incident
    assert (opened["from_platform"], opened["to_platform"]) == ("12345", "110")
    assert (opened["caller_number"], opened["agent"], opened["trunk"]) == ("139", "8001", "carrier")
    assert 0 < (house.clock.wall() - opened["pressed_at"]).total_seconds() < 0.1


def test_a_call_without_a_press_has_no_ticket(house, room: Room) -> None:
    house.talk()
    house.switchboard.on(Leaves("in", "bye"))
    room.papers.settled(room.records.all()[0].call.id)
    assert room.desk.told == []


@pytest.mark.parametrize(
    ("status", "reason"), [(486, "busy"), (603, "refused"), (480, "silent"), (503, "dead")]
)
def test_a_failed_transfer_says_why(house, room: Room, status: int, reason: str) -> None:
    transfer = room.press(house.talk())
    house.switchboard.on(Refuses(transfer.recipient, status, ""))
    assert [args[:2] for args in room.desk.of("failed")] == [(transfer.incident, reason)]


def test_words_go_into_the_ticket_until_the_transcript_has_settled(house, room: Room) -> None:
    call = house.talk()
    transfer = room.press(call)
    house.switchboard.on(Answers(transfer.recipient, call.caller.audio))
    said = Utterance("caller", "in", 1.0, 2.0, "有人打架")
    room.papers.utterance(call.id, said)
    house.switchboard.on(Leaves("in", "bye"))
    assert room.desk.of("finish") == []
    room.papers.utterance(call.id, said)
    room.papers.settled(call.id)
    room.papers.utterance(call.id, said)  # nobody's any more
    assert [args[0] for args in room.desk.of("transferred")] == [transfer.incident]
    assert room.desk.of("hear") == [(transfer.incident, said)] * 2
    assert [args[0] for args in room.desk.of("finish")] == [transfer.incident]


def test_beside_the_ticket_comes_from_where_the_pbx_agent_works(house, room: Room) -> None:
    audio = house.talk().caller.audio
    for leg, by in (("a", "8001"), ("b", "stranger"), ("c", None)):
        offered = Offered(leg, "110", "139", "", Origin("trunk", "pbx"), audio, 100.0, by)
        house.switchboard.offered(offered)
    assert [args["from_platform"] for args in room.desk.of("open")] == ["12345"] * 3
    assert [args["agent"] for args in room.desk.of("open")] == ["8001", None, None]


def test_the_letter_names_the_ticket_for_telephones_and_for_the_isdn(house, room: Room) -> None:
    call = house.talk()
    transfer = room.press(call)
    headers = dict(room.papers.letter(call, transfer))
    assert headers["Call-Info"] == f"<http://110/t/{transfer.incident}>;purpose=info"
    octets, _, encoding = headers["User-to-User"].partition(";")
    assert (bytes.fromhex(octets), encoding) == (
        b"\x00incident=" + transfer.incident.encode(),
        "encoding=hex",
    )
    assert len(bytes.fromhex(octets)) <= LONGEST
    assert room.papers.letter(call, None) == ()


def test_how_long_the_ticket_took_is_noted_once(house, room: Room) -> None:
    call = house.talk()
    transfer = room.press(call)
    room.papers.delivered(transfer.incident, 100.25)
    room.papers.delivered(transfer.incident, 107.0)
    room.papers.delivered("nobody's", 107.0)
    marks = room.records.get(call.id).marks
    assert marks["press_to_ticket_ms"] == pytest.approx(250.0)
    assert marks["press_to_invite_ms"] == pytest.approx(2.0)
