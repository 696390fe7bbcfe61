"""SIP legs for the switchboard: the user agent's events in the words of calls, and the Signalling port over
it.

It knows offers and answers. It decides nothing about a call; who must prove themselves do so to the
doorman, how a target is reached is `sip_targets`', what a request says `sip_reading`'s. A stranger's
nonsense ends here, with an answer and a count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from bridge.adapters.metrics import SIP_REFUSED
from bridge.adapters.sip_doorman import Doorman, Prove
from bridge.adapters.sip_reading import SDP_TYPE, caller_of, read_body, read_digit, user_of
from bridge.adapters.sip_targets import Targets
from bridge.calls.events import Answers, Leaves, LegEvent, Lives, Offered, Refuses, Reoffers, Rings
from bridge.clock import Clock
from bridge.errors import MalformedSdp, NoCommonCodec, PeerError
from bridge.ports import DialOrder
from bridge.routing.doors import AgentDoor, Stranger, TrunkDoor
from bridge.routing.plan import Origin
from bridge.sip import events as ua
from bridge.sip.grammar import parse_uri
from bridge.sip.message import Request
from bridge.sip.sdp import read_answer, write_answer, write_offer
from bridge.sip.useragent import UserAgent

log = structlog.get_logger(__name__)

_ACCEPT: Final = {415: (("Accept", SDP_TYPE),)}
"""RFC 3261 §21.4.13: a 415 says what would be understood."""


class Listener(Protocol):
    """Who is told what legs do: the switchboard."""

    def offered(self, event: Offered) -> None:
        """A new inbound leg."""

    def on(self, event: LegEvent) -> None:
        """News of a leg."""

    def refer(self, leg: str, number: str, at: float) -> None:
        """The key by REFER."""

    def digit(self, leg: str, digit: str, at: float) -> None:
        """A key of the phone, by INFO."""


class Stack(Protocol):
    """The user agent and its socket."""

    def run(self, command: Callable[[UserAgent, float], list[ua.Output]]) -> None:
        """Do something with the user agent now; what comes of it is sent and told."""

    def soon(self, then: Callable[[], None]) -> None:
        """Call back after the present event."""


@dataclass
class _Leg:
    """What SDP needs to remember of a leg. offer: the peer's, while it waits for our answer."""

    session: int
    version: int = 0
    port: int = 0
    offer: bytes = b""


