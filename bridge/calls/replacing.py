"""One leg takes another's place in a call (RFC 3891): a PBX completes its transfer, a phone picks a call up.

Pure. The newcomer gets the old leg's role at one stroke, so that nobody is ever between two people; it is
answered first, then the old leg goes.
"""

from __future__ import annotations

from bridge.calls import transfer as rule
from bridge.calls.actions import Action, Answer, HangUp, MoveTicket, OpenTicket
from bridge.calls.call import Call, Step, Transfer
from bridge.calls.events import Answers, Offered
from bridge.calls.handover import on_recipient
from bridge.calls.parties import Party
from bridge.calls.ringing import on_ringing
from bridge.frozen import replace
from bridge.routing.plan import Origin


def entitled(newcomer: Origin, party: Party) -> bool:
    """Whether whoever sends the newcomer may put this party out (§3): the exchange it is behind, or an agent
    of ours in the place of an agent. The dialog's tags, which nobody guesses, are asked for besides."""
    if newcomer.kind == "trunk":
        return party.trunk == newcomer.name
    return party.origin.kind == "agent"


def take_place(call: Call, old: str, offered: Offered, port: int, *, incident: str, transfer: str) -> Step:
    """The newcomer at our RTP `port` instead of the leg `old`, which the call has. Fresh ids for the ticket
    that opens when a caller comes in for the agent who asked the desk first."""
    party = call.party(old)
    if party is None:
        return call, ()
    call = _swapped(call, party, offered, port)
    if party.leg == call.ringing or (party.role == "recipient" and not party.up):
        call, then = _picked_up(call, party, offered)
    else:
        call, then = _completed(call, party, offered, incident, transfer)
    return call, (Answer(offered.leg), *then, HangUp(old, "replaced"))


def _swapped(call: Call, party: Party, offered: Offered, port: int) -> Call:
    leg = offered.leg
    trunk = offered.origin.name if offered.origin.kind == "trunk" else ""
    # An agent stays that agent at whichever of the exchange's legs; a caller is whoever comes now.
    same = party.origin.kind == "agent" and party.role != "caller"
    origin, number = (party.origin, party.number) if same else (offered.origin, offered.caller)
    new = replace(
        party,
        leg=leg,
        number=number,
        origin=origin,
        trunk=trunk,
        port=port,
        audio=offered.audio,
        early=False,
        heard=False,
    )
    parties = tuple(new if each.leg == party.leg else each for each in call.parties)
    transfers = tuple(_renamed(each, party.leg, leg) for each in call.transfers)
    call = replace(call, parties=parties, transfers=transfers)
    if party.role != "caller":
        return call
    return replace(call, display=offered.display, private=offered.private, way=offered.way, asks=False)


def _renamed(transfer: Transfer, old: str, new: str) -> Transfer:
    if not transfer.in_flight:
        return transfer
    initiator = new if transfer.initiator == old else transfer.initiator
    recipient = new if transfer.recipient == old else transfer.recipient
    return replace(transfer, initiator=initiator, recipient=recipient)


def _picked_up(call: Call, party: Party, offered: Offered) -> Step:
    """A leg that rang: the newcomer has answered in its place."""
    answers = Answers(offered.leg, offered.audio)
    if party.leg == call.ringing:
        return on_ringing(replace(call, ringing=offered.leg), answers)
    return on_recipient(call, answers)


def _completed(call: Call, party: Party, offered: Offered, incident: str, transfer: str) -> Step:
    """An answered leg: nothing changes but who is there. When the caller comes in for the agent who had asked
    a key's desk, that is the transfer, made by the PBX."""
    attendant = call.attendant
    if party.role != "caller" or attendant is None or not call.key or call.transfers:
        return call, ()
    made = Transfer(
        id=transfer,
        incident=incident,
        number=call.number,
        platform=call.platform,
        route=call.route,
        mode=rule.Mode.DIRECT,
        state=rule.State.CONNECTED,
        initiator="",
        recipient=attendant.leg,
        targets=(),
        via="invite",
        at=offered.at,
    )
    told: tuple[Action, ...] = (OpenTicket(transfer), MoveTicket(transfer, moved=True, reason=""))
    return replace(call, transfers=(made,), referred_by=offered.referred_by or party.number), told
