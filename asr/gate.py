"""Which parts of a stream a recogniser need not hear: silence, comfort noise, steady noise, tones.

Pure: samples in, events out; no clock, no threads, no Vosk. The stream is looked at in frames of 16 ms. A
frame is *voiced* when it is louder than the line's own noise (the quietest moments of the last seconds) and
not made of one or two pure tones (ringback, busy, DTMF). Voiced frames open the gate, from `PRE_ROLL` before
them, so that no first consonant is lost; `HANG_OVER` without one closes it. Between Begin and End the voice
is whole, without a hole in it: the time of a word is Begin's time and the recogniser's own, exactly.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.errors import AsrError

HOP: Final = 0.016
"""Seconds from one frame to the next; each is looked at through a Hann window of two hops."""
PRE_ROLL: Final = 0.3
"""Seconds heard again before the first voiced frame: longer than an unvoiced initial consonant."""
HANG_OVER: Final = 0.4
"""Seconds without voice that end an utterance: longer than the stop in a word (some 0.15 s), shorter than
Vosk's own 0.5 s and more, which count from what it has decoded, a good deal later."""
OPENING: Final = 3
"""Voiced frames in a row that open the gate: a click or the edge of a tone makes two."""
LOWEST: Final = -60.0
"""dB below full scale (of a square wave): quieter than this is a silent line; A-law's idle noise is -72, far
speech -45."""
MARGIN: Final = 6.0
"""dB above the line's noise that make a frame loud: noise itself varies by 3."""
PURE: Final = 0.999
"""Part of a frame's power in its strongest bins that makes it a tone (A-law leaves 0.0002 elsewhere);
the purest vowels leave more."""
STRONGEST: Final = 10
"""Bins two tones take under a Hann window, five each."""
DEEPEST: Final = 150.0
"""Hz below which nothing counts: mains hum and rumble."""
FLOOR_PART: Final = 0.5
FLOOR_PARTS: Final = 8
"""Seconds over which a minimum is taken, and how many of them make the noise floor: four seconds, in which
someone who speaks takes breath or closes his lips, and a noise does not."""
SMOOTH: Final = 0.4
"""Of a new frame in the level whose minimum is the floor."""

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Begin:
    """An utterance may begin: a recogniser is wanted. `at`: the sample of the stream it hears first."""

    at: int


