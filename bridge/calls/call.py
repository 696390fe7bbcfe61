"""One call as a value: its parties, its phase, its transfers.

Pure, frozen and serialisable, so that a journal can keep it and a new process can take it over. How a call
changes is told in `ringing` (people are rung for the caller), `handover` (the key and the transfer) and
`conduct` (which of the two an event belongs to).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from bridge.calls import transfer as rule
from bridge.calls.actions import Action
from bridge.calls.events import Offered, Via
from bridge.calls.parties import Party
from bridge.calls.recording import NOT_RECORDED, Recorded
from bridge.calls.supervisors import Supervisor
from bridge.frozen import quick, replace
from bridge.routing.harassment import Verdict
from bridge.routing.plan import Plan, Relay, SilentDanger, Target
from bridge.sip.diversion import Way

Reason = Literal["", "busy", "silent", "dead", "refused", "cancelled", "caller-left", "left"]
"""Why a transfer did not come about, or came to nothing: left is a recipient who had answered."""


class Phase(StrEnum):
    """SETUP: targets are rung for an inbound leg. QUEUED: the caller is answered and waits for an agent (or
    for whoever the queue overflows to). TALKING: the caller is with somebody. ALONE: the attendant is gone
    while a transfer is in flight. RECALLING: the agents are rung for a caller already answered. LEAVING: the
    last announcement plays. DESKS: the caller has hung up, the two platforms talk on. OVER."""

    SETUP = "setup"
    QUEUED = "queued"
    TALKING = "talking"
    ALONE = "alone"
    RECALLING = "recalling"
    LEAVING = "leaving"
    DESKS = "desks"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One press and what came of it. target: the one being tried; targets: those not tried yet; at:
    CLOCK_MONOTONIC seconds of the press."""

    id: str
    incident: str
    number: str
    platform: str
    route: str
    mode: rule.Mode
    state: rule.State
    initiator: str
    recipient: str
    targets: tuple[Target, ...]
    via: Via
    at: float
    reason: Reason = ""

    @property
    def in_flight(self) -> bool:
        """Not over yet."""
        return self.state not in rule.ENDED


@quick
@dataclass(frozen=True, slots=True)
class Call:
    """A call. number: what the caller dialled; home: the route's whole list, rung again when a caller must
    be taken back; targets: those not tried yet in this round; ringing: the leg being rung for the caller;
    dialled: legs dialled so far, which names the next one; sounds: announcements so far; refused: the last
    target's answer; queue: the queue of ours the caller is in, "" for none; quiet: nothing may be heard on
    the caller's line that could betray them; silent_danger: the route's rule for that; key: its route is a
    one-touch key; display, private: the caller's name, and whether the number is withheld; way: how the call
    came to us; caution: what is to be known of a caller marked for harassment; hops: how many more may send
    it on; recorded: whether what is said is kept; asks: it is an agent behind an
    exchange who dials; relay: the route's wish; passed: the leg whose voice goes by rtpengine, "" for
    none; supervisors: who listens, whispers or has come in, no people of the call; watched: supervisors'
    legs dialled so far; incident: what whoever handed it to us says it is about, "" for nothing."""

    id: str
    number: str
    platform: str
    route: str
    parties: tuple[Party, ...]
    home: tuple[Target, ...]
    targets: tuple[Target, ...]
    phase: Phase = Phase.SETUP
    ringing: str = ""
    dialled: int = 0
    rounds: int = 0
    sounds: int = 0
    transfers: tuple[Transfer, ...] = ()
    refused: tuple[int, str] = (480, "Temporarily Unavailable")
    referred_by: str | None = None
    queue: str = ""
    quiet: bool = False
    silent_danger: SilentDanger = "never"
    key: bool = False
    display: str = ""
    private: bool = False
    way: Way = ()
    asks: bool = False
    caution: Verdict | None = None
    hops: int = 70
    recorded: Recorded = NOT_RECORDED
    relay: Relay = "own"
    passed: str = ""
    supervisors: tuple[Supervisor, ...] = ()
    watched: int = 0
    incident: str = ""

    @property
    def caller(self) -> Party:
        """The person the call is for: the first party, there to the end (in DESKS without a port)."""
        return self.parties[0]

    @property
    def from_outside(self) -> bool:
        """Somebody who is no agent of ours calls."""
        return self.caller.origin.kind == "trunk" and not self.asks

    @property
    def attendant(self) -> Party | None:
        """Who the caller is with."""
        return next((party for party in self.parties if party.role == "attendant" and party.up), None)

    @property
    def transfer(self) -> Transfer | None:
        """The newest transfer."""
        return self.transfers[-1] if self.transfers else None

    @property
    def lonely(self) -> str:
        """What a caller hears who is with nobody: music in a queue, else ring-back."""
        return "hold" if self.queue else "ringback"

    @property
    def legs(self) -> tuple[str, ...]:
        """Everybody's, supervisors' too."""
        return (*[party.leg for party in self.parties], *[each.leg for each in self.supervisors])

    @property
    def company(self) -> bool:
        """A supervisor is in the conversation: the caller has a person in them."""
        return any(each.company for each in self.supervisors)

    def party(self, leg: str) -> Party | None:
        """The party on this leg; supervisors are none."""
        for party in self.parties:
            if party.leg == leg:
                return party
        return None

    def supervisor(self, leg: str) -> Supervisor | None:
        """The supervisor on this leg."""
        return next((each for each in self.supervisors if each.leg == leg), None)


