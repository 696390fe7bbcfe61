"""Calls led through set-up, key, transfer and end, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.calls.actions import (
    Action,
    Answer,
    Dial,
    HangUp,
    MoveTicket,
    OpenTicket,
    Over,
    Pause,
    Refuse,
    Ring,
    TellKey,
)
from bridge.calls.call import Call, Phase, Step, seat
from bridge.calls.conduct import open_call, step
from bridge.calls.events import (
    Answers,
    Cancels,
    Leaves,
    NoSign,
    Offered,
    PauseEnds,
    Presses,
    PromptEnds,
    Refuses,
    Reoffers,
    Rings,
    RingsTooLong,
)
from bridge.calls.parties import audio_plan
from bridge.calls.ringing import RECALL_ROUNDS
from bridge.calls.transfer import State
from bridge.routing.plan import Plan
from bridge.sip.sdp import Audio

Press = Callable[..., Presses]


def _of(actions: tuple[Action, ...], kind: type) -> list[Action]:
    return [action for action in actions if isinstance(action, kind)]


def _heard(call: Call, leg: str) -> tuple[tuple[str, ...], str | None]:
    plan = audio_plan(call.id, call.parties, transcribe=True)
    found = next(item for item in plan.legs if item.leg == leg)
    return found.hears, found.play.sound if found.play else None


def _pressed(call: Call, press: Press, **kwargs: str) -> tuple[Call, str, tuple[Action, ...]]:
    call, actions = step(call, press(call, **kwargs))
    dial = actions[0]
    assert isinstance(dial, Dial)
    return seat(call, dial.leg, 20004), dial.leg, actions


class TestSetUp:
    def test_rings_through_and_answers(self, offered: Offered, home: Plan, audio: Audio) -> None:
        call, actions = open_call("c", offered, home, incident="i", transfer="t")
        assert actions == (Dial("c.1", home.targets[0]),)
        assert step(call, Rings("c.1"))[1] == (Ring("in"),)
        call, actions = step(call, Answers("c.1", audio))
        assert (call.phase, actions) == (Phase.TALKING, (Answer("in"),))

    @pytest.mark.parametrize("event", [Refuses("c.1", 486, "Busy"), Leaves("c.1", "lost")])
    def test_next_agent_when_one_cannot(self, offered: Offered, home: Plan, event: Refuses | Leaves) -> None:
        call, _ = open_call("c", offered, home, incident="i", transfer="t")
        assert step(call, event)[1] == (Dial("c.2", home.targets[1]),)

    @pytest.mark.parametrize("late", [NoSign("c.1"), RingsTooLong("c.1")])
    def test_a_leg_given_up_is_hung_up(
        self, offered: Offered, home: Plan, late: NoSign | RingsTooLong
    ) -> None:
        call, _ = open_call("c", offered, home, incident="i", transfer="t")
        _, actions = step(call, late)
        assert actions == (HangUp("c.1", "no answer"), Dial("c.2", home.targets[1]))

    def test_last_refusal_is_the_callers_answer(self, offered: Offered, home: Plan) -> None:
        call, _ = open_call("c", offered, home, incident="i", transfer="t")
        call, _ = step(call, Refuses("c.1", 480, "Gone"))
        call, actions = step(call, Refuses("c.2", 486, "Busy Here"))
        assert actions == (Refuse("in", 486, "Busy Here"), Over("not answered"))
        assert call.phase is Phase.OVER

    def test_caller_gives_up(self, offered: Offered, home: Plan) -> None:
        call, _ = open_call("c", offered, home, incident="i", transfer="t")
        call, actions = step(call, Leaves("in", "cancel"))
        assert actions == (HangUp("c.1", "caller left"), Over("caller left"))


class TestKey:
    def test_invite_comes_before_the_ticket(self, talking: Call, press: Press, away: Plan) -> None:
        call, leg, actions = _pressed(talking, press)
        assert actions == (Dial(leg, away.targets[0]), OpenTicket("transfer"))
        assert _heard(call, "in") == (("c.1",), None)

    def test_second_press_changes_nothing(self, talking: Call, press: Press) -> None:
        call, _, _ = _pressed(talking, press)
        assert step(call, press(call)) == (call, ())

    def test_only_who_is_with_the_caller_may_press(self, talking: Call, press: Press) -> None:
        assert step(talking, press(talking, leg="in")) == (talking, ())

    def test_answer_connects_then_tells_then_releases(
        self, talking: Call, press: Press, audio: Audio
    ) -> None:
        call, leg, _ = _pressed(talking, press)
        call, actions = step(call, Rings(leg))
        assert actions == (TellKey("c.1", 180, "Ringing"),)
        call, actions = step(call, Answers(leg, audio))
        assert actions == (
            TellKey("c.1", 200, "OK"),
            HangUp("c.1", "transferred"),
            MoveTicket("transfer", moved=True, reason=""),
        )
        assert _heard(call, "in") == ((leg,), None)
        assert _heard(call, leg) == (("in",), None)

    @pytest.mark.parametrize(
        ("event", "reason", "status"),
        [
            (lambda leg: Refuses(leg, 486, "Busy"), "busy", 486),
            (lambda leg: Refuses(leg, 600, "Busy Everywhere"), "busy", 486),
            (lambda leg: Refuses(leg, 603, "Decline"), "refused", 603),
            (lambda leg: Refuses(leg, 408, "Timeout"), "silent", 480),
            (lambda leg: Refuses(leg, 503, "Unreachable"), "dead", 503),
            (NoSign, "dead", 503),
            (RingsTooLong, "silent", 480),
        ],
    )
    def test_failure_leaves_caller_and_agent_as_they_were(
        self, talking: Call, press: Press, event: Callable[[str], object], reason: str, status: int
    ) -> None:
        call, leg, _ = _pressed(talking, press)
        call, actions = step(call, event(leg))  # type: ignore[arg-type]
        second = _of(actions, Dial)[0]
        assert isinstance(second, Dial)
        call, actions = step(call, event(second.leg))  # type: ignore[arg-type]
        assert _of(actions, TellKey) == [TellKey("c.1", status, _of(actions, TellKey)[0].reason)]  # type: ignore[attr-defined]
        assert _of(actions, MoveTicket) == [MoveTicket("transfer", moved=False, reason=reason)]
        assert _heard(call, "in") == (("c.1",), None)
        assert _heard(call, "c.1") == (("in",), f"prompt:far-{reason}")

    def test_prompt_ends(self, talking: Call, press: Press) -> None:
        call, leg, _ = _pressed(talking, press)
        call, _actions = step(call, Refuses(leg, 486, ""))
        call, _ = step(call, Refuses(call.transfers[-1].recipient, 486, ""))
        agent = call.party("c.1")
        assert agent is not None
        assert agent.play is not None
        assert step(call, PromptEnds("c.1", agent.play.id + 1))[0] == call
        call, _ = step(call, PromptEnds("c.1", agent.play.id))
        assert _heard(call, "c.1") == (("in",), None)

    def test_pressed_again_after_a_failure_is_the_same_incident(self, talking: Call, press: Press) -> None:
        call, leg, _ = _pressed(talking, press)
        call, _ = step(call, Refuses(leg, 486, ""))
        call, _ = step(call, Refuses(call.transfers[-1].recipient, 486, ""))
        call, _ = step(call, replace(press(call), incident="another", transfer="t2"))
        assert [t.incident for t in call.transfers] == ["incident", "incident"]

    def test_cancel_stops_the_far_leg(self, talking: Call, press: Press, audio: Audio) -> None:
        call, leg, _ = _pressed(talking, press)
        call, actions = step(call, Cancels())
        assert actions[0] == HangUp(leg, "transfer ended")
        assert step(call, Answers(leg, audio)) == (call, ())

    def test_api_press_is_not_told_by_notify(self, talking: Call, press: Press, audio: Audio) -> None:
        call, leg, _ = _pressed(talking, press, via="api")
        _, actions = step(call, Answers(leg, audio))
        assert not _of(actions, TellKey)


class TestLeaving:
    def test_initiator_leaves_while_the_far_desk_rings(
        self, talking: Call, press: Press, audio: Audio
    ) -> None:
        call, leg, _ = _pressed(talking, press)
        call, actions = step(call, Leaves("c.1", "bye"))
        assert actions == ()
        assert _heard(call, "in") == ((), "ringback")
        call, actions = step(call, Answers(leg, audio))
        assert not _of(actions, HangUp)
        assert _heard(call, "in") == ((leg,), None)

    def test_caller_is_taken_back_when_nobody_is_left(self, talking: Call, press: Press, home: Plan) -> None:
        call, leg, _ = _pressed(talking, press)
        call, _ = step(call, Leaves("c.1", "bye"))
        call, _ = step(call, Refuses(leg, 486, ""))
        call, actions = step(call, Refuses(call.transfers[-1].recipient, 486, ""))
        assert call.phase is Phase.RECALLING
        assert _of(actions, Dial) == [Dial(call.ringing, home.targets[0])]
        assert _heard(call, "in") == ((), "ringback")

    def test_recall_rings_in_rounds_then_says_goodbye(self, talking: Call) -> None:
        call, _ = step(talking, Leaves("c.1", "lost"))
        pauses = 0
        for _ in range(2 * RECALL_ROUNDS):
            call, actions = step(call, Refuses(call.ringing, 486, ""))
            if _of(actions, Pause):
                pauses += 1
                assert _heard(call, "in")[1] == "prompt:agents-busy"
                call, actions = step(call, PauseEnds())
        assert (pauses, call.phase) == (RECALL_ROUNDS - 1, Phase.LEAVING)
        assert _heard(call, "in")[1] == "prompt:goodbye-no-agent"
        assert call.caller.play is not None
        call, actions = step(call, PromptEnds("in", call.caller.play.id))
        assert actions == (HangUp("in", "no agent"), Over("no agent"))

    def test_caller_leaves_during_a_transfer(self, talking: Call, press: Press) -> None:
        call, leg, _ = _pressed(talking, press)
        call, actions = step(call, Leaves("in", "bye"))
        assert {a.leg for a in actions if isinstance(a, HangUp)} == {leg, "c.1"}
        assert actions[-1] == Over("caller left")

    def test_what_came_of_a_transfer_stays_when_the_caller_leaves_later(
        self, talking: Call, press: Press, audio: Audio
    ) -> None:
        call, leg, _ = _pressed(talking, press)
        call, actions = step(call, Refuses(leg, 486, "Busy"))
        second = _of(actions, Dial)[0]
        assert isinstance(second, Dial)
        for news, reason in ((Refuses(second.leg, 486, "Busy"), "busy"), (Answers(second.leg, audio), "")):
            told, _ = step(call, news)
            assert told.transfers[-1].reason == reason
            left, _ = step(told, Leaves("in", "bye"))
            assert left.transfers == told.transfers

    def test_agent_hangs_up(self, talking: Call) -> None:
        _, actions = step(talking, Leaves("c.1", "bye"))
        assert actions == (HangUp("in", "bye"), Over("attendant left"))


class TestBeside:
    @pytest.fixture
    def moved(self, offered: Offered, away: Plan) -> Step:
        event = replace(offered, number="110", referred_by="8001")
        return open_call("c", event, away, incident="i", transfer="t")

    def test_the_pbx_transfer_is_one_from_the_start(self, moved: Step, away: Plan, audio: Audio) -> None:
        call, actions = moved
        assert actions == (Dial("c.1", away.targets[0]), OpenTicket("t"))
        call, actions = step(call, Answers("c.1", audio))
        assert actions == (Answer("in"), MoveTicket("t", moved=True, reason=""))
        assert call.transfers[-1].state is State.CONNECTED

    def test_failure_is_the_pbxs_own_answer(self, moved: Step) -> None:
        call, _ = moved
        call, _ = step(call, Refuses("c.1", 503, "Service Unavailable"))
        _, actions = step(call, Refuses("c.2", 486, "Busy Here"))
        assert actions == (
            Refuse("in", 486, "Busy Here"),
            MoveTicket("t", moved=False, reason="busy"),
            Over("not answered"),
        )

    def test_caller_gives_up_while_the_desk_rings(self, moved: Step) -> None:
        _call, actions = step(moved[0], Leaves("in", "cancel"))
        assert [a.leg for a in actions if isinstance(a, HangUp)] == ["c.1"]
        assert MoveTicket("t", moved=False, reason="caller-left") in actions


class TestHold:
    @pytest.mark.parametrize("direction", ["sendonly", "inactive", "recvonly"])
    def test_held_caller_hears_the_hold_tone(self, talking: Call, audio: Audio, direction: str) -> None:
        held = replace(audio, direction=direction)  # type: ignore[arg-type]
        call, actions = step(talking, Reoffers("c.1", held))
        assert actions == ()
        assert _heard(call, "in")[1] == "hold"
        assert _heard(step(call, Reoffers("c.1", audio))[0], "in") == (("c.1",), None)
