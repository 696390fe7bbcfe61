"""Requests the far end sends within a dialog: sorted by dialog, sequence number and method (RFC 3261 §12.2.2,
§15.1.2).

BYE, INFO and OPTIONS are answered here; INVITE and UPDATE go to `offers`, PRACK to `reliable`, REFER to
`referral`, ACK to `uas`.
"""

from __future__ import annotations

from bridge.sip.carriage import Server
from bridge.sip.core import ALLOW, RETRY_AFTER, SUPPORTED, Core
from bridge.sip.envelope import Envelope
from bridge.sip.events import Discarded, Ended, InfoReceived
from bridge.sip.leg import Leg, Phase
from bridge.sip.message import Address, Request
from bridge.sip.offers import Offers
from bridge.sip.referral import Referrals
from bridge.sip.reliable import Reliable
from bridge.sip.uas import Callee


class InDialog:
    """Who gets a request with a To tag."""

    def __init__(
        self, core: Core, callee: Callee, reliable: Reliable, offers: Offers, referrals: Referrals
    ) -> None:
        self._core, self._callee, self._reliable = core, callee, reliable
        self._offers, self._referrals = offers, referrals

    def acknowledged(self, request: Request, envelope: Envelope, source: Address, now: float) -> None:
        """An ACK for a 2xx: a transaction of its own, never answered (§17.1)."""
        leg = self._leg(envelope)
        if leg is None:
            self._core.emit(Discarded("unmatched-ack", source))
        else:
            self._callee.acknowledged(leg, request, envelope.cseq.number, now)

    def received(self, server: Server, now: float) -> None:
        """Any other request with a To tag, checked by the door."""
        core = self._core
        leg = self._leg(server.envelope)
        if leg is None:
            core.reply(server, 481, now)
        elif not self._in_order(leg, server):
            core.reply(server, 500, now, RETRY_AFTER)
        else:
            self._take(leg, server, now)

    def _leg(self, envelope: Envelope) -> Leg | None:
        return self._core.dialogs.get((envelope.call_id, envelope.to_tag, envelope.from_tag))

    def _in_order(self, leg: Leg, server: Server) -> bool:
        """§12.2.2: a lower number than the last is out of order. An equal one that is no retransmission came
        twice by two paths, or long after; it is no new request either."""
        envelope = server.envelope
        number = envelope.cseq.number
        if leg.dialog is not None:
            if number <= leg.dialog.remote_cseq:
                return False
            leg.dialog = leg.dialog.received(number)
        elif (early := leg.early.get(envelope.from_tag)) is not None:
            if number <= early.remote_cseq:
                return False
            leg.early[envelope.from_tag] = early.received(number)
        return True

    def _take(self, leg: Leg, server: Server, now: float) -> None:
        match server.request.method:
            case "BYE":
                self._bye(leg, server, now)
            case "INVITE" | "UPDATE":
                self._offers.received(leg, server, now)
            case "PRACK":
                self._reliable.acknowledged(leg, server, now)
            case "REFER":
                self._referrals.received(leg, server, now)
            case "INFO":
                self._info(leg, server, now)
            case "OPTIONS":
                self._core.reply(server, 200, now, ALLOW, SUPPORTED, ("Accept", "application/sdp"))
            case "NOTIFY":  # we subscribe to nothing but what our REFERs lead to
                self._referrals.ours.notified(leg, server, now)
            case _:
                self._core.reply(server, 405, now, ALLOW)

    def _bye(self, leg: Leg, server: Server, now: float) -> None:
        core = self._core
        if leg.dialog is None:  # §15: the callee may not send one before its 2xx
            core.reply(server, 481, now)
            return
        reason = server.request.headers.first("reason") or ""
        core.reply(server, 200, now)
        if leg.phase is Phase.LEAVING:  # both at once: ours is still to be answered
            return
        told = leg.leaving_with is None
        core.end(leg, now)
        if told:
            core.emit(Ended(leg.id, "bye", reason))

    def _info(self, leg: Leg, server: Server, now: float) -> None:
        core, request = self._core, server.request
        core.reply(server, 200, now)
        if leg.phase is not Phase.LEAVING and leg.leaving_with is None:
            kind = (request.headers.first("content-type") or "").partition(";")[0].strip().lower()
            core.emit(InfoReceived(leg.id, kind, request.body))
