"""Supervisors in a call: who hears them, what of them is kept, and that no order of what they do drops a
caller or leaves one alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.calls.actions import BringHome, Dial, HangUp, Over, SupervisorGone
from bridge.calls.call import Call, Phase, seat
from bridge.calls.conduct import step
from bridge.calls.events import (
    Answers,
    Holds,
    Leaves,
    LegEvent,
    NoSign,
    Passes,
    Presses,
    PromptEnds,
    Refuses,
    Reoffers,
    Rings,
    RingsTooLong,
    Types,
)
from bridge.calls.overhearing import voice_plan
from bridge.calls.supervisors import SPEAKER, Supervises, SupervisorMode, Turns, Withdraws
from bridge.frozen import replace
from bridge.media.plan import LegPlan
from bridge.routing.plan import Mode
from bridge.sip.sdp import Audio
from bridge.tickets.transcript import SUPERVISOR
from tests.calls.orders import EVENTS, MODES, PHONE, SUPERVISION_EVENTS, World

WALKS = 250
"""Each mode's, with supervisors; `test_every_order` has the ten thousand without."""
LIKELY = (*SUPERVISION_EVENTS, "answers", "answers", "answers", "bye", "lost", "rings", "busy", "page-hold")
KINDS = (*EVENTS, *SUPERVISION_EVENTS)
DEALS = {**EVENTS, **SUPERVISION_EVENTS}
QUIET_KINDS = tuple(kind for kind in KINDS if "barge" not in kind)
AGENT, DESK, WATCH = "c.1", "c.2", "c.s1"
Press = Callable[..., Presses]


# --- every order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [*MODES, "beside"])
def test_no_order_with_supervisors_leaves_the_caller_alone(mode: Mode) -> None:
    """See `orders` for what is checked after each event; every supervisor's leg ends with the call."""
    chance = random.Random(f"{mode} supervised")
    for number in range(WALKS):
        world, dealt = World(mode), []
        try:
            for _ in range(chance.randrange(20)):
                kind = chance.choice(KINDS if chance.random() < 0.4 else LIKELY)
                leg = chance.choice(world.supervisors or world.legs if chance.random() < 0.4 else world.legs)
                for _ in range(1 + (chance.random() < 0.2)):
                    dealt.append((kind, leg))
                    world.deal(DEALS[kind](world.call, leg))
            world.finish()
        except AssertionError as wrong:
            raise AssertionError(f"{mode}, walk {number}: {wrong}; after {dealt}") from wrong


quiet_orders = st.lists(st.tuples(st.sampled_from(QUIET_KINDS), st.integers(0, 5)), max_size=20)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(MODES), quiet_orders)
def test_the_call_goes_on_exactly_as_without_whoever_only_listens_or_whispers(
    mode: Mode, sequence: list[tuple[str, int]]
) -> None:
    watched, twin = World(mode), World(mode)
    watched.deal(Supervises(PHONE, "listen"))
    watched.deal(Answers(WATCH, Audio(("127.0.0.9", 4002), "PCMA", 8, 101, "sendrecv")))
    for kind, which in sequence:
        leg = watched.legs[which % len(watched.legs)]
        event = DEALS[kind](watched.call, leg)
        watched.deal(event)
        if kind not in SUPERVISION_EVENTS and getattr(event, "leg", "") not in watched.supervisors:
            twin.deal(event)
        assert _without_ports(watched.call) == _without_ports(twin.call), (kind, leg)


def _without_ports(call: Call) -> Call:
    """The call less its supervisors; where voice goes depends on how many ports were taken."""
    people = tuple(replace(party, port=1 if party.port else 0) for party in call.parties)
    return replace(call, parties=people, supervisors=(), watched=0)


# --- who hears whom -------------------------------------------------------------------------------------


def supervised(call: Call, audio: Audio, mode: SupervisorMode, platform: str = "") -> Call:
    call, actions = step(call, Supervises(PHONE, mode, platform))
    assert [type(action) for action in actions] == [Dial]
    leg = actions[0].leg
    call = seat(call, leg, 20100 + 2 * call.watched)
    return step(call, Answers(leg, audio))[0]


