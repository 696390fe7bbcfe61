"""Which door a leg came by: orders for a page's telephone go to the page, all others to SIP.

The Signalling port over two of them. An extension that has a page ready is rung there; else at its registered
telephones.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.adapters.webrtc_legs import BrowserLegs
from bridge.ports import DialOrder, Signalling


class LegRouter:
    """reachable: whether an extension is to be rung in its page."""

    def __init__(self, sip: Signalling, browsers: BrowserLegs, reachable: Callable[[str], bool]) -> None:
        self._sip, self._browsers, self._reachable = sip, browsers, reachable

    def _door(self, leg: str) -> Signalling:
        return self._browsers if self._browsers.has(leg) else self._sip

    def dial(self, leg: str, order: DialOrder) -> None:
        """In the page, or by INVITE."""
        target = order.target
        in_page = target.kind == "agent" and target.trunk is None and self._reachable(target.number)
        (self._browsers if in_page else self._sip).dial(leg, order)

    def move(self, leg: str, on: str, order: DialOrder) -> None:
        """Asked of an exchange."""
        self._sip.move(leg, on, order)

    def ring(self, leg: str, port: int, *, early: bool) -> None:
        """An inbound leg rings."""
        self._door(leg).ring(leg, port, early=early)

    def answer(self, leg: str, port: int) -> None:
        """An inbound leg is answered."""
        self._door(leg).answer(leg, port)

    def refuse(self, leg: str, status: int, reason: str, retry_after: int | None = None) -> None:
        """An inbound leg is refused."""
        self._door(leg).refuse(leg, status, reason, retry_after)

    def hang_up(self, leg: str, reason: str) -> None:
        """A leg ends."""
        self._door(leg).hang_up(leg, reason)

    def bring_home(self, leg: str) -> None:
        """Our own relay's addresses."""
        self._door(leg).bring_home(leg)

    def pass_digit(self, leg: str, digit: str) -> None:
        """A key towards the leg."""
        self._door(leg).pass_digit(leg, digit)

    def accept_key(self, leg: str) -> None:
        """The REFER is taken."""
        self._door(leg).accept_key(leg)

    def refuse_key(self, leg: str, status: int, reason: str) -> None:
        """The REFER is refused."""
        self._door(leg).refuse_key(leg, status, reason)

    def tell_key(self, leg: str, status: int, reason: str) -> None:
        """How the transfer goes."""
        self._door(leg).tell_key(leg, status, reason)
