"""Orders of events for calls with a transfer, and what must be true after each: a world beside the call.

The world keeps its own account of every leg (dialled, answered, ended), so that the call's word is not taken
for anything. Events come early, late, twice, from legs that are gone, or not at all: a lost control message
is an event that is never dealt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from bridge.calls.actions import Dial, HangUp, MoveTicket, OpenTicket, Over, Pause, Refuse
from bridge.calls.call import Call, Phase, Step, seat, someone
from bridge.calls.conduct import open_call, step
from bridge.calls.events import (
    Answers,
    Cancels,
    Holds,
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
    Steers,
    TimeIsUp,
    Voices,
)
from bridge.calls.overhearing import is_for, voice_plan
from bridge.calls.supervisors import MODES as SUPERVISOR_MODES
from bridge.calls.supervisors import TABLE as SUPERVISION
from bridge.calls.supervisors import Supervises, Supervisor, SupervisorMode, Turns, Withdraws
from bridge.calls.transfer import ENDED, State
from bridge.frozen import replace
from bridge.media.plan import CallPlan
from bridge.routing.plan import Mode, Origin, Plan, Target
from bridge.sip.sdp import Audio

AUDIO: Final = Audio(("127.0.0.9", 4000), "PCMA", 8, 101, "sendrecv")
HELD: Final = Audio(("127.0.0.9", 4000), "PCMA", 8, 101, "sendonly")
HOME: Final = Plan("in", "12345", "12345", "direct", (Target("agent", "8001", None, 30, 4),))
MODES: Final[tuple[Mode, ...]] = ("direct", "conference", "consult")
LAST_STEPS: Final = 60
"""Steps after which a call that nobody touches any more must be over: rounds of ringing, pauses, prompts."""

Deal = Callable[[Call, str], LegEvent]
EVENTS: Final[dict[str, Deal]] = {
    "rings": lambda call, leg: Rings(leg),
    "answers": lambda call, leg: Answers(leg, AUDIO),
    "busy": lambda call, leg: Refuses(leg, 486, ""),
    "bye": lambda call, leg: Leaves(leg, "bye"),
    "lost": lambda call, leg: Leaves(leg, "lost"),
    "hold": lambda call, leg: Reoffers(leg, HELD),
    "unhold": lambda call, leg: Reoffers(leg, AUDIO),
    "no-sign": lambda call, leg: NoSign(leg),
    "too-long": lambda call, leg: RingsTooLong(leg),
    "press": lambda call, leg: Presses(leg, away("direct"), "refer", "i", _fresh(call), 1.0),
    "press-conference": lambda call, leg: Presses(leg, away("conference"), "refer", "i", _fresh(call), 1.0),
    "press-consult": lambda call, leg: Presses(leg, away("direct"), "api", "i", _fresh(call), 1.0, "consult"),
    "cancel": lambda call, leg: Cancels(),
    "complete": lambda call, leg: Steers("complete"),
    "swap": lambda call, leg: Steers("swap"),
    "join": lambda call, leg: Steers("join"),
    "early": lambda call, leg: Rings(leg, AUDIO),
    "voice": lambda call, leg: Voices(leg, True),
    "time": lambda call, leg: TimeIsUp(f"t{len(call.transfers) - 1}"),
    "hushes": lambda call, leg: Hushes(),
    "pause": lambda call, leg: PauseEnds(),
    "prompt": lambda call, leg: PromptEnds(leg, _playing(call, leg)),
    "page-hold": lambda call, leg: Holds(leg, on=True),
    "page-resume": lambda call, leg: Holds(leg, on=False),
}  # fmt: skip
PHONE: Final = Target("agent", "9001", None, 30, 4)
SUPERVISION_EVENTS: Final[dict[str, Deal]] = {
    **{f"come-to-{mode}": lambda call, leg, mode=mode: _comes(mode) for mode in SUPERVISOR_MODES},
    **{f"turn-to-{mode}": lambda call, leg, mode=mode: Turns(leg, mode) for mode in SUPERVISOR_MODES},
    "withdraw": lambda call, leg: Withdraws(leg),
}  # type: ignore[misc]
"""What supervisors do; their telephones' own events are those of `EVENTS`, for their legs."""


def _comes(mode: SupervisorMode) -> Supervises:
    """Those who whisper are of two platforms by turns of their mode; the others of any."""
    return Supervises(PHONE, mode, "12345" if mode == "whisper" else "")


