"""Conference and consult, step by step: who hears whom, who is told what, what the ticket learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.calls.actions import Action, Dial, HangUp, MoveTicket, OpenTicket, Over, TellKey
from bridge.calls.call import Call, Phase, seat
from bridge.calls.conduct import step
from bridge.calls.events import (
    Answers,
    Cancels,
    Leaves,
    Presses,
    PromptEnds,
    Refuses,
    Reoffers,
    Rings,
    Steers,
)
from bridge.calls.handover import open_to
from bridge.calls.parties import audio_plan
from bridge.calls.transfer import State
from bridge.routing.plan import Mode
from bridge.sip.sdp import Audio

Press = Callable[..., Presses]
AGENT, DESK = "c.1", "c.2"
MOVED = MoveTicket("transfer", moved=True, reason="")


def hears(call: Call) -> dict[str, object]:
    """Who or what each leg hears."""
    plan = audio_plan(call.id, call.parties, transcribe=True)
    return {leg.leg: leg.play.sound if leg.play else leg.hears for leg in plan.legs}


def pressed(call: Call, press: Press, mode: Mode) -> Call:
    call, actions = step(call, replace(press(call), mode=mode))
    assert actions == (Dial(DESK, actions[0].target), OpenTicket("transfer"))  # type: ignore[union-attr]
    return seat(call, DESK, 20004)


def answered(call: Call, audio: Audio) -> tuple[Call, tuple[Action, ...]]:
    call, actions = step(call, Rings(DESK))
    assert actions == (TellKey(AGENT, 180, "Ringing"),)
    assert hears(call) == {"in": (AGENT,), AGENT: ("in",), DESK: ()}, "they go on talking"
    return step(call, Answers(DESK, audio))


@pytest.fixture
def three(talking: Call, press: Press, audio: Audio) -> Call:
    """A three-way conversation."""
    call, actions = answered(pressed(talking, press, "conference"), audio)
    assert actions == (MOVED,)
    return call


@pytest.fixture
def consulting(talking: Call, press: Press, audio: Audio) -> Call:
    """The agent talks with the desk."""
    call, actions = answered(pressed(talking, press, "consult"), audio)
    assert actions == (), "the phone that pressed must not be told it is done: it would hang up"
    return call


class TestConference:
    def test_all_three_hear_each_other(self, three: Call) -> None:
        assert hears(three) == {"in": (AGENT, DESK), AGENT: ("in", DESK), DESK: ("in", AGENT)}
        taps = audio_plan(three.id, three.parties, transcribe=True).legs
        assert all(leg.tap for leg in taps)
        assert [party.speaker for party in three.parties] == ["caller", "12345", "110"]

    @pytest.mark.parametrize("cause", ["bye", "lost"])
    def test_the_agent_leaves_and_caller_and_desk_go_on(self, three: Call, cause: str) -> None:
        call, actions = step(three, Leaves(AGENT, cause))  # type: ignore[arg-type]
        assert actions == (TellKey(AGENT, 200, "OK"),)
        assert hears(call) == {"in": (DESK,), DESK: ("in",)}
        assert (call.phase, call.transfers[-1].state) == (Phase.TALKING, State.CONNECTED)

    @pytest.mark.parametrize(("cause", "sound"), [("bye", ("in",)), ("lost", "prompt:far-dead")])
    def test_the_desk_leaves_and_caller_and_agent_go_on(self, three: Call, cause: str, sound: object) -> None:
        call, actions = step(three, Leaves(DESK, cause))  # type: ignore[arg-type]
        assert actions == (TellKey(AGENT, 487, "Request Terminated"),)
        assert hears(call) == {"in": (AGENT,), AGENT: sound}
        assert call.transfers[-1].state is State.RETURNED

    def test_the_caller_leaves_and_the_two_platforms_agree_on_the_owner(self, three: Call) -> None:
        call, actions = step(three, Leaves("in", "bye"))
        assert actions == (TellKey(AGENT, 487, "Request Terminated"),)
        assert hears(call) == {AGENT: (DESK,), DESK: (AGENT,)}
        assert (call.phase, call.caller.number) == (Phase.DESKS, "13806351234")
        assert call.transfers[-1].state is State.CONNECTED
        assert step(call, Leaves("in", "bye")) == (call, ()), "told twice"
        call, actions = step(call, Leaves(DESK, "bye"))
        assert actions == (HangUp(AGENT, "bye"), Over("caller left"))

    def test_complete_releases_the_agent(self, three: Call) -> None:
        call, actions = step(three, Steers("complete"))
        assert actions == (TellKey(AGENT, 200, "OK"), HangUp(AGENT, "transferred"))
        assert hears(call) == {"in": (DESK,), DESK: ("in",)}

    def test_cancel_sends_the_desk_away(self, three: Call) -> None:
        call, actions = step(three, Cancels())
        assert actions == (HangUp(DESK, "transfer ended"), TellKey(AGENT, 487, "Request Terminated"))
        assert hears(call) == {"in": (AGENT,), AGENT: ("in",)}

    def test_a_second_press_changes_nothing(self, three: Call, press: Press) -> None:
        assert step(three, press(three)) == (three, ())

    def test_one_who_holds_is_left_out_of_the_mix(self, three: Call, audio: Audio) -> None:
        """A telephone that holds may send music of its own."""
        call, _ = step(three, Reoffers(AGENT, replace(audio, direction="sendonly")))
        assert hears(call) == {"in": (DESK,), AGENT: ("in", DESK), DESK: ("in",)}
        call, _ = step(call, Reoffers(DESK, replace(audio, direction="sendonly")))
        assert hears(call)["in"] == "hold"

    def test_the_agent_left_before_the_answer_it_is_a_direct_one(
        self, talking: Call, press: Press, audio: Audio
    ) -> None:
        call, _ = step(pressed(talking, press, "conference"), Leaves(AGENT, "bye"))
        assert (hears(call)["in"], call.phase) == ("ringback", Phase.ALONE)
        call, actions = step(call, Answers(DESK, audio))
        assert actions == (TellKey(AGENT, 200, "OK"), MOVED)
        assert hears(call) == {"in": (DESK,), DESK: ("in",)}


class TestConsult:
    def test_the_caller_hears_an_announcement_then_music(self, consulting: Call) -> None:
        assert hears(consulting) == {"in": "prompt:please-hold", AGENT: (DESK,), DESK: (AGENT,)}
        play = consulting.caller.play
        assert play is not None
        call, _ = step(consulting, PromptEnds("in", play.id))
        assert hears(call)["in"] == "hold"

    def test_complete(self, consulting: Call) -> None:
        call, actions = step(consulting, Steers("complete"))
        assert actions == (TellKey(AGENT, 200, "OK"), HangUp(AGENT, "transferred"), MOVED)
        assert hears(call) == {"in": (DESK,), DESK: ("in",)}

    @pytest.mark.parametrize("cause", ["bye", "lost"])
    @pytest.mark.parametrize("swaps", [0, 1])
    def test_an_agent_who_hangs_up_has_completed(self, consulting: Call, cause: str, swaps: int) -> None:
        call = consulting
        for _ in range(swaps):
            call, _ = step(call, Steers("swap"))
        call, actions = step(call, Leaves(AGENT, cause))  # type: ignore[arg-type]
        assert actions == (TellKey(AGENT, 200, "OK"), MOVED)
        assert hears(call) == {"in": (DESK,), DESK: ("in",)}

    def test_swap_there_and_back(self, consulting: Call) -> None:
        call, actions = step(consulting, Steers("swap"))
        assert actions == ()
        assert hears(call) == {"in": (AGENT,), AGENT: ("in",), DESK: "hold"}
        call, _ = step(call, Steers("swap"))
        assert hears(call) == {"in": "prompt:please-hold", AGENT: (DESK,), DESK: (AGENT,)}

    @pytest.mark.parametrize("swaps", [0, 1])
    def test_cancel_brings_caller_and_agent_together(self, consulting: Call, swaps: int) -> None:
        call = consulting
        for _ in range(swaps):
            call, _ = step(call, Steers("swap"))
        call, actions = step(call, Cancels())
        assert actions == (
            HangUp(DESK, "transfer ended"),
            TellKey(AGENT, 487, "Request Terminated"),
            MoveTicket("transfer", moved=False, reason="cancelled"),
        )
        assert hears(call) == {"in": (AGENT,), AGENT: ("in",)}

    @pytest.mark.parametrize(("cause", "reason"), [("bye", "left"), ("lost", "dead")])
    def test_a_desk_that_does_not_take_it(self, consulting: Call, cause: str, reason: str) -> None:
        call, actions = step(consulting, Leaves(DESK, cause))  # type: ignore[arg-type]
        assert MoveTicket("transfer", moved=False, reason=reason) in actions
        assert (hears(call)["in"], call.transfers[-1].state) == ((AGENT,), State.FAILED)

    def test_join_makes_it_a_conference(self, consulting: Call) -> None:
        call, actions = step(consulting, Steers("join"))
        assert actions == (MOVED,)
        assert hears(call) == {"in": (AGENT, DESK), AGENT: ("in", DESK), DESK: ("in", AGENT)}
        call, actions = step(call, Steers("complete"))
        assert MOVED not in actions, "the ticket has passed over already"

    def test_a_caller_who_gives_up_waiting(self, consulting: Call) -> None:
        call, actions = step(consulting, Leaves("in", "bye"))
        assert actions == (
            TellKey(AGENT, 487, "Request Terminated"),
            MoveTicket("transfer", moved=False, reason="caller-left"),
        )
        assert hears(call) == {AGENT: (DESK,), DESK: (AGENT,)}
        call, actions = step(call, Leaves(AGENT, "lost"))
        assert actions == (HangUp(DESK, "bye"), Over("caller left"))

    @pytest.mark.parametrize("late", [Refuses(DESK, 486, "Busy"), Rings(DESK)])
    def test_late_news_of_a_desk_that_answered(self, consulting: Call, late: Refuses | Rings) -> None:
        assert step(consulting, late) == (consulting, ())


def test_what_can_be_done_is_what_the_table_has(
    talking: Call, press: Press, audio: Audio, three: Call, consulting: Call
) -> None:
    ringing = pressed(talking, press, "consult")
    assert open_to(ringing.transfers[-1]) == ("cancel",)
    assert open_to(consulting.transfers[-1]) == ("complete", "swap", "join", "cancel")
    assert open_to(three.transfers[-1]) == ("complete", "cancel")
    done, _ = step(three, Steers("complete"))
    assert open_to(done.transfers[-1]) == ()
    for wish in ("complete", "swap", "join"):
        assert step(ringing, Steers(wish)) == (ringing, ())  # type: ignore[arg-type]


def test_a_transfer_a_pbx_makes_is_not_ours_to_cancel(talking: Call, press: Press) -> None:
    call = pressed(talking, press, "direct")
    transfer = replace(call.transfers[-1], via="invite")
    call = replace(call, transfers=(transfer,))
    assert (open_to(transfer), step(call, Cancels())) == ((), (call, ()))
