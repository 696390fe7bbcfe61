"""Who knocks: a new INVITE from its sender's proof to an `Offered`, or to a refusal that is counted.

The doorman proves who it is; here is read what is asked for, by whom and who sent them.
"""

from __future__ import annotations

from typing import Final

from bridge.adapters.metrics import SIP_REFUSED
from bridge.adapters.sip_branches import leg_of
from bridge.adapters.sip_domains import Domains
from bridge.adapters.sip_doorman import Doorman, Prove
from bridge.adapters.sip_line import Line, refusal
from bridge.adapters.sip_listening import ListeningLegs
from bridge.adapters.sip_reading import hops_of, read_body, user_of
from bridge.calls.events import Offered
from bridge.errors import PeerError
from bridge.routing.doors import AgentDoor, Stranger, TrunkDoor
from bridge.routing.plan import Origin
from bridge.sip import events as ua
from bridge.sip.diversion import read_way
from bridge.sip.grammar import parse_uri
from bridge.sip.identity import read_identity
from bridge.sip.reliable import wants
from bridge.sip.uui import incident_of

HeaderTuple = tuple[tuple[str, str], ...]
_PHRASES: Final = {481: "Call/Transaction Does Not Exist", 486: "Busy Here", 603: "Decline"}
"""Why a dialog is not replaced (RFC 3891 §3)."""


class Inbound:
    """New calls from outside."""

    def __init__(self, line: Line, doorman: Doorman, domains: Domains, listening: ListeningLegs) -> None:
        self._line, self._doorman, self._domains = line, doorman, domains
        self._listening = listening

    def invited(self, event: ua.InviteReceived) -> None:
        """An INVITE outside any dialog."""
        now = self._line.clock.monotonic()
        door = self._doorman.who(event.request, event.source, now)
        match door:
            case Prove(headers):
                self._refuse(event.leg, 401, "Unauthorized", headers)
            case Stranger():
                SIP_REFUSED.labels("unknown-network").inc()
                self._refuse(event.leg, 403, "Forbidden")
            case TrunkDoor(name) if self._listening.invited(event, name, now):
                pass
            case TrunkDoor(name):
                self._offer(event, Origin("trunk", name), now)
            case AgentDoor(extension):
                self._offer(event, Origin("agent", extension), now)

    def _offer(self, event: ua.InviteReceived, origin: Origin, now: float) -> None:
        request, match = event.request, event.replaces
        if match is not None and match.status:
            SIP_REFUSED.labels("replaces").inc()
            self._refuse(event.leg, match.status, _PHRASES[match.status])
            return
        try:
            shield = self._line.secrecy.of_origin(origin, event.source.transport)
            audio = read_body(request, shield)
            uri = parse_uri(request.uri)
            who = read_identity(request, trusted=self._domains.trusted(origin))
        except PeerError as error:
            self._refuse(event.leg, *refusal(error))
            return
        self._domains.learn(uri.host)
        state = self._line.describe(event.leg, offer=request.body, shield=shield)
        asks_prack = wants(request)
        state.reliably = asks_prack == "require" or (bool(asks_prack) and origin.name in self._line.pracks)
        state.late = audio is None
        caller = origin.name if origin.kind == "agent" else who.number
        way = read_way(request)
        referred_by = user_of(request, "Referred-By") or (way[-1].number if way else None)
        asks = self._domains.agent_behind(caller, origin) and not referred_by
        offered = Offered(
            leg=event.leg,
            number=uri.dialled,
            caller=caller,
            display=who.display,
            origin=origin,
            audio=audio,
            at=now,
            referred_by=referred_by,
            replaces=leg_of(match.leg) if match is not None else "",
            agent=caller if asks else "",
            private=who.private,
            way=way,
            hops=hops_of(request),
            incident=incident_of(request) if origin.kind == "trunk" else "",
        )
        if self._line.listener is not None:
            self._line.listener.offered(offered)

    def _refuse(self, leg: str, status: int, reason: str, headers: HeaderTuple = ()) -> None:
        self._line.stack.run(lambda agent, now: agent.refuse(leg, status, reason, now, headers))
