"""What all rooms of the user agent share: legs and dialogs by name, the way out, and requests within a
dialog.

Knows how a request of ours is addressed, authorised once and matched with its leg. The rules of each method
are in the rooms: `uac`, `uas`, `indialog`, `offers`, `referral`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.sip.dialog import Dialog
from bridge.sip.events import Ended
from bridge.sip.leg import Leg, Phase
from bridge.sip.message import Address, Request, Response
from bridge.sip.orders import HeaderTuple
from bridge.sip.timers import Timers
from bridge.sip.way_out import WayOut

MAX_LEGS: Final = 10_000
"""More than one machine can relay; a stranger's flood of INVITEs ends here with 503."""
METHODS: Final = (
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "REGISTER",
    "REFER",
    "NOTIFY",
    "INFO",
    "UPDATE",
    "PRACK",
)
ALLOW: Final = ("Allow", ", ".join(METHODS))
EXTENSIONS: Final = frozenset({"norefersub", "100rel", "timer", "replaces", "siprec"})
"""Option tags we understand in Require (RFC 4488, RFC 3262, RFC 4028, RFC 3891, RFC 7866)."""
SUPPORTED: Final = ("Supported", ", ".join(sorted(EXTENSIONS)))
SDP: Final = ("Content-Type", "application/sdp")
RETRY_AFTER: Final = ("Retry-After", "2")
"""For the 500 of a request that must wait for another (§14.2: 0..10 seconds)."""


def may_update(message: Request | Response) -> bool:
    """Whether the peer says it takes UPDATE (RFC 3311 §4)."""
    return any("UPDATE" in line for line in message.headers.all("allow"))


class Core(WayOut):
    """What all rooms share: every leg by name and by dialog."""

    def __init__(
        self,
        local: Address,
        new_token: Callable[[], str],
        product: str,
        timers: Timers,
        others: tuple[Address, ...] = (),
    ) -> None:
        super().__init__(local, new_token, product, timers, others)
        self.legs: dict[str, Leg] = {}
        self.lingering: dict[str, Leg] = {}
        self.dialogs: dict[tuple[str, str, str], Leg] = {}

    # --- legs ---

    def index(self, leg: Leg, dialog: Dialog) -> None:
        """Requests within this dialog are this leg's."""
        self.dialogs[dialog.id] = leg
        leg.known.append(dialog.id)

    def end(self, leg: Leg, now: float) -> None:
        """Forget a leg: nothing of it stays open, but its transfer is reported on to the end (RFC 5057
        §4.2)."""
        leg.phase = Phase.OVER
        self.settle(leg, now)
        for name in leg.known:
            self.dialogs.pop(name, None)
        if self.legs.pop(leg.id, None) is not None and leg.subscriptions:
            self.lingering[leg.id] = leg
            until = max(subscription.until for subscription in leg.subscriptions)
            self.alarms.set(until, self._lapse, leg)

    def _lapse(self, leg: Leg, _now: float) -> None:
        self.stop_reporting(leg)

    def stop_reporting(self, leg: Leg) -> None:
        """Nobody listens to how the leg's transfer goes on."""
        leg.subscriptions.clear()
        self.lingering.pop(leg.id, None)

    def settle(self, leg: Leg, now: float) -> None:
        """No more timers for it, and 487 for whatever of theirs is still unanswered (§15.1.2)."""
        self.alarms.cancel(leg.alarm)
        self.alarms.cancel(leg.offer_alarm)
        self.alarms.cancel(leg.session_alarm)
        if leg.unacknowledged is not None:
            self.alarms.cancel(leg.unacknowledged.alarm)
        if leg.provisionals is not None and leg.provisionals.sent is not None:
            self.alarms.cancel(leg.provisionals.sent.alarm)
        leg.alarm = leg.offer_alarm = leg.session_alarm = leg.unacknowledged = None
        leg.our_offer = leg.wanted_offer = None
        for server in (leg.server, leg.their_offer, leg.referral):
            self.reply(server, 487, now)
        leg.server = leg.their_offer = leg.referral = None

    def lost(self, leg: Leg, cause: str, now: float) -> None:
        """The far end is not there any more: BYE, for it may be, and tell the user unless it left itself
        (§12.2.1.2)."""
        if leg.phase in {Phase.LEAVING, Phase.OVER}:
            return
        told = leg.leaving_with is None
        self.leave(leg, now, leg.leaving_with or ())
        if told:
            self.emit(Ended(leg.id, cause))

    def leave(self, leg: Leg, now: float, headers: HeaderTuple = ()) -> None:
        """BYE, and forget the leg once it is answered or given up (§15.1.1)."""
        leg.phase = Phase.LEAVING
        self.settle(leg, now)
        self.request(leg, "BYE", now, lambda _response, at: self.end(leg, at), headers)

    def forget_early(self, leg: Leg, kept: str) -> None:
        """One branch answered: nothing the others of the fork say is the leg's any more."""
        for tag, dialog in leg.early.items():
            if tag != kept:
                self.dialogs.pop(dialog.id, None)
