"""A caller in a queue, step by step: what the queue's word makes of the one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.calls.actions import (
    AgentMissed,
    Answer,
    Dial,
    HangUp,
    JoinQueue,
    LeaveQueue,
    MoveTicket,
    Over,
    Refuse,
    Ring,
)
from bridge.calls.call import Call, Phase, seat
from bridge.calls.conduct import announce, open_call, step
from bridge.calls.events import (
    Answers,
    Leaves,
    LegEvent,
    NoSign,
    Offered,
    Presses,
    PromptEnds,
    Refuses,
    Rings,
    RingsTooLong,
)
from bridge.calls.parties import audio_plan
from bridge.calls.queue_events import Assigned, QueueEnds, QueueSays, QueueWaits
from bridge.calls.transfer import State
from bridge.routing.plan import Plan, Target
from bridge.sip.sdp import Audio

QUEUE = Target("queue", "hotline", None, 20, 3)
AGENT = Target("agent", "8001", None, 20, 3)
PROVINCE = Target("trunk", "", "province", 30, 4)
LAST = Target("agent", "8009", None, 30, 4)


def hears(call: Call) -> str | None:
    plan = audio_plan(call.id, call.parties, transcribe=False, lonely=call.lonely, quiet=call.quiet)
    leg = next(leg for leg in plan.legs if leg.leg == "in")
    return leg.play.sound if leg.play else None


@pytest.fixture
def joined(offered: Offered) -> Call:
    plan = Plan("排队", "12345", "12345", "direct", (QUEUE, LAST))
    call, actions = open_call("c", offered, plan, incident="i", transfer="t")
    assert actions == (JoinQueue("hotline", False, 20, 3),)
    return seat(call, "in", 20000)


@pytest.fixture
def waiting(joined: Call) -> Call:
    call, actions = step(joined, QueueWaits())
    assert actions == (Answer("in"),)
    return call


def test_a_free_agent_rings_through_and_answers(joined: Call, audio: Audio) -> None:
    call, actions = step(joined, Assigned(AGENT))
    assert actions == (Dial("c.1", AGENT),)
    assert step(call, Rings("c.1"))[1] == (Ring("in", early=False),)
    call, actions = step(call, Answers("c.1", audio))
    assert actions == (Answer("in"), LeaveQueue(answered=True))
    assert (call.phase, call.queue) == (Phase.TALKING, "")


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (Refuses("c.1", 486, ""), "busy"),
        (Refuses("c.1", 603, ""), "refused"),
        (Refuses("c.1", 503, ""), "failed"),
        (Refuses("c.1", 480, ""), "silent"),
        (NoSign("c.1"), "dead"),
        (RingsTooLong("c.1"), "silent"),
        (Leaves("c.1", "lost"), "failed"),
    ],
)
def test_an_agent_who_does_not_take_the_call_is_told_to_the_queue(
    joined: Call, event: LegEvent, why: str
) -> None:
    call, actions = step(step(joined, Assigned(AGENT))[0], event)
    assert [each for each in actions if isinstance(each, AgentMissed)] == [AgentMissed("8001", why)]  # type: ignore[arg-type]
    assert not [each for each in actions if isinstance(each, Dial)]
    assert (call.queue, call.ringing, call.targets) == ("hotline", "", (LAST,))


def test_who_waits_hears_music_between_announcements_and_none_is_cut(waiting: Call) -> None:
    assert (waiting.phase, hears(waiting)) == (Phase.QUEUED, "hold")
    call, _ = step(waiting, QueueSays("prompts:a+b"))
    assert hears(call) == "prompts:a+b"
    assert step(call, QueueSays("prompts:c"))[0] == call
    assert call.caller.play is not None
    call, _ = step(call, PromptEnds("in", call.caller.play.id))
    assert hears(call) == "hold"


def test_an_announcement_ends_when_the_agent_answers(waiting: Call, audio: Audio) -> None:
    call, _ = step(waiting, Assigned(AGENT))
    assert hears(call) == "hold"  # music goes on while the agent rings
    call = replace(call, parties=(replace(call.caller, play=None), *call.parties[1:]))
    call, actions = step(seat(call, "c.1", 20002), Answers("c.1", audio))
    assert actions == (LeaveQueue(answered=True),)
    assert hears(call) is None


def test_given_up_unanswered_the_overflow_rings_through(joined: Call) -> None:
    call, actions = step(joined, QueueEnds((PROVINCE,)))
    assert actions == (Dial("c.1", replace(PROVINCE, number="12345")),)
    call, actions = step(call, Refuses("c.1", 503, ""))
    assert actions == (Dial("c.2", LAST),)
    call, actions = step(call, Refuses("c.2", 486, "Busy Here"))
    assert actions == (Refuse("in", 486, "Busy Here"), Over("not answered"))


def test_given_up_after_waiting_the_last_word_is_spoken(waiting: Call) -> None:
    call, _ = step(waiting, QueueEnds((PROVINCE,)))
    assert hears(call) == "ringback"
    call, _ = step(call, Refuses("c.1", 503, ""))
    call, actions = step(call, Refuses("c.2", 486, ""))
    assert (call.phase, actions, hears(call)) == (Phase.LEAVING, (), "prompt:goodbye-no-agent")
    assert call.caller.play is not None
    _, actions = step(call, PromptEnds("in", call.caller.play.id))
    assert actions == (HangUp("in", "no agent"), Over("no agent"))


def test_a_caller_who_gives_up_leaves_the_queue(waiting: Call) -> None:
    call, _ = step(waiting, Assigned(AGENT))
    call, actions = step(call, Leaves("in", "bye"))
    assert actions == (HangUp("c.1", "caller left"), LeaveQueue(answered=False), Over("caller left"))


@pytest.mark.parametrize("late", [Assigned(AGENT), QueueWaits(), QueueSays("x"), QueueEnds((PROVINCE,))])
def test_the_queues_word_comes_too_late(talking: Call, late: LegEvent) -> None:
    assert step(talking, late) == (talking, ())


def test_taken_back_goes_ahead_and_has_no_second_round(
    joined: Call, audio: Audio, press: Callable[..., Presses]
) -> None:
    call, _ = step(joined, Assigned(AGENT))
    call, _ = step(seat(call, "c.1", 20002), Answers("c.1", audio))
    call, actions = step(call, Leaves("c.1", "lost"))
    assert actions == (JoinQueue("hotline", True, 20, 3),)
    assert (call.phase, hears(call)) == (Phase.RECALLING, "hold")
    call, _ = step(call, QueueEnds(()))
    call, _ = step(call, Refuses(call.ringing, 486, ""))
    assert call.phase is Phase.LEAVING


def test_a_transfer_an_exchange_made_into_a_queue_ends_with_it(
    offered: Offered, audio: Audio, home: Plan
) -> None:
    plan = replace(home, targets=(QUEUE,), key=True)
    event = replace(offered, referred_by="8001")
    call, _ = open_call("c", event, plan, incident="i", transfer="t")
    call, _ = step(seat(call, "in", 20000), QueueWaits())
    served, _ = step(call, Assigned(AGENT))
    served, actions = step(served, Answers("c.1", audio))
    assert MoveTicket("t", True, "") in actions
    given_up, actions = step(call, QueueEnds(()))
    assert [each.moved for each in actions if isinstance(each, MoveTicket)] == [False]
    assert given_up.transfers[-1].state is State.FAILED


def test_a_call_that_only_announces(offered: Offered) -> None:
    call, actions = announce("c", offered, 20000, "prompt:agent-ready")
    assert (actions, hears(call)) == ((Answer("in"),), "prompt:agent-ready")
    _, actions = step(call, PromptEnds("in", 1))
    assert actions == (HangUp("in", "announced"), Over("announced"))
