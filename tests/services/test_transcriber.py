"""The transcriber: who is listened to, whose words they are, and when a finished call has been heard out."""

from __future__ import annotations

from typing import Any

import pytest

from asr.words import Speech, Word
from bridge.calls.events import Answers, Leaves, Offered
from bridge.routing.plan import Origin
from bridge.services.feed import LiveFeed
from bridge.services.records import Records
from bridge.services.transcriber import LAST_WORDS, ONSET, Transcriber
from bridge.tickets.missed import Missed
from bridge.tickets.transcript import SpokenWord


class Ears:
    """Remembers whom it listens to and what it was fed."""

    def __init__(self) -> None:
        self.open_legs: list[str] = []
        self.fed: list[tuple[str, bytes]] = []
        self.abandoned: list[str] = []
        self.when_abandoned = lambda leg: None

    def open(self, leg: str) -> None:
        self.open_legs.append(leg)

    def feed(self, leg: str, at: float, pcm: bytes) -> None:
        self.fed.append((leg, pcm))

    def close(self, leg: str) -> None:
        if leg in self.open_legs:
            self.open_legs.remove(leg)

    def abandon(self, leg: str) -> None:
        self.abandoned.append(leg)
        self.when_abandoned(leg)


class Room:
    """A transcriber at work in a house, after the records as in the product."""

    def __init__(self, house: Any) -> None:
        self.house, self.ears, self.records = house, Ears(), Records(house.clock)
        self.told: list[tuple[Any, ...]] = []
        self.transcriber = Transcriber(
            ears=self.ears, records=self.records, feed=LiveFeed(), timers=house.timers, clock=house.clock,
            on_utterance=lambda call, said: self.told.append(("said", said.speaker, said.text)),
            on_settled=lambda call: self.told.append(("settled",)),
            on_pending=lambda call, pending: self.told.append(("pending",) if pending else ("back",)),
        )  # fmt: skip
        house.switchboard.witnesses.call_in(Noting(self.records), self.transcriber)