def legs(call: Call) -> dict[str, LegPlan]:
    return {leg.leg: leg for leg in voice_plan(call, transcribe=True).legs}


def hears(call: Call) -> dict[str, set[str]]:
    return {name: set(leg.hears) for name, leg in legs(call).items()}


def recorded(call: Call) -> Call:
    return replace(call, recorded=replace(call.recorded, policy="always"))


def test_who_listens_hears_both_and_nobody_hears_them(talking: Call, audio: Audio) -> None:
    before = voice_plan(recorded(talking), transcribe=True)
    call = recorded(supervised(talking, audio, "listen"))
    plan = voice_plan(call, transcribe=True)
    assert plan.legs[:-1] == before.legs, "the media process is told nothing new of the two"
    listener = plan.legs[-1]
    assert (listener.leg, set(listener.hears)) == (WATCH, {"in", AGENT})
    assert (listener.tap, listener.record) == (False, False)
    assert listener.quiet, "whoever only listens may be silent"
    assert listener.absorb_dtmf


def test_a_whisper_is_heard_by_the_agent_alone_and_kept_nowhere(talking: Call, audio: Audio) -> None:
    call = recorded(supervised(talking, audio, "whisper"))
    assert hears(call) == {"in": {AGENT}, AGENT: {"in", WATCH}, WATCH: {"in", AGENT}}
    kept = {name for name, leg in legs(call).items() if leg.tap or leg.record}
    assert kept == {"in", AGENT}
    assert legs(call)["in"] == legs(recorded(talking))["in"]


def test_who_barges_in_is_heard_by_both_and_on_record(talking: Call, audio: Audio) -> None:
    call = recorded(supervised(talking, audio, "barge"))
    assert hears(call) == {"in": {AGENT, WATCH}, AGENT: {"in", WATCH}, WATCH: {"in", AGENT}}
    assert legs(call)[WATCH].tap
    assert legs(call)[WATCH].record
    assert call.supervisors[0].party.speaker == SPEAKER == SUPERVISOR
    turned, _ = step(call, Turns(WATCH, "whisper"))
    assert (legs(turned)[WATCH].tap, legs(turned)[WATCH].record) == (False, False)
    assert turned.supervisors[0].spoke, "recogniser and recorder know the leg still"


def test_each_mode_turns_into_each_other(talking: Call, audio: Audio) -> None:
    call = supervised(talking, audio, "listen")
    for mode, heard in (
        ("whisper", {AGENT}),
        ("barge", {"in", AGENT}),
        ("listen", set()),
        ("barge", {"in", AGENT}),
    ):
        call, actions = step(call, Turns(WATCH, mode))  # type: ignore[arg-type]
        assert actions == ()
        assert {name for name, ear in hears(call).items() if WATCH in ear} == heard
    assert step(call, Turns("c.s9", "listen")) == (call, ())


def test_nobody_is_heard_before_they_answer_and_nothing_of_the_call_changes(talking: Call) -> None:
    for mode in ("listen", "whisper", "barge"):
        call, _ = step(talking, Supervises(PHONE, mode))  # type: ignore[arg-type]
        call = seat(call, WATCH, 20100)
        assert voice_plan(call, transcribe=True).legs == (
            *voice_plan(talking, transcribe=True).legs, LegPlan(WATCH, 20100)
        )  # fmt: skip
        call, actions = step(call, RingsTooLong(WATCH))
        assert actions == (HangUp(WATCH, "no answer"), SupervisorGone(WATCH, "silent"))
        assert replace(call, watched=0) == talking


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (Refuses(WATCH, 486, ""), "busy"),
        (Refuses(WATCH, 603, ""), "refused"),
        (Refuses(WATCH, 480, ""), "silent"),
        (Refuses(WATCH, 503, ""), "dead"),
        (NoSign(WATCH), "dead"),
        (Leaves(WATCH, "bye"), "left"),
    ],
)
def test_a_telephone_that_does_not_take_it_says_why(talking: Call, event: LegEvent, why: str) -> None:
    call, _ = step(talking, Supervises(PHONE, "barge"))
    call, actions = step(call, event)
    assert actions[-1] == SupervisorGone(WATCH, why)  # type: ignore[arg-type]
    assert replace(call, watched=0) == talking


