"""A target is dialled: by an INVITE of ours, or by asking the exchange to move its own call.

Where that cannot be done now (no channel of the trunk free, no port for the voice) the leg is refused by
ourselves, in the next turn, as if the far side had: the call's rule tries the next target.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.calls.actions import Dial
from bridge.calls.call import Call, Transfer, seat
from bridge.calls.events import LegEvent, Refuses
from bridge.calls.journey import referrer, way_on
from bridge.calls.passing import may_pass
from bridge.calls.referring import moves
from bridge.errors import Overload
from bridge.ports import DialOrder, Lines, Media, Signalling, Timers
from bridge.services.alarms import RingAlarms
from bridge.services.returns import Returns


class Dialling:
    """letter: what the far side is told in the INVITE; on: told of a leg we refuse ourselves."""

    def __init__(
        self,
        *,
        signalling: Signalling,
        media: Media,
        timers: Timers,
        lines: Lines,
        letter: Callable[[Call, Transfer | None], tuple[tuple[str, str], ...]],
        alarms: RingAlarms,
        returns: Returns,
        on: Callable[[LegEvent], None],
    ) -> None:
        self._signalling, self._media, self._timers, self._lines = signalling, media, timers, lines
        self._letter, self._alarms, self._returns, self._on = letter, alarms, returns, on

    def dial(self, call: Call, dial: Dial) -> Call:
        """The INVITE goes out; the call with our port for the leg."""
        target, transfer = dial.target, _transfer(call, dial)
        if transfer is not None and moves(call, transfer, target):
            self._signalling.move(dial.leg, call.caller.leg, self._order(call, dial, 0))
            self._alarms.arm(dial.leg, target)
            return call
        if target.trunk and not self._lines.take(dial.leg, target.trunk, emergency=target.emergency):
            self._not_now(Refuses(dial.leg, 486, "no free channel"))
            return call
        try:
            port = self._media.take_port()
        except Overload:
            self._not_now(Refuses(dial.leg, 503, "no media port"))
            return call
        self._signalling.dial(dial.leg, self._order(call, dial, port))
        self._returns.rung(call, target.trunk)
        self._alarms.arm(dial.leg, target)
        return seat(call, dial.leg, port)

    def _order(self, call: Call, dial: Dial, port: int) -> DialOrder:
        transfer = _transfer(call, dial)
        if call.supervisor(dial.leg) is not None:  # nobody's call is passed on to them
            return DialOrder(dial.target, port, call.caller.number, (), call.display, call.private)
        return DialOrder(
            dial.target,
            port,
            call.caller.number,
            self._letter(call, transfer),
            call.display,
            call.private,
            way_on(call, transfer),
            referrer(call, transfer),
            call.hops - 1,
            call.caller.leg if call.relay == "rtpengine" and may_pass(call, dial.target) else "",
        )

    def _not_now(self, refusal: Refuses) -> None:
        self._timers.after(0.0, lambda: self._on(refusal))


def _transfer(call: Call, dial: Dial) -> Transfer | None:
    """The transfer this leg is dialled for."""
    return call.transfer if call.transfer and call.transfer.recipient == dial.leg else None