class SipEndpoint:
    """address: the numeric address our SDP and Contact show; trunks by name; session: fresh SDP session
    ids."""

    def __init__(
        self,
        *,
        stack: Stack,
        doorman: Doorman,
        targets: Targets,
        address: str,
        clock: Clock,
        session: Callable[[], int],
    ) -> None:
        self._stack, self._doorman, self._targets = stack, doorman, targets
        self._address, self._clock, self._session = address, clock, session
        self._legs: dict[str, _Leg] = {}
        self.listener: Listener | None = None

    # --- the Signalling port ------------------------------------------------------------------------------

    def dial(self, leg: str, order: DialOrder) -> None:
        """INVITE to the target, with our offer."""
        place = self._targets.where(order, self._clock.monotonic())
        if place is None:
            gone = Refuses(leg, 480, "Temporarily Unavailable")
            self._stack.soon(lambda: self._hear(gone))
            return
        state = self._legs[leg] = _Leg(self._session(), 1, order.port)
        body = write_offer(self._address, order.port, state.session, state.version)
        invitation = self._targets.invitation(order, place, body)
        self._stack.run(lambda agent, now: agent.invite(leg, invitation, now))

    def ring(self, leg: str) -> None:
        """180."""
        self._stack.run(lambda agent, now: agent.ring(leg, now))

    def answer(self, leg: str, port: int) -> None:
        """200 with our answer, or with our offer where the INVITE had none."""
        state = self._legs.get(leg)
        if state is None:
            return
        state.port = port
        body = self._body(state)
        self._stack.run(lambda agent, now: agent.accept(leg, body, now))

    def refuse(self, leg: str, status: int, reason: str) -> None:
        """A final answer that is no."""
        self._legs.pop(leg, None)
        self._stack.run(lambda agent, now: agent.refuse(leg, status, reason, now))

    def hang_up(self, leg: str, reason: str) -> None:
        """BYE, CANCEL or a final answer, as the leg wants; Q.850 cause 16 is normal clearing."""
        self._legs.pop(leg, None)
        why = (("Reason", f'Q.850;cause=16;text="{reason}"'),)
        self._stack.run(lambda agent, now: agent.hang_up(leg, now, why))

    def accept_key(self, leg: str) -> None:
        """202 and the first NOTIFY."""
        self._stack.run(lambda agent, now: agent.accept_refer(leg, now))

    def refuse_key(self, leg: str, status: int, reason: str) -> None:
        """A final answer to the REFER."""
        SIP_REFUSED.labels("refer").inc()
        self._stack.run(lambda agent, now: agent.refuse_refer(leg, status, reason, now))

    def tell_key(self, leg: str, status: int, reason: str) -> None:
        """NOTIFY with sipfrag."""
        self._stack.run(lambda agent, now: agent.notify(leg, status, reason, now))

    # --- the user agent's events ----------------------------------------------------------------------------

    def on_event(self, event: ua.Event) -> None:
        """Whatever the user agent tells."""
        match event:
            case ua.InviteReceived():
                self._invited(event)
            case ua.Trying(leg):
                self._hear(Lives(leg))
            case ua.Progress(leg):
                self._hear(Rings(leg))
            case ua.Answered():
                self._answered(event)
            case ua.Refused(leg, status, reason):
                self._legs.pop(leg, None)
                self._hear(Refuses(leg, status, reason))
            case ua.Ended(leg, cause):
                self._legs.pop(leg, None)
                self._hear(
                    Leaves(leg, "bye" if cause == "bye" else "cancel" if cause == "cancel" else "lost")
                )
            case ua.OfferReceived(leg, request):
                self._reoffered(leg, request)
            case ua.Confirmed(leg, body) | ua.AnswerReceived(leg, body):
                self._late_answer(leg, body)
            case ua.ReferReceived():
                self._referred(event)
            case ua.InfoReceived(leg, kind, body):
                self._info(leg, kind, body)
            case _:
                self._out_of_dialog(event)

    def _out_of_dialog(self, event: ua.Event) -> None:
        match event:
            case ua.RegisterReceived(key, request, source):
                reply = self._doorman.register(request, source, self._clock.monotonic())
                self._stack.run(
                    lambda agent, now: agent.respond(key, reply.status, reply.reason, now, reply.headers)
                )
            case ua.RequestReceived(key):
                self._stack.run(lambda agent, now: agent.respond(key, 405, "Method Not Allowed", now))
            case ua.Discarded(part):
                SIP_REFUSED.labels(part).inc()

    def _hear(self, event: LegEvent) -> None:
        if self.listener is not None:
            self.listener.on(event)

    # --- inbound ------------------------------------------------------------------------------------------

    def _invited(self, event: ua.InviteReceived) -> None:
        now = self._clock.monotonic()
        door = self._doorman.who(event.request, event.source, now)
        match door:
            case Prove(headers):
                self._stack.run(lambda agent, at: agent.refuse(event.leg, 401, "Unauthorized", at, headers))
            case Stranger():
                self._no(event.leg, 403, "Forbidden", "unknown-network")
            case TrunkDoor(name):
                self._offer(event, Origin("trunk", name), now)
            case AgentDoor(extension):
                self._offer(event, Origin("agent", extension), now)

    def _offer(self, event: ua.InviteReceived, origin: Origin, now: float) -> None:
        request = event.request
        try:
            audio = read_body(request)
            number = parse_uri(request.uri).dialled
            caller = origin.name if origin.kind == "agent" else caller_of(request)
        except PeerError as error:
            self._no(event.leg, error.sip_status, _PHRASES.get(error.sip_status, "Bad Request"), error.id)
            return
        self._legs[event.leg] = _Leg(self._session(), 0, 0, request.body)
        referred_by = user_of(request, "Referred-By") or user_of(request, "Diversion")
        if self.listener is not None:
            self.listener.offered(Offered(event.leg, number, caller, "", origin, audio, now, referred_by))

    def _no(self, leg: str, status: int, reason: str, why: str) -> None:
        SIP_REFUSED.labels(why).inc()
        self._stack.run(lambda agent, now: agent.refuse(leg, status, reason, now, _ACCEPT.get(status, ())))

    def _reoffered(self, leg: str, request: Request) -> None:
        """A re-INVITE changes the peer's side; ours stays as it is. Hold is answered by what it means
        (§8.4)."""
        state = self._legs.get(leg)
        if state is None:
            self._stack.run(lambda agent, now: agent.refuse_offer(leg, 481, "No Session", now))
            return
        try:
            audio = read_body(request)
        except PeerError as error:
            status, reason = error.sip_status, _PHRASES.get(error.sip_status, "Bad Request")
            SIP_REFUSED.labels(error.id).inc()
            self._stack.run(lambda agent, now: agent.refuse_offer(leg, status, reason, now))
            return
        state.offer = request.body
        body = self._body(state)
        self._stack.run(lambda agent, now: agent.answer_offer(leg, body, now))
        if audio is not None:
            self._hear(Reoffers(leg, audio))

    def _body(self, state: _Leg) -> bytes:
        """Our answer to the offer that waits, or an offer of our own. RFC 3264 §8: each description is one
        version on."""
        state.version += 1
        if state.offer:
            offer, state.offer = state.offer, b""
            return write_answer(offer, self._address, state.port, state.session, state.version)
        return write_offer(self._address, state.port, state.session, state.version)

    def _answered(self, event: ua.Answered) -> None:
        try:
            audio = read_answer(event.response.body)
        except (MalformedSdp, NoCommonCodec) as error:
            SIP_REFUSED.labels(error.id).inc()
            self.hang_up(event.leg, "no usable answer")
            self._hear(Refuses(event.leg, 488, "Not Acceptable Here"))
            return
        self._hear(Answers(event.leg, audio))

    def _late_answer(self, leg: str, body: bytes) -> None:
        if not body or leg not in self._legs:
            return
        try:
            self._hear(Reoffers(leg, read_answer(body)))
        except (MalformedSdp, NoCommonCodec) as error:
            SIP_REFUSED.labels(error.id).inc()
            self.hang_up(leg, "no usable answer")
            self._hear(Leaves(leg, "lost"))

    def _referred(self, event: ua.ReferReceived) -> None:
        if "replaces" in event.refer_to.uri.headers.lower():
            self.refuse_key(event.leg, 501, "Not Implemented")
        elif self.listener is not None:
            self.listener.refer(event.leg, event.refer_to.uri.dialled, self._clock.monotonic())

    def _info(self, leg: str, kind: str, body: bytes) -> None:
        digit = read_digit(kind, body)
        if digit is not None and self.listener is not None:
            self.listener.digit(leg, digit, self._clock.monotonic())


_PHRASES: Final = {400: "Bad Request", 488: "Not Acceptable Here", 415: "Unsupported Media Type"}
