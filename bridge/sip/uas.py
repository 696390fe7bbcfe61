"""Calls that come in (RFC 3261 §13.3, §9.2): from INVITE to the ACK of our 2xx, or to our refusal.

Knows provisional responses and their repetition, the 2xx that is repeated until its ACK comes, and CANCEL.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.errors import MalformedSip
from bridge.sip.carriage import Server
from bridge.sip.compose import HeaderList
from bridge.sip.core import ALLOW, MAX_LEGS, SDP, SUPPORTED, Core, may_update
from bridge.sip.dialog import as_callee
from bridge.sip.envelope import COOKIE
from bridge.sip.events import AnswerReceived, Confirmed, Ended, InviteReceived, OfferWithdrawn
from bridge.sip.leg import Leg, Phase, Unacknowledged
from bridge.sip.matching import match
from bridge.sip.message import Request
from bridge.sip.orders import HeaderTuple, Send
from bridge.sip.reliable import Reliable, wants
from bridge.sip.replaces import read_replaces
from bridge.sip.sessions import Sessions

PROVISIONAL_AGAIN: Final = 60.0
"""Seconds after which an unanswered call's provisional is sent again, so that no proxy gives it up
(§13.3.1.1)."""


class Callee:
    """The calls that come in, until they are confirmed."""

    def __init__(self, core: Core, reliable: Reliable, sessions: Sessions) -> None:
        self._core, self._reliable, self._sessions = core, reliable, sessions
        reliable.accept = self.accept
        self.quiet: Callable[[Leg, float], None] = lambda _leg, _now: None
        """Told when an ACK came and a new offer may be made (`offers`)."""

    def invited(self, server: Server, now: float) -> None:
        """A new INVITE, checked by the door."""
        core = self._core
        if len(core.legs) >= MAX_LEGS:
            core.reply(server, 503, now, ("Retry-After", "10"))
            return
        # §8.1.1.8: there must be one; who comes from before RFC 3261 (no cookie) is at its From.
        modern = server.envelope.via.branch.startswith(COOKIE)
        if modern and server.request.headers.first("contact") is None:
            core.reply(server, 400, now)
            return
        if short := self._sessions.too_short(server.request):
            core.reply(server, 422, now, *short)
            return
        server.tag = core.new_token()
        try:
            dialog = as_callee(server.request, server.envelope, server.tag, server.source)
            replaces = read_replaces(server.request)
        except MalformedSip:
            core.reply(server, 400, now)
            return
        leg = Leg(core.new_token(), Phase.OFFERED, dialog=dialog, server=server)
        leg.invite_number, leg.late_offer = server.envelope.cseq.number, not server.request.body
        leg.updates = may_update(server.request)
        core.legs[leg.id] = leg
        core.named(leg.id, dialog.call_id)
        core.index(leg, dialog)
        core.reply(server, 100, now)
        found = match(core, replaces) if replaces is not None else None
        core.emit(InviteReceived(leg.id, server.request, server.source, found))

    def ring(
        self,
        leg: Leg,
        status: int,
        reason: str,
        now: float,
        headers: HeaderList,
        body: bytes = b"",
        *,
        reliably: bool = False,
    ) -> None:
        """A provisional response 101..199. A description that was acknowledged is not said again."""
        server = leg.server
        if leg.phase is not Phase.OFFERED or server is None:
            return
        core, asks = self._core, wants(server.request)
        body = b"" if leg.agreed else body
        leg.said = body or leg.said
        if asks == "require" or (asks and reliably):
            self._reliable.ring(leg, status, reason, now, headers, body)
        else:
            contact = core.contact(server.source, server.request.uri)
            given = [contact, ALLOW, *headers, *([SDP] if body else ())]
            core.exchange.respond(server, status, now, reason, given, body)
        core.alarms.cancel(leg.alarm)
        self._remind(leg, now)

    def _remind(self, leg: Leg, now: float) -> None:
        server = leg.server
        if leg.phase is not Phase.OFFERED or server is None:
            return

        leg.alarm = self._core.alarms.set(now + PROVISIONAL_AGAIN, self._ring_again, leg, server)

    def _ring_again(self, leg: Leg, server: Server, now: float) -> None:
        self._core.send(server.data, server.to, server.spare)
        self._remind(leg, now)

    def accept(self, leg: Leg, body: bytes, now: float, headers: HeaderList) -> None:
        """200 with our answer (or offer, if the INVITE had none)."""
        if leg.phase is not Phase.OFFERED or leg.server is None or leg.dialog is None:
            return
        if self._reliable.holds(leg, body, headers):
            return
        body = b"" if leg.agreed else body
        self._core.alarms.cancel(leg.alarm)
        leg.phase = Phase.ACCEPTED
        leg.dialog = leg.dialog.confirmed()
        server, leg.server = leg.server, None
        self.send_success(leg, server, body, now, headers)

    def send_success(
        self, leg: Leg, server: Server, body: bytes, now: float, headers: HeaderList = ()
    ) -> None:
        """200 to an INVITE or re-INVITE, repeated until its ACK comes (§13.3.1.4, §14.2)."""
        core = self._core
        contact = core.contact(server.source, server.request.uri)
        # A Contact given by the user is further parameters of ours: where we are is the core's to say.
        features = "".join(value for name, value in headers if name == "Contact")
        contact = (contact[0], contact[1] + features)
        headers = [each for each in headers if each[0] != "Contact"]
        timer = self._sessions.grant(leg, server.request, now)
        leg.said = body or leg.said
        given = [contact, ALLOW, SUPPORTED, ("Server", core.product), *timer, *headers]
        given += [SDP] if body else []
        core.exchange.respond(server, 200, now, "OK", given, body)
        number, t1 = server.envelope.cseq.number, core.timers.t1
        waiting = Unacknowledged(
            number, Send(server.data, server.to, server.spare), t1, now + core.timers.give_up
        )
        leg.unacknowledged = waiting
        waiting.alarm = core.alarms.set(now + t1, self._repeat, leg, waiting)

    def _repeat(self, leg: Leg, waiting: Unacknowledged, now: float) -> None:
        core = self._core
        if now >= waiting.until:  # §13.3.1.4: no ACK: the session is ended with a BYE
            core.lost(leg, "timeout", now)
            return
        core.out.append(waiting.again)
        waiting.interval = min(2 * waiting.interval, core.timers.t2)
        when = min(now + waiting.interval, waiting.until)
        waiting.alarm = core.alarms.set(when, self._repeat, leg, waiting)

    def acknowledged(self, leg: Leg, request: Request, number: int, now: float) -> None:
        """An ACK for the 2xx to the INVITE with that CSeq number; any but the awaited one is a repetition."""
        waiting = leg.unacknowledged
        if waiting is None or waiting.number != number:
            return
        core = self._core
        core.alarms.cancel(waiting.alarm)
        leg.unacknowledged = None
        if leg.leaving_with is not None:  # §15: the BYE that waited for this ACK
            core.leave(leg, now, leg.leaving_with)
            return
        if leg.phase is Phase.ACCEPTED:
            leg.phase = Phase.CONFIRMED
            core.emit(Confirmed(leg.id, request.body))
        elif request.body:
            core.emit(AnswerReceived(leg.id, request.body))
        self.quiet(leg, now)

    def refuse(self, leg: Leg, status: int, reason: str, now: float, headers: HeaderList) -> None:
        """A final response 300..699; the leg is gone."""
        if leg.phase is not Phase.OFFERED or leg.server is None:
            return
        self._core.exchange.respond(leg.server, status, now, reason, headers)
        self._core.end(leg, now)

    def cancelled(self, leg: Leg, invite: Server, reason: str, now: float) -> None:
        """A CANCEL for this INVITE, already answered (§9.2). After a final response it changes nothing."""
        if not invite.open:
            return
        if leg.server is invite:
            self._core.end(leg, now)  # answers the INVITE 487
            self._core.emit(Ended(leg.id, "cancel", reason))
        elif leg.their_offer is invite:
            leg.their_offer = None
            self._core.reply(invite, 487, now)
            self._core.emit(OfferWithdrawn(leg.id))

    def give_up(self, leg: Leg, now: float, headers: HeaderTuple) -> None:
        """hang_up of a call that isn't confirmed: refuse it, or BYE once the ACK came (§15)."""
        if leg.phase is Phase.OFFERED:
            self.refuse(leg, 480, "Temporarily Unavailable", now, headers)
        else:
            leg.leaving_with = headers
