"""Calls that come back: one of ours, sent to an exchange that sends it to us again, and so on without end.

Max-Forwards ends that where every exchange on the way keeps it (RFC 7332), and many don't. So calls still
being set up are counted by what a loop cannot change: who calls, which number, and the trunk we rang for it.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from bridge.calls.call import Call, Phase
from bridge.calls.events import Offered
from bridge.errors import LoopDetected

MAX_RETURNS: Final = 10
"""Calls at once from one number to one number, each rung for at the trunk it came from, before another such
is a loop: an exchange that forwards a call makes one of them, a loop a hundred within a second."""

Circle = tuple[str, str, str]
"""Trunk, calling number, called number."""


class Returns:
    """What is being set up, and at which trunks."""

    def __init__(self) -> None:
        self._rung: Counter[Circle] = Counter()
        self._of: dict[str, set[Circle]] = {}

    def check(self, event: Offered) -> None:
        """Raises LoopDetected for a call that has come back too often."""
        if not self._rung or event.origin.kind != "trunk":
            return
        if self._rung[event.origin.name, event.caller, event.number] >= MAX_RETURNS:
            raise LoopDetected("it comes back again and again")

    def rung(self, call: Call, trunk: str | None) -> None:
        """Somebody at that trunk is rung for the call."""
        circle = (trunk or "", call.caller.number, call.number)
        mine = self._of.setdefault(call.id, set())
        if trunk and call.phase is Phase.SETUP and circle not in mine:
            mine.add(circle)
            self._rung[circle] += 1

    def settled(self, call_id: str) -> None:
        """It is answered, or over."""
        for circle in self._of.pop(call_id, ()):
            self._rung[circle] -= 1
            if not self._rung[circle]:
                del self._rung[circle]
