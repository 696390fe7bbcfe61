"""What may be asked of a leg: called, answered, refused, hung up, offered anew, moved. Each command's outputs
are its answer.

Commands are harmless when they come late: a leg that is gone, or not in the state for it, changes nothing and
puts out nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.sip.compose import HeaderList
from bridge.sip.core import Core
from bridge.sip.events import Output
from bridge.sip.info import Infos
from bridge.sip.leg import Leg, Phase
from bridge.sip.offers import Offers
from bridge.sip.orders import HeaderTuple, Invitation
from bridge.sip.referral import Referrals
from bridge.sip.uac import Caller
from bridge.sip.uas import Callee


class Commands:
    """For all legs of one user agent."""

    def __init__(
        self, core: Core, caller: Caller, callee: Callee, offers: Offers, referrals: Referrals
    ) -> None:
        self._core, self._caller, self._callee = core, caller, callee
        self._offers, self._referrals, self._infos = offers, referrals, Infos(core)

    # --- calls ---

    def invite(self, leg: str, invitation: Invitation, now: float) -> list[Output]:
        """Call somebody. Raises ValueError when the leg exists."""
        self._caller.invite(leg, invitation, now)
        return self._taken()

    def ring(
        self,
        leg: str,
        now: float,
        status: int = 180,
        reason: str = "Ringing",
        headers: HeaderList = (),
        body: bytes = b"",
        *,
        reliably: bool = False,
    ) -> list[Output]:
        """A provisional response to a call that came in, 101..199; body: early media's SDP. It is a reliable
        one (RFC 3262) where the caller wants it so, and with `reliably` where the caller can."""
        check_status(status, 101, 199)
        return self._on(
            leg, lambda it: self._callee.ring(it, status, reason, now, headers, body, reliably=reliably)
        )

    def accept(self, leg: str, body: bytes, now: float, headers: HeaderList = ()) -> list[Output]:
        """Answer a call that came in with 200."""
        return self._on(leg, lambda it: self._callee.accept(it, body, now, headers))

    def refuse(
        self, leg: str, status: int, reason: str, now: float, headers: HeaderList = ()
    ) -> list[Output]:
        """Refuse a call that came in, 300..699; the leg is gone."""
        check_status(status, 300, 699)
        return self._on(leg, lambda it: self._callee.refuse(it, status, reason, now, headers))

    def hang_up(self, leg: str, now: float, headers: HeaderTuple = ()) -> list[Output]:
        """End a leg by whatever its state wants: CANCEL (held back until a provisional came, §9.1), 480, BYE
        (held back until the ACK came, §15). headers: for the BYE or 480; a CANCEL takes Reason only. Nothing
        more is said of it."""
        return self._on(leg, lambda it: self._hang_up(it, now, headers))

    def _hang_up(self, leg: Leg, now: float, headers: HeaderTuple) -> None:
        if leg.leaving_with is not None:
            return
        match leg.phase:
            case Phase.CALLING | Phase.PROCEEDING:
                self._caller.give_up(leg, now, headers)
            case Phase.OFFERED | Phase.ACCEPTED:
                self._callee.give_up(leg, now, headers)
            case Phase.CONFIRMED:
                self._core.leave(leg, now, headers)

    # --- within a call ---

    def answer_offer(self, leg: str, body: bytes, now: float) -> list[Output]:
        """Accept the far end's re-INVITE or UPDATE."""
        return self._on(leg, lambda it: self._offers.answer(it, body, now))

    def refuse_offer(self, leg: str, status: int, reason: str, now: float) -> list[Output]:
        """Refuse it, 300..699; the session stays as it was."""
        check_status(status, 300, 699)
        return self._on(leg, lambda it: self._offers.refuse(it, status, reason, now))

    def reinvite(self, leg: str, body: bytes, now: float) -> list[Output]:
        """Offer anew, at once or as soon as no other offer is open; of several waiting the last one is
        made."""
        return self._on(leg, lambda it: self._offers.make(it, body, now))

    def press(self, leg: str, digit: str, now: float) -> list[Output]:
        """A key (0-9, *, #, A-D) towards the far end by INFO."""
        return self._on(leg, lambda it: self._infos.press(it, digit, now))

    def accept_refer(self, leg: str, now: float) -> list[Output]:
        """202, and NOTIFY 100 Trying."""
        return self._on(leg, lambda it: self._referrals.accept(it, now))

    def refuse_refer(self, leg: str, status: int, reason: str, now: float) -> list[Output]:
        """Refuse a REFER, 300..699; the call goes on."""
        check_status(status, 300, 699)
        return self._on(leg, lambda it: self._referrals.refuse(it, status, reason, now))

    def refer(self, leg: str, target: str, now: float, headers: HeaderTuple = ()) -> list[Output]:
        """Ask the far end of an answered call to call the Refer-To `target`; `ReferTold` tells of it."""
        return self._on(leg, lambda it: self._referrals.ours.refer(it, target, now, headers))

    def give_up_refer(self, leg: str) -> list[Output]:
        """Hear no more of it."""
        return self._on(leg, self._referrals.ours.give_up)

    def notify(self, leg: str, status: int, reason: str, now: float) -> list[Output]:
        """Report how the transfer stands, 100..699, also after the leg that asked for it has hung up; from
        200 on the report is the last one (RFC 3515)."""
        check_status(status, 100, 699)
        found = self._core.legs.get(leg) or self._core.lingering.get(leg)
        if found is not None:
            self._referrals.notify(found, status, reason, now)
        return self._taken()

    # --- within ---

    def _on(self, name: str, do: Callable[[Leg], None]) -> list[Output]:
        leg = self._core.legs.get(name)
        if leg is not None:
            do(leg)
        return self._taken()

    def _taken(self) -> list[Output]:
        out = self._core.out
        taken = out[:]
        out.clear()
        return taken


def check_status(status: int, lowest: int, highest: int) -> None:
    """A wrong status is the caller's mistake, never a peer's."""
    if not lowest <= status <= highest:
        raise ValueError(f"status {status} is not within {lowest}..{highest}")
