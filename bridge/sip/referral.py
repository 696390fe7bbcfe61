"""REFER received within a leg, and the NOTIFYs that report what came of it (RFC 3515, RFC 4488, RFC 5057).

Knows that a transfer is reported on to its end even when the phone that asked hung up meanwhile. What is done
about a REFER is decided elsewhere.
"""

from __future__ import annotations

from typing import Final

from bridge.errors import MalformedSip
from bridge.sip.carriage import Server
from bridge.sip.core import Core
from bridge.sip.events import ReferReceived
from bridge.sip.leg import Leg, Phase
from bridge.sip.matching import match
from bridge.sip.message import Response
from bridge.sip.refer import SUBSCRIPTION_SECONDS, Subscription, read_refer, sipfrag, wants_reports
from bridge.sip.referring import Referring
from bridge.sip.replaces import replaces_in

MAX_SUBSCRIPTIONS: Final = 4
"""REFERs of one leg reported on, the latest ones: presses of an impatient key, but no flood."""
NOT_SUBSCRIBED: Final = (408, 481, 489)
"""Answers to a NOTIFY that end the subscription (RFC 6665 §4.2.2)."""


class Referrals:
    """Their REFER and our NOTIFY; `ours` is the other way round."""

    def __init__(self, core: Core) -> None:
        self._core, self.ours = core, Referring(core)

    def received(self, leg: Leg, server: Server, now: float) -> None:
        """A REFER within the leg."""
        core = self._core
        if leg.phase is not Phase.CONFIRMED or leg.referral is not None:
            core.reply(
                server, 491, now
            )  # before the call stands, or while another REFER waits for its answer
            return
        try:
            refer_to, referred_by = read_refer(server.request)
            replaces = replaces_in(refer_to.uri)
        except MalformedSip:
            core.reply(server, 400, now)
            return
        leg.referral = server
        found = match(core, replaces) if replaces is not None else None
        core.emit(ReferReceived(leg.id, refer_to, referred_by, server.request, replaces, found))

    def accept(self, leg: Leg, now: float) -> None:
        """202, and the NOTIFY that must follow at once (RFC 3515 §2.4.4)."""
        server, leg.referral = leg.referral, None
        if server is None:
            return
        core = self._core
        if not wants_reports(server.request):
            core.reply(server, 202, now, core.own_contact(leg), ("Refer-Sub", "false"))
            return
        core.reply(server, 202, now, core.own_contact(leg))
        leg.refers += 1
        number = server.envelope.cseq.number if leg.refers > 1 else None
        subscription = Subscription(number, now + SUBSCRIPTION_SECONDS)
        leg.subscriptions.append(subscription)
        del leg.subscriptions[:-MAX_SUBSCRIPTIONS]
        self._notify(leg, subscription, 100, "Trying", now)

    def refuse(self, leg: Leg, status: int, reason: str, now: float) -> None:
        """No transfer; the call goes on."""
        server, leg.referral = leg.referral, None
        if server is not None:
            self._core.exchange.respond(server, status, now, reason)

    def notify(self, leg: Leg, status: int, reason: str, now: float) -> None:
        """Report how the transfer stands to every REFER of this leg; a final status is the last report."""
        for subscription in list(leg.subscriptions):
            if now < subscription.until:
                self._notify(leg, subscription, status, reason, now)
        if status >= 200 or all(now >= subscription.until for subscription in leg.subscriptions):
            self._core.stop_reporting(leg)

    def _notify(self, leg: Leg, subscription: Subscription, status: int, reason: str, now: float) -> None:
        headers = (self._core.own_contact(leg), *subscription.headers(status, now))
        self._core.request(
            leg,
            "NOTIFY",
            now,
            lambda response, _at: self._heard(leg, response),
            headers,
            sipfrag(status, reason),
        )

    def _heard(self, leg: Leg, response: Response) -> None:
        if response.status in NOT_SUBSCRIBED:
            self._core.stop_reporting(leg)
