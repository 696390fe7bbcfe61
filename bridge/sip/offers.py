"""New offers within a confirmed leg, both ways (RFC 3261 §14, RFC 3311): one at a time, and what happens when
two meet.

Knows glare: an offer that meets ours gets 491, one that meets its own side's earlier one 500; ours, refused
with 491, is made again after the wait §14.1 gives. An offer of ours that can't be made yet waits; the latest
wish wins.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

from bridge.sip.carriage import Server
from bridge.sip.core import ALLOW, RETRY_AFTER, SDP, SUPPORTED, Core
from bridge.sip.events import OfferAnswered, OfferReceived, OfferRefused
from bridge.sip.leg import Leg, Phase
from bridge.sip.message import Response
from bridge.sip.reliable import Reliable
from bridge.sip.sessions import GONE, Sessions
from bridge.sip.uac import Caller
from bridge.sip.uas import Callee

MAX_TRIES: Final = 4
"""An offer that met another one so often is refused: the far end re-offers without end."""


class Offers:
    """re-INVITE and UPDATE."""

    def __init__(
        self, core: Core, caller: Caller, callee: Callee, reliable: Reliable, sessions: Sessions
    ) -> None:
        self._core, self._callee, self._sessions = core, callee, sessions
        caller.quiet = callee.quiet = reliable.quiet = self.resume
        sessions.reoffer = self.repeat

    # --- theirs ---

    def received(self, leg: Leg, server: Server, now: float) -> None:
        """A re-INVITE, or an UPDATE (also before the answer)."""
        core, request = self._core, server.request
        verdict = self._verdict(leg, server)
        if verdict:
            core.reply(server, verdict, now, *([RETRY_AFTER] if verdict == 500 else ()))
            return
        if short := self._sessions.too_short(request):
            core.reply(server, 422, now, *short)
            return
        self._refresh_target(leg, server)
        if request.method == "UPDATE" and not request.body:  # a target refresh, no offer
            timer = self._sessions.grant(leg, request, now) if leg.phase is Phase.CONFIRMED else ()
            contact = core.contact(server.source, request.uri)
            core.reply(server, 200, now, contact, ALLOW, SUPPORTED, *timer)
            return
        leg.their_offer = server
        if request.method == "INVITE":
            core.reply(server, 100, now)
        core.emit(OfferReceived(leg.id, request))

    def _refresh_target(self, leg: Leg, server: Server) -> None:
        tag = server.envelope.from_tag
        if leg.dialog is not None:
            leg.dialog = leg.dialog.refreshed(server.request, server.source)
        elif (early := leg.early.get(tag)) is not None:
            leg.early[tag] = early.refreshed(server.request, server.source)

    def _verdict(self, leg: Leg, server: Server) -> int:
        """0 to take it, or the status that refuses it (§14.2, RFC 3311 §5.2, RFC 5407 §3.1.4)."""
        if leg.phase is Phase.LEAVING:
            return 481
        if server.request.method == "UPDATE" and not server.request.body:
            return 0
        stands = leg.phase is Phase.CONFIRMED or server.envelope.from_tag in leg.agreed
        if leg.their_offer is not None or (leg.phase is Phase.OFFERED and not stands):
            return 500
        stands = stands and leg.leaving_with is None
        return 0 if stands and self._quiet(leg) else 491

    def answer(self, leg: Leg, body: bytes, now: float) -> None:
        """Accept theirs."""
        server, leg.their_offer = leg.their_offer, None
        if server is None:
            return
        if server.request.method == "INVITE":
            self._callee.send_success(leg, server, body, now)
            return
        core = self._core
        contact = core.contact(server.source, server.request.uri)
        leg.said = body
        timer = self._sessions.grant(leg, server.request, now) if leg.phase is Phase.CONFIRMED else ()
        core.exchange.respond(server, 200, now, "OK", (contact, ALLOW, SUPPORTED, *timer, SDP), body)
        self.resume(leg, now)

    def refuse(self, leg: Leg, status: int, reason: str, now: float) -> None:
        """Refuse theirs; the session stays as it was."""
        server, leg.their_offer = leg.their_offer, None
        if server is not None:
            self._core.exchange.respond(server, status, now, reason)
            self.resume(leg, now)

    # --- ours ---

    def make(self, leg: Leg, body: bytes, now: float) -> None:
        """Offer anew, as soon as nothing else is open."""
        if leg.phase not in {Phase.LEAVING, Phase.OVER}:
            leg.wanted_offer = body
            self.resume(leg, now)

    def resume(self, leg: Leg, now: float) -> None:
        """Make the offer that waits, if it may be made now."""
        body = leg.wanted_offer
        if body is not None and self._may_offer(leg) and leg.leaving_with is None and self._quiet(leg):
            leg.wanted_offer = None
            self._send(leg, body, 1, now)

    def _may_offer(self, leg: Leg) -> bool:
        """By re-INVITE once the call stands; before, by UPDATE, where the peer takes it and the first offer
        is answered (RFC 3311 §5.1). In a fork there is no telling which branch would be meant."""
        if leg.phase is Phase.CONFIRMED:
            return True
        early = leg.phase in {Phase.OFFERED, Phase.PROCEEDING}
        return early and leg.updates and len(leg.agreed) == 1

    def _quiet(self, leg: Leg) -> bool:
        return leg.their_offer is None and leg.our_offer is None and leg.unacknowledged is None

    def _send(self, leg: Leg, body: bytes, tries: int, now: float) -> None:
        self._core.alarms.cancel(leg.offer_alarm)
        leg.our_offer = body
        leg.said = body
        headers = (self._core.own_contact(leg), ALLOW, SUPPORTED, *self._sessions.renew(leg), SDP)
        stands = leg.phase is Phase.CONFIRMED
        self._core.request(
            leg,
            "INVITE" if stands else "UPDATE",
            now,
            lambda response, at: self._heard(leg, body, tries, response, at),
            headers,
            body,
            early="" if stands else next(iter(leg.agreed)),
        )

    def repeat(self, leg: Leg, now: float) -> None:
        """Our description once more, unchanged: a refresh of the session (RFC 4028 §7.4). Another offer that
        is open refreshes as well."""
        if leg.said and self._quiet(leg):
            self._send(leg, leg.said, 1, now)

    def _heard(self, leg: Leg, body: bytes, tries: int, response: Response, now: float) -> None:
        core = self._core
        leg.our_offer = None
        if leg.phase in {Phase.LEAVING, Phase.OVER} or leg.leaving_with is not None:
            return
        stands = leg.phase in {Phase.CONFIRMED, Phase.ACCEPTED}  # before, the INVITE's own outcome counts
        if stands and response.status in GONE:
            core.lost(leg, GONE[response.status], now)
        elif response.status < 300:
            if leg.phase is Phase.CONFIRMED:
                self._sessions.taken(leg, response, now)
            core.emit(OfferAnswered(leg.id, response))
            self.resume(leg, now)
        elif self._may_retry(response) and tries < MAX_TRIES:
            leg.offer_alarm = core.alarms.set(now + self._wait(leg), self._retry, leg, body, tries)
        else:
            core.emit(OfferRefused(leg.id, response.status))
            self.resume(leg, now)

    def _may_retry(self, response: Response) -> bool:
        return response.status == 491 or (
            response.status == 500 and response.headers.first("retry-after") is not None
        )

    def _retry(self, leg: Leg, body: bytes, tries: int, now: float) -> None:
        if leg.wanted_offer is not None or not self._quiet(leg):  # a newer wish, or theirs came first
            leg.wanted_offer = leg.wanted_offer if leg.wanted_offer is not None else body
            self.resume(leg, now)
        else:
            self._send(leg, body, tries + 1, now)

    def _wait(self, leg: Leg) -> float:
        """2.1..4 s for the side that made the Call-ID, 0..2 s for the other, in steps of 10 ms (§14.1).
        Chance is drawn from a token: this floor has no dice."""
        dice = crc32(self._core.new_token().encode())
        return 2.1 + dice % 191 / 100 if leg.invitation is not None else dice % 201 / 100
