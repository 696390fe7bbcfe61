"""The small pieces that fit one room's port to another: the loop's timers, nobody's ears, whom legs tell."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

from bridge.calls.events import LegEvent, Refuses
from bridge.ports import Handle
from bridge.services.keys import Keys
from bridge.services.switchboard import Switchboard

ID_BYTES: Final = 8
AT_ONCE: Final = 256


class Tokens:
    """Fresh ids: 64 bits of chance in hex, so they are unique for ever and nobody guesses a call (RFC 3261
    §19.3 asks 32). A call needs a dozen: the kernel is asked for a few hundred at a time."""

    def __init__(self) -> None:
        self._pool: list[str] = []

    def __call__(self) -> str:
        """16 hex digits."""
        if not self._pool:
            drawn, length = secrets.token_hex(ID_BYTES * AT_ONCE), 2 * ID_BYTES
            self._pool = [drawn[at : at + length] for at in range(0, len(drawn), length)]
        return self._pool.pop()


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

    def abandon(self, leg: str) -> None:
        """Nobody listened."""
        self._on_done(leg)


class Ear:
    """Whom the endpoint tells: calls to the switchboard, digits to the keys; refused: told of legs we dialled
    in vain, with the status."""

    def __init__(
        self,
        switchboard: Switchboard,
        keys: Keys,
        refused: Callable[[str, int], None] = lambda leg, status: None,
    ) -> None:
        self.offered, self.refer = switchboard.offered, switchboard.refer
        self._on, self._refused = switchboard.on, refused
        self.refer_to_leg, self.refer_beyond = switchboard.refer_to_leg, switchboard.refer_beyond
        self._keys = keys

    def on(self, event: LegEvent) -> None:
        """Something happened to a leg; a refusal is noted while its trunk is known."""
        if isinstance(event, Refuses):
            self._refused(event.leg, event.status)
        self._on(event)

    def digit(self, leg: str, digit: str, at: float) -> None:
        """A key by INFO."""
        self._keys.digit(leg, digit, at, "info")
