"""The key on any telephone: feature codes in the digits of whoever is with the caller.

One code presses the key, others lead the transfer in flight. The caller's own digits never do anything, nor
do the far desk's before the call is theirs. A refused key changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import structlog

from bridge.calls.events import Types, Wish
from bridge.errors import BridgeError
from bridge.routing import feature_codes
from bridge.routing.feature_codes import NOTHING, Pressed
from bridge.services.switchboard import Switchboard

log = structlog.get_logger(__name__)


class Keys:
    """codes: feature code -> the route number it dials; steering: feature code -> what it does with the
    transfer in flight. No code holds another (`check_routes` sees to it)."""

    def __init__(
        self, switchboard: Switchboard, codes: Mapping[str, str], steering: Mapping[str, Wish] | None = None
    ) -> None:
        self._switchboard, self._codes, self._steering = switchboard, codes, steering or {}
        self._known = {code: code for code in (*codes, *self._steering)}
        self._pressed: dict[str, Pressed] = {}

    def digit(self, leg: str, digit: str, at: float, by: Literal["rtp", "info"] = "rtp") -> None:
        """One key of a telephone; at: CLOCK_MONOTONIC seconds at which it was pressed to its end."""
        self._switchboard.on(Types(leg, digit, by))
        call = self._switchboard.of_leg(leg)
        if call is None or call.attendant is None or call.attendant.leg != leg:
            return
        state, code = feature_codes.step(self._known, self._pressed.get(leg, NOTHING), digit, at)
        # Legs that are gone go with the next key anybody presses; there are never more than live telephones.
        alive = {each: kept for each, kept in self._pressed.items() if self._switchboard.of_leg(each)}
        self._pressed = {**alive, leg: state}
        if code is not None:
            self._do(call.id, leg, code, at)

    def _do(self, call_id: str, leg: str, code: str, at: float) -> None:
        try:
            if code in self._codes:
                self._switchboard.press(leg, self._codes[code], "dtmf", at)
            else:
                self._switchboard.steer(call_id, self._steering[code])
        except BridgeError as error:
            log.info("key.refused", leg=leg, via="dtmf", why=error.id)