class Noting:
    """Keeps the records, as the papers do."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def changed(self, before: Any, call: Any) -> None:
        self._records.note(call)

    def opened(self, call: Any, transfer: Any) -> None: ...

    def moved(self, call: Any, transfer: Any, *, moved: bool) -> None: ...

    def over(self, call: Any, outcome: str) -> None: ...


@pytest.fixture
def room(house) -> Room:
    return Room(house)


def final(text: str, start: float = 1.0, end: float = 2.0) -> Speech:
    return Speech("final", text, (Word(text, start, end, 1.0),))


def test_caller_and_agent_are_heard_from_the_answer_on(house, room: Room) -> None:
    call = house.offer()
    assert room.ears.open_legs == []
    house.switchboard.on(Answers(call.ringing, call.caller.audio))
    assert sorted(room.ears.open_legs) == sorted(["in", call.ringing])
    room.transcriber.tap("in", 1.0, b"voice")
    room.transcriber.tap("stranger", 1.0, b"voice")
    assert room.ears.fed == [("in", b"voice")]


def test_words_carry_their_speaker_through_a_transfer(house, room: Room) -> None:
    call = house.talk()
    agent = call.attendant.leg
    transfer = house.switchboard.press(agent, "110", "api", 100.0)
    house.switchboard.on(Answers(transfer.recipient, call.caller.audio))
    assert sorted(room.ears.open_legs) == sorted(["in", transfer.recipient])
    for leg, text in (("in", "有人打架"), (agent, "我给您转"), (transfer.recipient, "您好")):
        room.transcriber.speech(leg, final(text), 100.0)
    assert room.told == [
        ("said", "caller", "有人打架"),
        ("said", "12345", "我给您转"),
        ("said", "110", "您好"),
    ]


def test_three_who_talk_are_three_speakers_whatever_becomes_of_them(house, room: Room) -> None:
    """Nobody is listened to twice, and nobody is lost when the mode of the conversation changes."""
    call = house.talk()
    agent, opened = call.attendant.leg, []
    opens = room.ears.open
    room.ears.open = lambda leg: (opened.append(leg), opens(leg))[1]  # type: ignore[method-assign]
    desk = house.switchboard.press(agent, "110", "api", 100.0, "consult").recipient
    house.switchboard.on(Answers(desk, call.caller.audio))
    everybody = sorted(["in", agent, desk])
    for wish in ("swap", "swap", "join"):
        assert sorted(room.ears.open_legs) == everybody, "who hears music may still speak"
        house.switchboard.steer(call.id, wish)
    for leg, text in ((desk, "您好"), ("in", "有人打架"), (agent, "请您说明")):
        room.transcriber.speech(leg, final(text), 100.0)
    assert [said[1] for said in room.told] == ["110", "caller", "12345"]
    house.switchboard.on(Leaves("in", "bye"))
    assert sorted(room.ears.open_legs) == sorted([agent, desk]), "the desks talk on"
    house.switchboard.on(Leaves(desk, "bye"))
    assert (room.ears.open_legs, opened) == ([], [desk])


def test_times_are_the_calls_own(house, room: Room) -> None:
    call = house.talk()
    house.clock.now = 110.0
    room.transcriber.speech("in", Speech("partial", "有"), 100.0)
    (interim,) = room.records.get(call.id).transcript.utterances
    assert (interim.start, interim.end) == (10.0 - ONSET, 10.0)
    room.transcriber.speech("in", final("有人", 8.5, 9.5), 100.5)
    (said,) = room.records.get(call.id).transcript.utterances
    assert (said.start, said.end, said.final) == (9.0, 10.0, True)
    assert said.words == (SpokenWord("有人", 9.0, 10.0, 1.0),)


def test_an_utterance_keeps_its_name_until_it_is_final(house, room: Room) -> None:
    call = house.talk()
    heard = room.records.get(call.id)
    for partial in ("有", "有人"):
        room.transcriber.speech("in", Speech("partial", partial), 100.0)
        assert [said.id for said in heard.transcript.utterances] == ["in-1"]
    room.transcriber.speech("in", Speech("final", ""), 100.0)
    assert [(said.id, said.text, said.final) for said in heard.transcript.utterances] == [
        ("in-1", "有人", True)
    ], "the last words shown stay, under their name, when the recogniser ends with nothing"
    room.transcriber.speech("in", Speech("partial", "打"), 100.0)
    room.transcriber.speech("in", final("打架", 20.0, 21.0), 100.0)
    room.transcriber.speech(call.attendant.leg, final("您好", 30.0, 31.0), 100.0)
    assert [said.id for said in heard.transcript.utterances] == ["in-1", "in-2", f"{call.attendant.leg}-1"]


def test_a_finished_call_settles_when_every_stream_is_heard_out(house, room: Room) -> None:
    call = house.talk()
    house.switchboard.on(Leaves("in", "bye"))
    assert room.ears.open_legs == []
    room.transcriber.state("in", "done")
    assert room.told == []
    room.transcriber.speech(call.attendant.leg, final("再见"), 100.0)
    room.transcriber.state(call.attendant.leg, "done")
    assert room.told == [("said", "12345", "再见"), ("settled",)]
    house.timers.ring(LAST_WORDS)
    assert room.told[-1:] == [("settled",)]
    assert len(room.told) == 2


def test_a_recogniser_that_never_ends_holds_nothing_up(house, room: Room) -> None:
    call = house.talk()
    room.transcriber.speech("in", Speech("partial", "有人打"), 100.0)
    house.switchboard.on(Leaves("in", "bye"))
    house.timers.ring(LAST_WORDS)
    assert room.told == [("settled",)]
    (kept,) = room.records.get(call.id).transcript.utterances
    assert (kept.text, kept.final) == ("有人打", True)  # the last partial is all there is


def test_what_is_given_up_at_the_end_is_remembered_and_its_last_words_kept(house, room: Room) -> None:
    call = house.talk()
    agent = call.attendant.leg
    house.switchboard.on(Leaves("in", "bye"))

    def give_up(leg: str) -> None:
        room.transcriber.speech(leg, Speech("final", f"{leg}没说完"), 100.0)
        room.transcriber.missed(leg, 103.0, 104.5)
        room.transcriber.state(leg, "done")

    room.ears.when_abandoned = give_up
    room.transcriber.missed("in", 101.0, 102.6)
    house.timers.ring(LAST_WORDS)
    assert sorted(room.ears.abandoned) == sorted(["in", agent])
    assert [said[0] for said in room.told] == ["pending", "said", "said", "settled"]
    assert room.records.get(call.id).missed == (
        *sorted(
            [Missed(call.id, agent, "12345", 103.0, 104.5), Missed(call.id, "in", "caller", 101.0, 104.5)],
            key=lambda each: each.leg,
        ),
    )


def test_a_call_nobody_answered_settles_at_once(house, room: Room) -> None:
    house.offer()
    house.switchboard.on(Leaves("in", "cancel"))
    assert room.told == [("settled",)]


def test_a_dead_recogniser_is_told_and_its_return_too(house, room: Room) -> None:
    call = house.talk()
    room.transcriber.state("in", "pending")
    assert room.records.get(call.id).pending
    room.transcriber.state("in", "up")
    assert not room.records.get(call.id).pending
    room.transcriber.state("stranger", "pending")
    assert room.told == [("pending",), ("back",)]


def test_one_leg_that_is_back_does_not_speak_for_the_other(house, room: Room) -> None:
    call = house.talk()
    record, agent = room.records.get(call.id), call.attendant.leg
    for leg in ("in", agent):
        room.transcriber.state(leg, "pending")
    room.transcriber.state("in", "up")
    assert record.pending
    room.transcriber.state(agent, "up")
    assert (record.pending, room.told) == (False, [("pending",), ("back",)])


def test_voice_that_nobody_heard_leaves_the_transcript_waiting_for_the_recording(house, room: Room) -> None:
    call = house.talk()
    record = room.records.get(call.id)
    room.transcriber.state("in", "pending")
    room.transcriber.missed("in", 101.0, 102.0)
    room.transcriber.state("in", "up")
    assert (record.pending, record.transcript_state) == (False, "pending")
    assert room.told == [("pending",)], "the recogniser is back, the words are not"
    record.taped = True
    house.switchboard.on(Leaves("in", "bye"))
    house.timers.ring(LAST_WORDS)
    assert (record.transcript_state, record.transcript_reason) == ("pending", "")


def test_without_a_recording_what_was_missed_is_lost_and_said_so(house, room: Room) -> None:
    call = house.talk()
    record = room.records.get(call.id)
    room.transcriber.missed("in", 101.0, 102.0)
    house.switchboard.on(Leaves("in", "bye"))
    house.timers.ring(LAST_WORDS)
    assert (record.transcript_state, record.transcript_reason) == ("incomplete", "not-recorded")


def test_a_leg_that_comes_over_from_another_call_is_heard_in_its_new_one(house, room: Room) -> None:
    first = house.talk()
    event = Offered("ask", "110", "8001", "", Origin("agent", "8001"), first.caller.audio, 100.0)
    house.switchboard.offered(event)
    second = house.switchboard.of_leg("ask")
    house.switchboard.on(Answers(second.ringing, first.caller.audio))
    desk, agent = second.ringing, first.attendant.leg
    house.switchboard.refer_to_leg(agent, "ask", 101.0)
    assert sorted(room.ears.open_legs) == sorted(["in", desk]), "one stream, never opened anew"
    room.transcriber.speech(desk, final("您好这里是110"), 0.0)
    assert [u.text for u in room.records.get(first.id).transcript.utterances] == ["您好这里是110"]
    assert room.records.get(second.id).transcript.utterances == ()
    for leg in (agent, "ask"):
        room.transcriber.state(leg, "done")
    assert room.told[-1] == ("settled",), "the call that gave its leg away is settled without it"
    room.transcriber.speech(desk, final("请讲", 3.0, 4.0), 0.0)
    assert room.told[-1] == ("said", "110", "请讲")


def test_what_was_asked_on_the_side_is_in_the_incident_too(house, room: Room) -> None:
    """The agent asks the desk in a call of its own and joins the two: one transcript, in the first call's
    time, with the agent under the platform's name although it dialled there."""
    first = house.talk()
    house.clock.now += 30.0
    event = Offered("ask", "110", "8001", "", Origin("agent", "8001"), first.caller.audio, 130.0)
    house.switchboard.offered(event)
    second = house.switchboard.of_leg("ask")
    house.switchboard.on(Answers(second.ringing, first.caller.audio))
    desk, agent = second.ringing, first.attendant.leg
    room.transcriber.speech("in", final("有人打架", 31.0, 32.0), 100.0)
    room.transcriber.speech("ask", final("有人报警要转给您", 3.0, 4.0), 130.0)
    room.transcriber.speech(desk, final("请转过来", 5.0, 6.0), 130.0)
    room.transcriber.missed("ask", 140.0, 141.0)
    house.switchboard.refer_to_leg(agent, "ask", 101.0)
    room.transcriber.speech("ask", final("好的", 12.0, 13.0), 130.0)
    told = room.records.get(first.id)
    assert [(u.speaker, u.text, u.start, u.id) for u in told.transcript.finals] == [
        ("caller", "有人打架", 31.0, "in-1"),
        ("12345", "有人报警要转给您", 33.0, "ask-1"),
        ("110", "请转过来", 35.0, f"{desk}-1"),
        ("12345", "好的", 42.0, "ask-2"),
    ]
    assert told.transcript.finals[1].words[0].start == 33.0
    assert told.missed == (Missed(second.id, "ask", "12345", 140.0, 141.0),)
