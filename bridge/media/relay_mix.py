"""Legs on the 20 ms clock: those that hear a sound, or more than one voice.

Strategy: calls are spread over four groups, each with its own 5 ms slot, so that a hundred mixes do not
come all at once before the next relayed packet. In a call's turn each heard leg gives one frame from its
jitter buffer (once, whoever hears it); each timed leg gets the sum of what it hears and its sound. A sound
alone is sent as it was encoded.
"""

from __future__ import annotations

from bridge.media import g711
from bridge.media.g711 import FRAME, Samples
from bridge.media.mixer import mix_encoded
from bridge.media.relay_digits import Typing
from bridge.media.relay_leg import Leg, Playing
from bridge.media.relay_voice import Voice
from bridge.media.rtp import MARKER

GROUPS = 4
_SILENT_FRAME = {codec: bytes([octet]) * FRAME for codec, octet in g711.SILENCE.items()}


class Mixer:
    """The timed legs of every call. `turn` returns the legs whose sound ended in it."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._groups: tuple[dict[str, tuple[Leg, ...]], ...] = tuple({} for _ in range(GROUPS))
        self._next = 0
        self._group_of: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._group_of)

    def set_timed(self, call: str, legs: tuple[Leg, ...]) -> None:
        """The call's timed legs from now on; none: the call needs no clock."""
        group = self._group_of.pop(call, None)
        if group is not None:
            del self._groups[group][call]
        if legs:
            group = self._next if group is None else group
            self._next = (self._next + 1) % GROUPS
            self._group_of[call] = group
            self._groups[group][call] = legs

    def turn(self, group: int, now: float) -> list[Leg]:
        """Sends 20 ms to every timed leg of a group."""
        ended: list[Leg] = []
        for legs in self._groups[group].values():
            frames: dict[str, Samples | None] = {}
            for leg in legs:
                if self._frame(leg, frames, now):
                    ended.append(leg)
        return ended

    def skip(self, frames: int) -> None:
        """The clock lost so many frames (the process stood still): each leg leaps over them."""
        for calls in self._groups:
            for legs in calls.values():
                for leg in legs:
                    leg.late_frames += frames

    def _frame(self, leg: Leg, frames: dict[str, Samples | None], now: float) -> bool:
        """One leg's frame; True when its sound or the keys pressed towards it ended."""
        steps, leg.late_frames = 1 + leg.late_frames, 0
        heard = [frame for source in leg.mixed if (frame := _heard(source, frames, steps, now)) is not None]
        at = leg.playing.step(steps) if leg.playing is not None else None
        over = leg.playing is not None and at is None
        if leg.latch.send is not None:
            numbers = leg.stream.frame(now, steps)
            if leg.typing is None or not self._type(leg, leg.typing, numbers):
                second = (MARKER if leg.stream.take_mark() else 0) | leg.payload_type
                self._voice.send(leg, second, numbers, _sum(leg, leg.playing, at, heard))
        return over or (leg.typing is not None and leg.typing.over)

    def _type(self, leg: Leg, typing: Typing, numbers: tuple[int, int]) -> bool:
        """A key's packet in place of a frame of voice; False: it is the voice's turn."""
        event = typing.step(numbers[1])
        if event is None or leg.plan.dtmf is None:
            return False
        second = (MARKER if event.begins else 0) | leg.plan.dtmf
        self._voice.send(leg, second, (numbers[0], event.timestamp), event.payload)
        return True


def _heard(source: Leg, frames: dict[str, Samples | None], steps: int, now: float) -> Samples | None:
    """The newest of the source's next `steps` frames, taken once per turn; None while it is silent."""
    if source.id not in frames:
        frames[source.id] = None if source.mix_buffer is None else source.mix_buffer.frame(now, steps)
    return frames[source.id]


def _sum(leg: Leg, playing: Playing | None, at: int | None, heard: list[Samples]) -> bytes:
    """The G.711 octets of one frame."""
    if playing is not None and at is not None:
        if not heard:
            return playing.sound.octets[leg.codec][at]
        heard = [*heard, playing.sound.frames[at]]
    return mix_encoded(leg.codec, heard) if heard else _SILENT_FRAME[leg.codec]
