"""Promise 1 walked: whatever happens in whatever order, an answered caller hears a person, a tone or a
voice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.calls.actions import Dial, HangUp, JoinQueue, LeaveQueue, Over
from bridge.calls.call import Call, Phase, Step, seat
from bridge.calls.conduct import open_call, step
from bridge.calls.events import (
    Answers,
    Cancels,
    Hushes,
    Leaves,
    LegEvent,
    NoSign,
    Offered,
    PauseEnds,
    Presses,
    PromptEnds,
    Refuses,
    Reoffers,
    Rings,
    RingsTooLong,
    TimeIsUp,
    Voices,
)
from bridge.calls.parties import audio_plan
from bridge.calls.queue_events import Assigned, QueueEnds, QueueSays, QueueWaits
from bridge.routing.plan import Origin, Plan, Target
from bridge.sip.sdp import Audio

AUDIO = Audio(("127.0.0.9", 4000), "PCMA", 8, 101, "sendrecv")
HELD = Audio(("127.0.0.9", 4000), "PCMA", 8, 101, "sendonly")
HOME = Plan(
    "in", "12345", "12345", "direct", tuple(Target("agent", n, None, 30, 4) for n in ("8001", "8002"))
)
AWAY = Plan(
    "out", "110", "110", "direct", tuple(Target("trunk", n, "p", 30, 4) for n in ("110", "111")), key=True
)
QUEUE = Plan("queue", "12345", "12345", "direct", (Target("queue", "hotline", None, 30, 4), HOME.targets[0]))
AGENT, OVERFLOW = Target("agent", "8003", None, 30, 4), Target("trunk", "12345", "province", 30, 4)
KINDS = [
    "rings", "answers", "busy", "dead", "bye", "lost", "hold", "unhold", "no-sign", "too-long",
    "press", "cancel", "pause", "prompt", "early", "voice", "quiet",
    "time", "declined", "assigned", "waits", "says", "queue-ends", "overflows", "hushes",
]  # fmt: skip
moves = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 5)), max_size=30)


def _event(call: Call, kind: str, which: int) -> LegEvent:
    """An event for any leg the call has, or once had: control messages come late and twice."""
    legs = ["in", *(f"c.{n}" for n in range(1, call.dialled + 1))]
    leg = legs[which % len(legs)]
    play = next((p.play.id for p in call.parties if p.leg == leg and p.play), 0)
    return {
        "rings": Rings(leg),
        "answers": Answers(leg, AUDIO),
        "busy": Refuses(leg, 486, ""),
        "dead": Refuses(leg, 503, ""),
        "bye": Leaves(leg, "bye"),
        "lost": Leaves(leg, "lost"),
        "hold": Reoffers(leg, HELD),
        "unhold": Reoffers(leg, AUDIO),
        "no-sign": NoSign(leg),
        "too-long": RingsTooLong(leg),
        "press": Presses(leg, AWAY, "refer", "i", f"t{which}", 1.0),
        "cancel": Cancels(),
        "pause": PauseEnds(),
        "time": TimeIsUp(call.transfer.id if call.transfer and which % 3 else ""),
        "declined": Refuses(leg, 603, ""),
        "prompt": PromptEnds(leg, play),
        "assigned": Assigned(AGENT),
        "waits": QueueWaits(),
        "says": QueueSays("prompts:queue-ahead+number-3"),
        "queue-ends": QueueEnds(()),
        "overflows": QueueEnds((OVERFLOW,)),
        "hushes": Hushes(),
        "early": Rings(leg, AUDIO),
        "voice": Voices(leg, True),
        "quiet": Voices(leg, False),
    }[kind]  # type: ignore[return-value]


def _check(before: Call, taken: Step) -> None:
    call, actions = taken
    hung = {action.leg for action in actions if isinstance(action, HangUp)}
    dialled = {action.leg for action in actions if isinstance(action, Dial)}
    known = {party.leg for party in call.parties}
    assert dialled <= known
    assert bool([a for a in actions if isinstance(a, Over)]) == (call.phase is Phase.OVER)
    joins = any(isinstance(action, JoinQueue) for action in actions)
    assert joins == (bool(call.queue) and not before.queue)
    if before.queue and any(isinstance(action, LeaveQueue) for action in actions):
        assert not call.queue or call.phase is Phase.OVER
    if call.phase is Phase.OVER:
        return
    assert "in" not in hung, "a living call hung up on its caller"
    assert not hung & known, "a leg hung up is still in the call"
    if call.caller.open:
        _assert_not_alone(call)


def _assert_not_alone(call: Call) -> None:
    plan = audio_plan(call.id, call.parties, transcribe=False, lonely=call.lonely, quiet=call.quiet)
    caller = next(leg for leg in plan.legs if leg.leg == "in")
    assert caller.hears or caller.play, f"alone in {call.phase}"
    for heard in caller.hears:
        party = call.party(heard)
        assert party is not None
        assert party.up or caller.play or party.heard, "early media that says nothing, and no ring-back"
        assert party.up or not call.quiet
        assert not (party.holds and call.quiet), "a telephone's own music on a quiet line"
        assert not (party.up and party.holds) or caller.play
    assert not call.quiet or caller.play is None or caller.play.sound in {"comfort", "prompt:hush"}
    if call.phase in {Phase.QUEUED, Phase.RECALLING, Phase.ALONE, Phase.LEAVING}:
        waits = call.queue or call.ringing or (call.transfer and call.transfer.in_flight) or caller.play
        assert waits, "nobody is on the way to the caller"


@settings(max_examples=2000, deadline=None)
@given(moves, st.sampled_from((HOME, AWAY, QUEUE)))
def test_no_order_of_events_leaves_the_caller_alone(sequence: list[tuple[str, int]], route: Plan) -> None:
    offered = Offered("in", "x", "139", "", Origin("trunk", "carrier"), AUDIO, 0.0)
    call, _ = open_call("c", offered, route, incident="i", transfer="t")
    call = seat(call, "in", 20000)
    if route is HOME:
        call, _ = step(seat(call, "c.1", 20002), Answers("c.1", AUDIO))
    for kind, which in sequence:
        before = call
        call, actions = step(before, _event(before, kind, which))
        for dial in [action for action in actions if isinstance(action, Dial)]:
            call = seat(call, dial.leg, 20000 + 2 * call.dialled)
        if before.phase is Phase.OVER:
            assert (call, actions) == (before, ())
        else:
            _check(before, (call, actions))
