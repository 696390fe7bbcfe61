"""SIP legs for the switchboard: the Signalling port over a user agent, and the way each of its events takes.

It decides nothing about a call. Its rooms: `sip_inbound` (who knocks), `sip_offers` (descriptions),
`sip_branches` (several phones), `sip_keys` (REFER, INFO), `sip_targets` (where a target is), `sip_line` (what
they share). A stranger's nonsense ends here, with an answer and a count.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.adapters.metrics import SIP_FAILOVERS, SIP_REFUSED
from bridge.adapters.sip_branches import Branches
from bridge.adapters.sip_domains import Domains
from bridge.adapters.sip_doorman import Doorman
from bridge.adapters.sip_inbound import Inbound
from bridge.adapters.sip_keys import PhoneKeys
from bridge.adapters.sip_line import Line, Listener, Stack
from bridge.adapters.sip_listening import ListeningLegs
from bridge.adapters.sip_moves import Moves
from bridge.adapters.sip_offers import Offers
from bridge.adapters.sip_passing import Engine, Passing
from bridge.adapters.sip_secrecy import NOBODY, Secrecy
from bridge.adapters.sip_targets import Targets, Where
from bridge.calls.events import Leaves, Lives, Refuses, Rings
from bridge.clock import Clock
from bridge.ports import DialOrder
from bridge.settings import Trunk
from bridge.sip import events as ua
from bridge.sip.grammar import parse_uri
from bridge.sip.orders import Invitation
from bridge.sip.reason import broke, ended, of_status, status_of


class SipEndpoint:
    """address: the numeric address our SDP shows; session: fresh SDP session ids; secrecy: whose voice is
    encrypted; noise: comfort noise is offered and taken; domains: hosts that are us."""

    def __init__(
        self,
        *,
        stack: Stack,
        doorman: Doorman,
        targets: Targets,
        address: str,
        clock: Clock,
        session: Callable[[], int],
        secrecy: Secrecy = NOBODY,
        noise: bool = False,
        domains: Domains,
    ) -> None:
        self._stack, self._doorman, self._targets, self._clock = stack, doorman, targets, clock
        self._domains = domains
        line = self._line = Line(
            stack, address, clock, session, secrecy=secrecy, noise=noise, pracks=targets.pracks
        )
        self.listening = ListeningLegs(line)
        self._inbound = Inbound(line, doorman, domains, self.listening)
        self._branches = Branches(line)
        self._offers, self._keys = Offers(line), PhoneKeys(line, domains)
        self._moves = Moves(line, targets)
        self._passing: Passing | None = None
        self.move = self._moves.ask
        self.accept_key, self.refuse_key = self._keys.accept, self._keys.refuse
        self.tell_key, self.pass_digit = self._keys.tell, self._keys.pass_digit
        self.registered: Callable[[ua.RegisterAnswered], None] = lambda _event: None
        self.probed: Callable[[str, int], None] = lambda _key, _status: None
        """Told how an OPTIONS of ours ended."""

    @property
    def listener(self) -> Listener | None:
        """Who is told what legs do."""
        return self._line.listener

    @listener.setter
    def listener(self, listener: Listener | None) -> None:
        self._line.listener = listener

    # --- the Signalling port ------------------------------------------------------------------------------

    def dial(self, leg: str, order: DialOrder) -> None:
        """INVITE to the target, with our offer; to all phones of an extension at once."""
        found = self._targets.where(order, self._clock.monotonic())
        secrecy, target = self._line.secrecy, order.target
        places = [(place, secrecy.of_target(target, place[1][0].transport)) for place in found]
        # Keys in the clear are none.
        fit = [each for each in places if each[1].policy != "required" or each[1].secret]
        if not fit:
            status = (488, "Not Acceptable Here") if places else (480, "Temporarily Unavailable")
            self._unreachable(leg, *status)
            return
        for name, (place, shield) in zip(self._branches.open(leg, len(fit)), fit, strict=True):
            state = self._line.describe(name, order.port, shield=shield)
            if order.passes and len(fit) == 1 and self._passed(name, order, place):
                return
            self._invite(name, self._targets.invitation(order, place, self._line.body(state)))

    def _passed(self, leg: str, order: DialOrder, place: Where) -> bool:
        """The INVITE goes out as soon as rtpengine has said what to write; False: it is not to be asked."""
        if self._passing is None or not self._passing.takes(leg, order.passes):
            return False
        invite = self._targets.invitation
        self._passing.offer(leg, order.passes, lambda body: self._invite(leg, invite(order, place, body)))
        return True

    def pass_by(self, engine: Engine) -> None:
        """An rtpengine, for orders that may pass by it."""
        self._passing = Passing(self._line, engine)

    def renew(self, trunks: dict[str, Trunk]) -> None:
        """Other trunks, for calls from now on."""
        self._targets.renew(trunks)
        self._line.pracks = self._targets.pracks

    def bring_home(self, leg: str) -> None:
        """The leg and the one it is passed on to get our own relay's address."""
        if self._passing is not None:
            self._passing.bring_home(leg)

    def _invite(self, name: str, invitation: Invitation) -> None:
        self._stack.run(lambda agent, now: agent.invite(name, invitation, now))

    def _unreachable(self, leg: str, status: int, reason: str) -> None:
        self._stack.soon(lambda: self._line.hear(Refuses(leg, status, reason)))

    def ring(self, leg: str, port: int, *, early: bool) -> None:
        """180, or 183 with our description for early media. A reliable 180 where the INVITE had no offer
        carries ours (RFC 3262 §5)."""
        state = self._line.described(leg)
        if state is None:
            return
        body = self._line.said(leg, port) if early or (state.late and state.reliably) else b""
        status, reason = (183, "Session Progress") if early else (180, "Ringing")
        self._stack.run(
            lambda agent, now: agent.ring(leg, now, status, reason, (), body, reliably=state.reliably)
        )

    def answer(self, leg: str, port: int) -> None:
        """200 with our answer, or with our offer where the INVITE had none."""
        if self._line.described(leg) is None:
            return
        body = self._line.said(leg, port)
        self._stack.run(lambda agent, now: agent.accept(leg, body, now))

    def refuse(self, leg: str, status: int, reason: str, retry_after: int | None = None) -> None:
        """A final answer that is no, with its Q.850 cause for a gateway behind the peer (RFC 6432)."""
        self._line.forget(leg)
        wait = (("Retry-After", str(retry_after)),) if retry_after is not None else ()
        why = (("Reason", of_status(status)), *wait)
        self._stack.run(lambda agent, now: agent.refuse(leg, status, reason, now, why))

    def hang_up(self, leg: str, reason: str) -> None:
        """BYE, CANCEL or a final answer, as the leg wants."""
        if self._moves.drop(leg):
            return
        why = (("Reason", ended(reason)),)
        for name in self._branches.close(leg):
            self._line.forget(name)
            self._stack.run(lambda agent, now, it=name: agent.hang_up(it, now, why))  # type: ignore[misc]

    # --- the user agent's events ----------------------------------------------------------------------------

    def on_event(self, event: ua.Event) -> None:
        """Whatever the user agent tells."""
        of_leg = self._branches.heard(event)
        if of_leg is not None and not self.listening.heard(of_leg):
            self._on_event(of_leg)

    def _on_event(self, event: ua.Event) -> None:
        match event:
            case ua.InviteReceived():
                self._inbound.invited(event)
            case ua.Trying(leg):
                self._line.hear(Lives(leg))
            case ua.Progress(leg, _, _, body):
                self._rings(leg, body)
            case ua.Answered(leg):
                self._answered(leg, event)
            case ua.Refused(leg, status, reason, headers):
                self._line.forget(leg)
                said = [value for name, value in headers if name.lower() == "reason"]
                self._line.hear(Refuses(leg, status_of(status, said), reason))
            case ua.Ended(leg, cause, reason):
                self._ended(leg, cause, reason)
            case ua.OfferReceived(leg, request):
                self._offers.reoffered(leg, request)
            case ua.Confirmed(leg, body) | ua.AnswerReceived(leg, body):
                self._offers.late(leg, body)
            case ua.OfferAnswered(leg, response):
                self._taken(leg, response.body)
            case ua.ReferReceived():
                self._keys.referred(event)
            case ua.InfoReceived(leg, kind, body):
                self._keys.info(leg, kind, body)
            case _:
                self._out_of_dialog(event)

    def _rings(self, leg: str, body: bytes) -> None:
        audio = self._offers.early(leg, body)
        if self._passing is None or audio is None:
            self._line.hear(Rings(leg, audio))
        else:
            self._passing.answer(leg, body, lambda: self._line.hear(Rings(leg, audio)))

    def _answered(self, leg: str, event: ua.Answered) -> None:
        if self._passing is None:
            self._offers.answered(event)
        else:
            body = event.response.body or event.early
            self._passing.answer(leg, body, lambda: self._offers.answered(event))

    def _taken(self, leg: str, body: bytes) -> None:
        self._offers.late(leg, body)
        if self._passing is not None:
            self._passing.taken(leg)

    def _ended(self, leg: str, cause: str, reason: str) -> None:
        """A BYE that says a line broke is nobody's wish."""
        self._line.forget(leg)
        cause = "lost" if cause == "bye" and broke(reason) else cause
        self._line.hear(Leaves(leg, "bye" if cause == "bye" else "cancel" if cause == "cancel" else "lost"))

    def _out_of_dialog(self, event: ua.Event) -> None:
        match event:
            case ua.RegisterReceived(key, request, source):
                reply = self._doorman.register(request, source, self._clock.monotonic())
                if reply.status == 200:
                    self._domains.learn(parse_uri(request.uri).host)
                self._stack.run(
                    lambda agent, now: agent.respond(key, reply.status, reply.reason, now, reply.headers)
                )
            case ua.RequestReceived(key):
                self._stack.run(lambda agent, now: agent.respond(key, 405, "Method Not Allowed", now))
            case ua.OptionsAnswered(key, status):
                self.probed(key, status)
            case ua.ReferTold():
                self._moves.told(event)
            case ua.RegisterAnswered():
                self.registered(event)
            case ua.Passed():
                SIP_FAILOVERS.inc()
            case ua.Discarded(part):
                SIP_REFUSED.labels(part).inc()