def test_what_is_told_late_of_a_supervisor_changes_nothing(talking: Call, audio: Audio) -> None:
    call = supervised(talking, audio, "barge")
    for late in (Refuses(WATCH, 486, ""), NoSign(WATCH), RingsTooLong(WATCH), Rings(WATCH)):
        assert step(call, late) == (call, ())
    held = replace(audio, direction="sendonly")
    holding, _ = step(call, Reoffers(WATCH, held))
    assert hears(holding)["in"] == {AGENT}, "a telephone's own music is not for the caller"


def test_a_whisper_is_for_agents_of_the_own_platform_only(talking: Call, audio: Audio) -> None:
    stranger = supervised(talking, audio, "whisper", "110")
    assert hears(stranger)[AGENT] == {"in"}
    own = supervised(talking, audio, "whisper", "12345")
    assert hears(own)[AGENT] == {"in", WATCH}


def test_a_desk_behind_a_trunk_is_never_whispered_to(talking: Call, audio: Audio, press: Press) -> None:
    call = supervised(talking, audio, "whisper")
    call, _ = step(call, replace(press(call), mode="conference"))
    call = seat(call, DESK, 20200)
    call, _ = step(call, Answers(DESK, audio))
    assert hears(call) == {
        "in": {AGENT, DESK}, AGENT: {"in", DESK, WATCH}, DESK: {"in", AGENT}, WATCH: {"in", AGENT, DESK},
    }  # fmt: skip
    call, _ = step(call, Leaves(AGENT, "bye"))
    assert hears(call) == {"in": {DESK}, DESK: {"in"}, WATCH: {"in", DESK}}


def test_through_a_consultation_one_hears_who_talks_and_not_who_hears_music(
    talking: Call, audio: Audio, press: Press
) -> None:
    call = supervised(talking, audio, "listen")
    call, _ = step(call, replace(press(call), mode="consult"))
    call = seat(call, DESK, 20200)
    call, _ = step(call, Answers(DESK, audio))
    assert hears(call)[WATCH] == {AGENT, DESK}
    call, _ = step(call, Turns(WATCH, "barge"))
    assert hears(call) == {"in": set(), AGENT: {DESK, WATCH}, DESK: {AGENT, WATCH}, WATCH: {AGENT, DESK}}
    assert legs(call)["in"].play is not None


# --- a caller and a supervisor ------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["listen", "whisper"])
def test_without_the_agent_a_listener_is_nobody(talking: Call, audio: Audio, mode: SupervisorMode) -> None:
    call = supervised(talking, audio, mode)
    after, actions = step(call, Leaves(AGENT, "bye"))
    assert after.phase is Phase.OVER
    assert after.supervisors == ()
    ends = (HangUp(WATCH, "call over"), SupervisorGone(WATCH, "over"))
    assert actions == (*ends, HangUp("in", "bye"), Over("attendant left"))
    recalled, _ = step(call, Leaves(AGENT, "lost"))
    assert recalled.phase is Phase.RECALLING
    caller = legs(recalled)["in"]
    assert (caller.hears, caller.play.sound if caller.play else "") == ((), "ringback")
    assert hears(recalled)[WATCH] == {"in"}, "the supervisor stays with the caller"


def test_an_agent_who_goes_leaves_the_caller_to_who_barged_in(talking: Call, audio: Audio) -> None:
    call, actions = step(supervised(talking, audio, "barge"), Leaves(AGENT, "bye"))
    assert (call.phase, actions) == (Phase.TALKING, ())
    assert hears(call) == {"in": {WATCH}, WATCH: {"in"}}
    assert step(call, Turns(WATCH, "listen")) == (call, ()), "the caller would have nobody"
    away, ends = step(call, Withdraws(WATCH))
    assert away.phase is Phase.OVER
    gone = (HangUp(WATCH, "withdrawn"), SupervisorGone(WATCH, "withdrawn"))
    assert ends == (*gone, HangUp("in", "bye"), Over("supervisor left"))
    lost, rings = step(call, Leaves(WATCH, "lost"))
    assert lost.phase is Phase.RECALLING
    assert rings[0] == SupervisorGone(WATCH, "lost")
    assert [type(action) for action in rings[1:]] == [Dial]
    gone, ends = step(call, Leaves("in", "bye"))
    assert gone.phase is Phase.OVER
    assert HangUp(WATCH, "call over") in ends


