"""Asks an exchange to move a call itself: REFER on the caller's leg, its reports as news of the leg dialled.

To the switchboard the target is a leg like any other; here it has no INVITE, only a question that is open.
"""

from __future__ import annotations

from bridge.adapters.sip_line import Line
from bridge.adapters.sip_targets import Targets
from bridge.calls.events import Lives, Moved, Refuses, Rings
from bridge.ports import DialOrder
from bridge.sip import events as ua


class Moves:
    """Open questions: the leg they were asked on -> the leg they stand for."""

    def __init__(self, line: Line, targets: Targets) -> None:
        self._line, self._targets = line, targets
        self._open: dict[str, str] = {}

    def ask(self, leg: str, on: str, order: DialOrder) -> None:
        """REFER on the leg `on`; what is told of it is told of `leg`."""
        target = self._targets.refer_to(order, self._line.clock.monotonic())
        if target is None:
            gone = Refuses(leg, 480, "Temporarily Unavailable")
            self._line.stack.soon(lambda: self._line.hear(gone))
            return
        self._open[on] = leg
        uri, headers = target
        self._line.stack.run(lambda agent, now: agent.refer(on, uri, now, headers))

    def drop(self, leg: str) -> bool:
        """The leg is given up; False: it is none of ours. What the exchange does cannot be called back: if it
        moves the caller all the same, their leg ends."""
        on = next((each for each, stands in self._open.items() if stands == leg), None)
        if on is None:
            return False
        del self._open[on]
        self._line.stack.run(lambda agent, _now: agent.give_up_refer(on))
        return True

    def told(self, event: ua.ReferTold) -> None:
        """How it goes."""
        leg, status = self._open.get(event.leg), event.status
        if leg is None:
            return
        if status >= 200:
            del self._open[event.leg]
        if status < 180:
            self._line.hear(Lives(leg))
        elif status < 200:
            self._line.hear(Rings(leg))
        elif status < 300:
            self._line.hear(Moved(leg))
        else:
            self._line.hear(Refuses(leg, status, event.reason))
