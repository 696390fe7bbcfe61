"""Who knocks: a new INVITE from its sender's proof to an `Offered`, or to a refusal that is counted.

The doorman proves who it is; here is read what is asked for, by whom and who sent them.
"""

from __future__ import annotations

from bridge.adapters.metrics import SIP_REFUSED
from bridge.adapters.sip_doorman import Doorman, Prove
from bridge.adapters.sip_line import Line, refusal
from bridge.adapters.sip_reading import caller_of, read_body, user_of
from bridge.calls.events import Offered
from bridge.errors import PeerError
from bridge.routing.doors import AgentDoor, Stranger, TrunkDoor
from bridge.routing.plan import Origin
from bridge.sip import events as ua
from bridge.sip.grammar import parse_uri

HeaderTuple = tuple[tuple[str, str], ...]


class Inbound:
    """New calls from outside."""

    def __init__(self, line: Line, doorman: Doorman) -> None:
        self._line, self._doorman = line, doorman

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
            case TrunkDoor(name):
                self._offer(event, Origin("trunk", name), now)
            case AgentDoor(extension):
                self._offer(event, Origin("agent", extension), now)

    def _offer(self, event: ua.InviteReceived, origin: Origin, now: float) -> None:
        request = event.request
        try:
            shield = self._line.secrecy.of_origin(origin, event.source.transport)
            audio = read_body(request, shield)
            number = parse_uri(request.uri).dialled
            caller = origin.name if origin.kind == "agent" else caller_of(request)
        except PeerError as error:
            self._refuse(event.leg, *refusal(error))
            return
        self._line.describe(event.leg, offer=request.body, shield=shield)
        referred_by = user_of(request, "Referred-By") or user_of(request, "Diversion")
        offered = Offered(event.leg, number, caller, "", origin, audio, now, referred_by)
        if self._line.listener is not None:
            self._line.listener.offered(offered)

    def _refuse(self, leg: str, status: int, reason: str, headers: HeaderTuple = ()) -> None:
        self._line.stack.run(lambda agent, now: agent.refuse(leg, status, reason, now, headers))
