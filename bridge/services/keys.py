"""The key on any telephone: feature codes in the digits of whoever is with the caller.

One code presses the key, others lead the transfer in flight, others again are somebody else's (`more`). The
caller's own digits never do anything to the call, nor do the far desk's before the call is theirs;
`overheard` is told of every key. A refused key changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import structlog

from bridge.calls.call import Call
from bridge.calls.events import Types, Wish
from bridge.errors import BridgeError
from bridge.routing import feature_codes
from bridge.routing.feature_codes import NOTHING, PAUSE, Pressed
from bridge.services.recording_wishes import RecordingWishes
from bridge.services.switchboard import Switchboard

log = structlog.get_logger(__name__)


class Keys:
    """codes: feature code -> the route number it dials, or PAUSE; steering: feature code -> what it does with
    the transfer in flight; more: feature code -> what it does for whoever pressed it in a call; overheard:
    told of each key of a call's legs. No code holds another (`check_routes` and `check_waiting` see to
    it)."""

    def __init__(
        self,
        switchboard: Switchboard,
        codes: Mapping[str, str],
        steering: Mapping[str, Wish] | None = None,
        more: Mapping[str, Callable[[Call, str], None]] | None = None,
        overheard: Callable[[Call, str, str], None] | None = None,
    ) -> None:
        self._switchboard, self._overheard = switchboard, overheard
        self._recording = RecordingWishes(switchboard)
        self.renew(codes, steering or {}, more or {})

    def renew(
        self,
        codes: Mapping[str, str],
        steering: Mapping[str, Wish],
        more: Mapping[str, Callable[[Call, str], None]],
    ) -> None:
        """Other codes from now on; one that is half keyed is begun anew."""
        self._codes, self._steering, self._more = codes, steering, more
        self._known = {code: code for code in (*codes, *steering, *more)}
        self._pressed: dict[str, Pressed] = {}

    def digit(self, leg: str, digit: str, at: float, by: Literal["rtp", "info"] = "rtp") -> None:
        """One key of a telephone; at: CLOCK_MONOTONIC seconds at which it was pressed to its end."""
        self._switchboard.on(Types(leg, digit, by))
        call = self._switchboard.of_leg(leg)
        if call is not None and self._overheard is not None:
            self._overheard(call, leg, digit)
        if call is None or call.attendant is None or call.attendant.leg != leg:
            return
        state, code = feature_codes.step(self._known, self._pressed.get(leg, NOTHING), digit, at)
        # Legs that are gone go with the next key anybody presses; there are never more than live telephones.
        alive = {each: kept for each, kept in self._pressed.items() if self._switchboard.of_leg(each)}
        self._pressed = {**alive, leg: state}
        if code is not None:
            self._do(call, leg, code, at)

    def _do(self, call: Call, leg: str, code: str, at: float) -> None:
        if code in self._more:
            self._more[code](call, leg)
            return
        try:
            if self._codes.get(code) == PAUSE:
                self._recording.toggle(call.id)
            elif code in self._codes:
                self._switchboard.press(leg, self._codes[code], "dtmf", at)
            else:
                self._switchboard.steer(call.id, self._steering[code])
        except BridgeError as error:
            log.info("key.refused", leg=leg, via="dtmf", why=error.id)
