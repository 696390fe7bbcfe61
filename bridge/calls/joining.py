"""Two calls of one person become one: the attended transfer (REFER with Replaces) where both are ours.

Pure. To the call with the caller it is a press of the key whose recipient is there already: the same table
decides, so the same promises hold. The other call gives its far leg away and is over.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.calls import transfer as rule
from bridge.calls.actions import Action, HangUp, Over, TellKey
from bridge.calls.call import Call, Phase, Transfer
from bridge.calls.handover import move
from bridge.calls.parties import Party
from bridge.errors import NotTheirKey, WrongMoment
from bridge.frozen import replace


@dataclass(frozen=True, slots=True)
class Joined:
    """pressed: the call at the press, for its ticket; call: as it is now; gave: the other call, over."""

    pressed: Call
    call: Call
    actions: tuple[Action, ...]
    gave: Call
    gave_actions: tuple[Action, ...]
    ticket: bool


Line = tuple[Call, str]
"""A call and one of its legs."""


def join(mine: Line, theirs: Line, *, incident: str, transfer: str, at: float) -> Joined:
    """The REFER came on `mine` (call and leg) and names `theirs`: both legs are one person's and go; the two
    they talked with are connected. Of the two calls the one stays in which that person is not the caller.

    Raises NotTheirKey when the legs are two people's, WrongMoment when one of the calls is not in
    conversation, or being transferred.
    """
    if not _same_person(mine, theirs):
        raise NotTheirKey("两通电话不是同一个人的")
    (call, leg), (other, away) = _kept_first(mine, theirs)
    call = _turned(call, leg)
    fars = [party for party in other.parties if party.leg != away and _there(other, party)]
    if call.phase is not Phase.TALKING or len(fars) != 1 or _moving(call) or _moving(other):
        raise WrongMoment("两通电话都要在通话中才能接在一起")
    far = fars[0]
    pressed = _pressed(call, leg, other, far, incident, transfer, at)
    done, actions = move(pressed, rule.Event.ANSWERS) if far.up else (pressed, ())
    gave, gave_actions = _given(other, away, asked=mine[1] == away)
    return Joined(pressed, done, actions, gave, gave_actions, other.key)


def _same_person(mine: Line, theirs: Line) -> bool:
    """One extension of ours, or two legs of one exchange, which alone knows whose they are."""
    one, two = (call.party(leg) for call, leg in (mine, theirs))
    if one is None or two is None or mine[0].id == theirs[0].id:
        return False
    return (one.origin == two.origin and one.origin.kind == "agent") or (one.trunk == two.trunk != "")


def _kept_first(mine: Line, theirs: Line) -> tuple[Line, Line]:
    calls_there = theirs[0].caller.leg != theirs[1]
    return (theirs, mine) if mine[0].caller.leg == mine[1] and calls_there else (mine, theirs)


def _turned(call: Call, leg: str) -> Call:
    """The same call seen from the person it is for: who was called by the one who goes now is its caller."""
    attendant = call.attendant
    if call.caller.leg != leg or attendant is None:
        return call
    caller = replace(attendant, role="caller", speaker="caller")
    goes = replace(call.caller, role="attendant", speaker=call.platform)
    rest = (party for party in call.parties if party not in {attendant, call.caller})
    return replace(call, parties=(caller, goes, *rest))


def _there(call: Call, party: Party) -> bool:
    return party.up or party.leg == call.ringing


def _moving(call: Call) -> bool:
    return call.transfer is not None and call.transfer.in_flight


def _pressed(call: Call, leg: str, other: Call, far: Party, incident: str, transfer: str, at: float) -> Call:
    made = Transfer(
        id=transfer,
        incident=incident,
        number=other.number,
        platform=other.platform,
        route=other.route,
        mode=rule.Mode.DIRECT,
        state=rule.State.DIALLING,
        initiator=leg,
        recipient=far.leg,
        targets=() if far.up else other.targets,
        via="refer",
        at=at,
    )
    recipient = replace(far, role="recipient", speaker=other.platform, play=None)
    return replace(call, transfers=(*call.transfers, made), parties=(*call.parties, recipient))


def _given(other: Call, away: str, *, asked: bool) -> tuple[Call, tuple[Action, ...]]:
    """The call that gives its far leg away. asked: the REFER came on its leg, so it is told here."""
    told: tuple[Action, ...] = (TellKey(away, 200, "OK"),) if asked else ()
    left = tuple(party for party in other.parties if party.leg == away)
    over = replace(other, phase=Phase.OVER, ringing="", parties=left)
    return over, (*told, HangUp(away, "joined"), Over("joined"))
