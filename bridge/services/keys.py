"""The key on any telephone: feature codes in the digits of whoever is with the caller, and the key by REFER.

The caller's own digits never make a transfer. A refused key is an answer to the phone, never a change of
the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import structlog

from bridge.calls.events import Types
from bridge.errors import BridgeError
from bridge.routing import feature_codes
from bridge.routing.feature_codes import NOTHING, Pressed
from bridge.services.switchboard import Switchboard

log = structlog.get_logger(__name__)


class Keys:
    """codes: feature code -> the route number it dials."""

    def __init__(self, switchboard: Switchboard, codes: Mapping[str, str]) -> None:
        self._switchboard, self._codes = switchboard, codes
        self._pressed: dict[str, Pressed] = {}

    def digit(self, leg: str, digit: str, at: float, by: Literal["rtp", "info"] = "rtp") -> None:
        """One key of a telephone; at: CLOCK_MONOTONIC seconds at which it was pressed to its end."""
        self._switchboard.on(Types(leg, digit, by))
        call = self._switchboard.of_leg(leg)
        if call is None or call.attendant is None or call.attendant.leg != leg:
            return
        state, number = feature_codes.step(self._codes, self._pressed.get(leg, NOTHING), digit, at)
        # Legs that are gone go with the next key anybody presses; there are never more than live telephones.
        alive = {each: kept for each, kept in self._pressed.items() if self._switchboard.of_leg(each)}
        self._pressed = {**alive, leg: state}
        if number is not None:
            self._press(leg, number, at)

    def _press(self, leg: str, number: str, at: float) -> None:
        try:
            self._switchboard.press(leg, number, "dtmf", at)
        except BridgeError as error:
            log.info("key.refused", leg=leg, via="dtmf", why=error.id)