def test_no_goodbye_to_a_caller_whom_a_supervisor_talks_with(talking: Call, audio: Audio) -> None:
    call, _ = step(talking, Leaves(AGENT, "lost"))
    call = supervised(call, audio, "barge")
    call = replace(call, rounds=99, targets=())
    call, actions = step(call, RingsTooLong(call.ringing))
    assert call.phase is Phase.TALKING
    assert not any(isinstance(action, Over) for action in actions)
    leaving, _ = step(
        replace(talking, phase=Phase.RECALLING, rounds=99, targets=(), ringing=AGENT), RingsTooLong(AGENT)
    )
    assert leaving.phase is Phase.LEAVING
    saved = replace(leaving, supervisors=call.supervisors)
    assert saved.caller.play is not None
    saved, _ = step(saved, PromptEnds("in", saved.caller.play.id))
    assert saved.phase is Phase.TALKING


def test_there_is_nothing_to_listen_to_before_somebody_has_answered(
    offered: Any, home: Any, audio: Audio
) -> None:
    from bridge.calls.conduct import open_call  # noqa: PLC0415

    call, _ = open_call("c", offered, home, incident="i", transfer="t")
    assert step(call, Supervises(PHONE, "listen")) == (call, ())


def test_a_call_that_is_passed_on_is_brought_home_first(talking: Call) -> None:
    passed, _ = step(talking, Passes(AGENT))
    assert passed.passed
    call, actions = step(passed, Supervises(PHONE, "listen"))
    assert [type(action) for action in actions] == [BringHome, Dial]
    assert not call.passed


# --- the agent's hand ---------------------------------------------------------------------------------------


def test_on_hold_by_the_page_the_caller_hears_music_and_the_agent_nobody(talking: Call) -> None:
    call, actions = step(talking, Holds(AGENT, on=True))
    assert actions == ()
    assert hears(call) == {"in": set(), AGENT: set()}
    caller, agent = legs(call)["in"], legs(call)[AGENT]
    assert caller.play is not None
    assert agent.play is not None
    assert (caller.play.sound, agent.play.sound) == ("hold", "comfort")
    assert step(call, Holds(AGENT, on=True)) == (call, ()), "twice is as good as once"
    back, _ = step(call, Holds(AGENT, on=False))
    assert back == talking
    assert step(talking, Holds(AGENT, on=False)) == (talking, ())


def test_a_supervisor_can_whisper_to_an_agent_who_holds(talking: Call, audio: Audio) -> None:
    call, _ = step(supervised(talking, audio, "whisper"), Holds(AGENT, on=True))
    assert hears(call) == {"in": set(), AGENT: {WATCH}, WATCH: {"in", AGENT}}
    listening, _ = step(call, Turns(WATCH, "listen"))
    assert hears(listening)[WATCH] == {"in"}, "what an agent says on hold is for nobody"


def test_whoever_is_consulted_is_talked_with_at_once(talking: Call, audio: Audio, press: Press) -> None:
    call, _ = step(talking, Holds(AGENT, on=True))
    call, _ = step(call, replace(press(call), mode="consult"))
    call = seat(call, DESK, 20200)
    call, _ = step(call, Answers(DESK, audio))
    assert hears(call) == {"in": set(), AGENT: {DESK}, DESK: {AGENT}}
    call, _ = step(call, Holds(AGENT, on=True))
    call, _ = step(call, Leaves(DESK, "bye"))
    assert hears(call) == {"in": {AGENT}, AGENT: {"in"}}


def test_keys_of_a_page_reach_the_caller_and_those_of_a_telephone_do_not(talking: Call) -> None:
    assert step(talking, Types(AGENT, "5", "rtp")) == (talking, ())
    call, _ = step(talking, Types(AGENT, "5", "page"))
    digit = legs(call)["in"].digit
    assert digit is not None
    assert (digit.digit, digit.id) == ("5", 1)
    hushed = replace(talking, quiet=True)
    assert step(hushed, Types(AGENT, "5", "page")) == (hushed, ()), "nothing may be heard there"