def away(mode: Mode) -> Plan:
    """The key's route, with two targets one after the other."""
    targets = tuple(Target("trunk", number, "p", 30, 4) for number in ("110", "111"))
    return Plan("out", "110", "110", mode, targets, key=True)


def _playing(call: Call, leg: str) -> int:
    return next((party.play.id for party in call.parties if party.leg == leg and party.play), 0)


def _fresh(call: Call) -> str:
    return f"t{len(call.transfers)}"


class World:
    """A caller with an agent, the key just pressed in this mode, and the account of what happened since. Or
    beside: a PBX has made the transfer, and the desk is being rung."""

    def __init__(self, mode: Mode | Literal["beside"]) -> None:
        self.dialled, self.answered, self.ended = {"in"}, {"in"}, set[str]()
        self.tickets: dict[str, list[bool]] = {}
        self.paused = False
        offered = Offered("in", "x", "139", "", Origin("trunk", "carrier"), AUDIO, 0.0)
        route = away("direct") if mode == "beside" else HOME
        call, actions = open_call("c", offered, route, incident="i", transfer="t0")
        self.call = seat(call, "in", 20000)
        self._account(self.call, actions)
        if mode != "beside":
            self.deal(Answers("c.1", AUDIO))
            self.deal(Presses("c.1", away(mode), "refer", "i", "t0", 1.0))

    @property
    def legs(self) -> list[str]:
        """Every leg there is or was."""
        return ["in", *(f"c.{n}" for n in range(1, self.call.dialled + 1)), *self.supervisors]

    @property
    def supervisors(self) -> list[str]:
        """Legs of supervisors there are or were."""
        return [f"c.s{n}" for n in range(1, self.call.watched + 1)]

    def deal(self, event: LegEvent) -> None:
        """One event; everything is checked after it."""
        before = self.call
        if isinstance(event, Answers) and event.leg not in self.ended:
            self.answered.add(event.leg)
        if isinstance(event, Leaves) or (isinstance(event, Refuses) and event.leg not in self.answered):
            self.ended.add(event.leg)
        if isinstance(event, PauseEnds):
            self.paused = False
        call, actions = step(before, event)
        self.call = call
        self._account(call, actions)
        if before.phase is Phase.OVER:
            assert (call, actions) == (before, ()), "something happened after the end"
        if call is not before or actions or isinstance(event, Leaves | Refuses):
            self._check((self.call, actions))

    def finish(self) -> None:
        """Nobody does anything any more but time: every ringing is given up, every announcement ends; then
        people hang up one after the other. It must all come to an end."""
        for _ in range(LAST_STEPS):
            if self.call.phase is Phase.OVER:
                break
            self.deal(self._next())
        assert self.call.phase is Phase.OVER, "the call does not end"
        assert not any(transfer.in_flight for transfer in self.call.transfers), "a transfer does not end"
        assert self.dialled == self.ended, f"left up or ringing: {self.dialled - self.ended}"
        for transfer in self.call.transfers:
            told = self.tickets[transfer.id]
            assert len(told) == 1, "the ticket is told the end once"
            assert told[0] or transfer.state is not State.CONNECTED

    def _next(self) -> LegEvent:
        parties = (*self.call.parties, *[each.party for each in self.call.supervisors])
        rung = next((party for party in parties[1:] if not party.up and party.leg not in self.ended), None)
        spoken = next((party for party in parties if party.play is not None), None)
        if rung is not None:
            return RingsTooLong(rung.leg)
        if spoken is not None and spoken.play is not None:
            return PromptEnds(spoken.leg, spoken.play.id)
        if self.call.phase is Phase.RECALLING:
            return PauseEnds()
        return Leaves(parties[-1].leg, "bye")

    def _account(self, call: Call, actions: tuple[object, ...]) -> None:
        for action in actions:
            match action:
                case Dial(leg):
                    self.dialled.add(leg)
                    self.call = seat(self.call, leg, 20000 + 2 * len(self.dialled))
                case HangUp(leg) | Refuse(leg):
                    assert leg not in self.ended, f"{leg} is hung up on twice"
                    self.ended.add(leg)
                case Pause():
                    self.paused = True
                case OpenTicket(transfer):
                    self.tickets[transfer] = []
                case MoveTicket(transfer, moved):
                    self.tickets[transfer].append(moved)

    # --- what must always be true ---

    def _check(self, taken: Step) -> None:
        call, actions = taken
        assert any(isinstance(action, Over) for action in actions) <= (call.phase is Phase.OVER)
        if call.phase is Phase.OVER:
            return
        alive = {
            party.leg for party in call.parties if not (call.phase is Phase.DESKS and party.role == "caller")
        }
        alive |= {each.leg for each in call.supervisors}
        assert alive == self.dialled - self.ended, "a leg belongs to nobody, or a party has no leg"
        assert not {transfer.initiator for transfer in call.transfers} & set(self.supervisors)
        assert not {transfer.recipient for transfer in call.transfers} & set(self.supervisors)
        for party in call.parties:
            assert not party.up or party.leg in self.answered
        assert not call.transfers or call.transfers[-1].state in ENDED or call.transfers[-1].in_flight
        self._assert_heard(call)

    def _assert_heard(self, call: Call) -> None:
        plan = voice_plan(call, transcribe=True)
        hears = {leg.leg: set(leg.hears) for leg in plan.legs}
        apart = {each.leg for each in call.supervisors if not SUPERVISION[each.mode].company}
        self._assert_apart(call, plan)
        for leg in plan.legs:
            party = someone(call, leg.leg)
            assert party is not None
            if party.up and party.role not in {"attendant", "supervisor"}:
                assert leg.hears or leg.play, f"{leg.leg} is alone in {call.phase}"
            assert leg.leg not in leg.hears, "nobody hears themselves"
            for heard in hears[leg.leg] - apart if leg.leg not in apart else ():
                other = someone(call, heard)
                assert other is not None
                assert other.up or (other.early and not call.quiet), "rung, and no early media"
                assert not other.aside, "who is put aside is heard by nobody"
                assert not party.aside, "who is put aside hears nobody"
                assert not other.held, "who holds by their page is heard by nobody"
                assert not party.held, "who holds by their page hears nobody"
                assert leg.leg in hears[heard] or party.holds, "a conversation goes both ways"
                held = other.up and other.holds  # early media is one-way by nature
                assert not held or leg.play or party.role in {"attendant", "supervisor"} or len(leg.hears) > 1
        self._assert_attended(call, plan)

    def _assert_apart(self, call: Call, plan: CallPlan) -> None:
        """Supervisors who stand apart: heard by the agents they whisper to and by nobody else, and but for
        that everybody hears what they hear without them."""
        alone = voice_plan(replace(call, supervisors=_in_company(call)), transcribe=True)
        without = {leg.leg: leg for leg in alone.legs}
        apart = {each.leg: each for each in call.supervisors if not SUPERVISION[each.mode].company}
        for leg in plan.legs:
            if leg.leg in apart:
                assert (leg.tap, leg.record) == (False, False), "not said to the caller, so on no record"
                assert not apart[leg.leg].party.up or leg.hears or leg.play, "a supervisor's line is dead"
                continue
            whispers = [each for each in leg.hears if each in apart]
            assert (
                replace(leg, hears=tuple(each for each in leg.hears if each not in apart)) == without[leg.leg]
            )
            party = someone(call, leg.leg)
            for each in whispers:
                assert apart[each].mode == "whisper"
                assert party is not None
                assert party.origin.kind == "agent", "nobody but an agent of ours is whispered to"
                assert is_for(apart[each], party)

    def _assert_attended(self, call: Call, plan: CallPlan) -> None:
        """Nobody up is in the call without a part in it, and for a caller without a person somebody is on the
        way."""
        attendant, legs = call.attendant, {leg.leg: leg for leg in plan.legs}
        if attendant is not None:
            heard = legs[attendant.leg]
            assert heard.hears or (heard.play and _page_holds(call)), (
                f"the attendant is alone in {call.phase}"
            )
        in_flight = call.transfer is not None and call.transfer.in_flight
        if call.phase in {Phase.RECALLING, Phase.ALONE, Phase.LEAVING}:
            way = call.ringing or in_flight or self.paused or call.caller.play
            assert way, "nobody is on the way"
        if call.phase is Phase.TALKING:
            assert attendant is not None or call.company, "the caller has nobody"
        if call.phase is Phase.DESKS:
            assert sum(party.up for party in call.parties) == 2


def _page_holds(call: Call) -> bool:
    return any(party.held for party in call.parties)


def _in_company(call: Call) -> tuple[Supervisor, ...]:
    return tuple(each for each in call.supervisors if SUPERVISION[each.mode].company)