@dataclass(frozen=True, slots=True)
class Voice:
    """To be heard: s16le samples that follow what was heard before."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class End:
    """Silence: the utterance is over, and its final result is wanted."""


Event = Begin | Voice | End


class Always:
    """The gate that is never shut: everything is heard, and only the recogniser ends utterances."""

    def __init__(self) -> None:
        self._open = False
        self._samples = 0

    def feed(self, pcm: bytes) -> list[Event]:
        """What to do about more of the stream; whole s16le samples."""
        began = [] if self._open else [Begin(self._samples)]
        self._open = True
        self._samples += len(pcm) // 2
        return [*began, Voice(pcm)]

    def finish(self) -> list[Event]:
        """The client asks for what it has said."""
        ended: list[Event] = [End()] if self._open else []
        self._open = False
        return ended


class Gate:
    """One stream's gate; `rate` in Hz of its samples, 8000 or more."""

    def __init__(self, rate: int) -> None:
        if rate < 8000:
            raise AsrError(f"{rate} Hz is no rate of speech")
        self._ear = Ear(rate)
        self._pre_roll = 2 * round(PRE_ROLL * rate)
        self._hang_over = round(HANG_OVER / HOP)
        self._open = False
        self._run = 0
        """Shut: voiced frames in a row; open: frames since the last voiced one."""
        self._samples = 0
        self._kept = b""
        """What came last and was not heard, PRE_ROLL of it at most."""

    def feed(self, pcm: bytes) -> list[Event]:
        """What to do about more of the stream; whole s16le samples."""
        events: list[Event] = []
        at = 0
        for end, voiced in self._ear.look(pcm):
            if self._turns(voiced):
                # A frame's end may lie in what came before: all of that has been kept or heard already.
                self._pass(pcm[at : max(at, end)], events)
                at = max(at, end)
                self._turn(events)
        self._pass(pcm[at:], events)
        return events

    def finish(self) -> list[Event]:
        """The client asks for what it has said: a voice that had just begun is heard too."""
        events: list[Event] = []
        if not self._open and self._run:
            self._turn(events)
        if self._open:
            self._turn(events)
        return events

    def _turns(self, voiced: bool) -> bool:
        """Counts one more frame; whether the gate opens or closes at its end."""
        self._run = self._run + 1 if voiced != self._open else 0
        return self._run >= (self._hang_over if self._open else OPENING)

    def _turn(self, events: list[Event]) -> None:
        self._open, self._run = not self._open, 0
        if not self._open:
            events.append(End())
            return
        events.append(Begin(self._samples - len(self._kept) // 2))
        if self._kept:
            events.append(Voice(self._kept))
            self._kept = b""

    def _pass(self, pcm: bytes, events: list[Event]) -> None:
        """Lets samples through, or keeps the last of them."""
        self._samples += len(pcm) // 2
        if not self._open:
            self._kept = (self._kept + pcm)[-self._pre_roll :]
        elif pcm and events and isinstance(last := events[-1], Voice):
            events[-1] = Voice(last.pcm + pcm)
        elif pcm:
            events.append(Voice(pcm))


class Ear:
    """Tells voice from the rest, frame by frame."""

    def __init__(self, rate: int) -> None:
        self._hop = round(HOP * rate)
        self._window = np.hanning(2 * self._hop + 1)[:-1].astype(np.float32)
        hertz = np.fft.rfftfreq(2 * self._hop, 1 / rate)
        self._heard = slice(int(np.searchsorted(hertz, DEEPEST)), int(np.searchsorted(hertz, 4000.0)))
        # A full-scale square wave has the power 1 in all bins together (both sides of the spectrum).
        self._unit = float(2.0 / (np.sum(self._window**2) * len(self._window) * 32768.0**2))
        self._rest: Samples = np.zeros(self._hop, np.int16)
        self._floor = Floor()

    def look(self, pcm: bytes) -> list[tuple[int, bool]]:
        """The frames that end in these samples: where (bytes into `pcm`), and whether there is voice."""
        samples = np.concatenate([self._rest, np.frombuffer(pcm, "<i2")])
        count = max(0, len(samples) // self._hop - 1)
        old = len(self._rest)
        self._rest = samples[count * self._hop :]
        return [
            (2 * ((number + 2) * self._hop - old), voiced)
            for number, voiced in enumerate(self._voiced(samples, count))
        ]

    def _voiced(self, samples: Samples, count: int) -> list[bool]:
        if not count:
            return []
        if int(samples.max()) <= SILENT and int(samples.min()) >= -SILENT:
            return [self._floor.loud(LOWEST) for _ in range(count)]  # LOWEST itself is never loud
        hops = samples[: (count + 1) * self._hop].reshape(count + 1, self._hop)
        windows = np.concatenate((hops[:-1], hops[1:]), axis=1)  # a third of what a sliding view costs
        spectrum = np.fft.rfft(windows * self._window, axis=1)[:, self._heard]
        power = spectrum.real**2 + spectrum.imag**2
        total = power.sum(axis=1)
        tones = np.partition(power, -STRONGEST, axis=1)[:, -STRONGEST:].sum(axis=1) > PURE * total
        levels = 10 * np.log10(total * self._unit + 1e-12)
        return [
            not tone and self._floor.loud(float(level)) for level, tone in zip(levels, tones, strict=True)
        ]


SILENT: Final = 16
"""Samples none of which is above this hold no voice: a square wave of it is -66 dB."""


class Floor:
    """The line's own noise: the least level of each half second, and the least of those."""

    def __init__(self) -> None:
        self._level = 0.0
        self._least = 0.0
        self._frames = 0
        self._parts: deque[float] = deque(maxlen=FLOOR_PARTS)

    def loud(self, level: float) -> bool:
        """Whether a frame of this level (dB) is above the noise and the silent line; counts it."""
        self._level = level if not self._frames else self._level + SMOOTH * (level - self._level)
        self._least = min(self._least, self._level)
        self._frames += 1
        if self._frames % round(FLOOR_PART / HOP) == 0:
            self._parts.append(self._least)
            self._least = 0.0
        # Before four seconds of a line are known it is taken for a silent one: rather too much is heard.
        floor = min(self._parts) if len(self._parts) == FLOOR_PARTS else LOWEST - MARGIN
        return level > max(LOWEST, floor + MARGIN)