Step = tuple[Call, tuple[Action, ...]]
"""A changed call, and what is to be done in this order."""


def new_call(call_id: str, offered: Offered, plan: Plan) -> Call:
    """A call from an inbound leg, nobody rung yet."""
    origin = offered.origin
    trunk = origin.name if origin.kind == "trunk" else ""
    caller = Party(offered.leg, "caller", "caller", offered.caller, origin, audio=offered.audio, trunk=trunk)
    return Call(
        id=call_id,
        number=offered.number,
        platform=plan.platform,
        route=plan.route,
        parties=(caller,),
        home=plan.targets,
        targets=plan.targets,
        referred_by=offered.referred_by,
        quiet=plan.silent_danger == "always",
        silent_danger=plan.silent_danger,
        key=plan.key,
        display=offered.display,
        private=offered.private,
        way=offered.way,
        asks=bool(offered.agent),
        hops=offered.hops,
        recorded=Recorded(plan.recording),
        relay=plan.relay,
        incident=offered.incident,
    )


def someone(call: Call, leg: str) -> Party | None:
    """Whoever is on this leg, supervisors too."""
    supervisor = call.supervisor(leg)
    return call.party(leg) if supervisor is None else supervisor.party


def change(call: Call, leg: str, **fields: Any) -> Call:
    """The call with these fields of one party changed, or of a supervisor's telephone."""
    if call.supervisors and call.supervisor(leg) is not None:
        changed = [_phone(each, fields) if each.leg == leg else each for each in call.supervisors]
        return replace(call, supervisors=tuple(changed))
    parties = tuple([replace(p, **fields) if p.leg == leg else p for p in call.parties])
    return replace(call, parties=parties)


def _phone(supervisor: Supervisor, fields: dict[str, Any]) -> Supervisor:
    return replace(supervisor, party=replace(supervisor.party, **fields))


def without(call: Call, leg: str) -> Call:
    """The call less this party."""
    return replace(call, parties=tuple(party for party in call.parties if party.leg != leg))


def with_transfer(call: Call, **fields: Any) -> Call:
    """The call with its newest transfer changed."""
    return replace(call, transfers=(*call.transfers[:-1], replace(call.transfers[-1], **fields)))


def seat(call: Call, leg: str, port: int) -> Call:
    """The call with our RTP port for this leg, 1..65535."""
    return change(call, leg, port=port)


def next_leg(call: Call) -> tuple[Call, str]:
    """A fresh leg id, made from the call's own."""
    return replace(call, dialled=call.dialled + 1), f"{call.id}.{call.dialled + 1}"
