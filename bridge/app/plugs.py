"""The small pieces that fit one room's port to another: the loop's timers, nobody's ears, whom legs tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bridge.ports import Handle
from bridge.services.keys import Keys
from bridge.services.switchboard import Switchboard


class LoopTimers:
    """The Timers port over the running loop."""

    def after(self, seconds: float, then: Callable[[], None]) -> Handle:
        """Call `then` once, `seconds` from now."""
        return asyncio.get_running_loop().call_later(seconds, then)


class Deaf:
    """The Ears port where transcription is switched off: every leg is heard out as soon as it ends."""

    def __init__(self, on_done: Callable[[str], None]) -> None:
        self._on_done = on_done

    def open(self, leg: str) -> None:
        """Nobody listens."""

    def feed(self, leg: str, at: float, pcm: bytes) -> None:
        """Nobody listens."""

    def close(self, leg: str) -> None:
        """Nobody listened."""
        self._on_done(leg)


class Ear:
    """Whom the endpoint tells: calls to the switchboard, digits to the keys."""

    def __init__(self, switchboard: Switchboard, keys: Keys) -> None:
        self.offered, self.on, self.refer = switchboard.offered, switchboard.on, switchboard.refer
        self.digit = keys.digit
