"""Keys in INFO requests of ours (RFC 2976 as telephones practise it, RFC 6086 §1): one at a time, in order.

Knows the two ways a key is written: `application/dtmf-relay`, which nearly everybody reads, and
`application/dtmf` for who refuses that.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from bridge.sip.core import Core
from bridge.sip.leg import Leg, Phase
from bridge.sip.message import Response

MAX_WAITING: Final = 32
"""Keys waiting for the answer to the one before; a peer that answers none gets no more."""
MILLISECONDS: Final = 160
"""How long we say the key was held: the shortest telephones send."""
NOT_SO: Final = frozenset({400, 415, 488, 501})
"""Answers of a peer that cannot read the first way of writing."""


class Infos:
    """INFO sent."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def press(self, leg: Leg, digit: str, now: float) -> None:
        """One key of 0-9, *, #, A-D; on a leg that isn't confirmed nothing happens."""
        if leg.phase is not Phase.CONFIRMED or leg.leaving_with is not None:
            return
        if leg.digits is None:
            leg.digits = deque((digit,))
            self._send(leg, now)
        elif len(leg.digits) < MAX_WAITING:
            leg.digits.append(digit)

    def _send(self, leg: Leg, now: float) -> None:
        if not leg.digits:
            leg.digits = None
            return
        digit = leg.digits[0]
        kind = "application/dtmf" if leg.plain_digits else "application/dtmf-relay"
        body = digit if leg.plain_digits else f"Signal={digit}\r\nDuration={MILLISECONDS}\r\n"
        headers = (("Content-Type", kind),)
        self._core.request(
            leg, "INFO", now, lambda answer, at: self._heard(leg, answer, at), headers, body.encode()
        )

    def _heard(self, leg: Leg, answer: Response, now: float) -> None:
        """A lost key is not worth the call: only a peer that no longer knows the call ends it (§12.2.1.2)."""
        if answer.status in NOT_SO and not leg.plain_digits:
            leg.plain_digits = True
        elif leg.digits:
            leg.digits.popleft()
        if answer.status == 481:
            self._core.lost(leg, "gone", now)
        elif leg.phase is Phase.CONFIRMED:
            self._send(leg, now)
