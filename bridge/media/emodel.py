"""What a telephone call sounds like, from loss, delay and jitter: the E-model (ITU-T G.107) for G.711.

Only what changes from call to call is reckoned: delay (§7.4, Idd with the usual echo loss) and loss (§7.5,
Ie,eff with G.113's values for G.711 with concealment); everything else stands at G.107's defaults, whose
rating is 93.2. Pure numbers.
"""

from __future__ import annotations

from math import log2
from typing import Final, Literal

BEST: Final = 93.2
"""R with every parameter at its default (G.107 §7.7)."""
CONCEALED: Final = 25.1
"""Bpl of G.711 whose losses are concealed (G.113 appendix I, random loss)."""
FRAME_MS: Final = 20.0
"""One packet must be whole before it is sent."""
GOOD, FAIR = 4.0, 3.6
"""MOS above which most users are satisfied (R 80), and above which many still are (R 70): G.107 annex B."""


def rating(loss: float, delay_ms: float) -> float:
    """R, 0..93.2. loss: share of packets not played, 0..1; delay_ms: mouth to ear, one way."""
    return max(0.0, BEST - _delay(delay_ms) - _loss(loss))


def mos(r: float) -> float:
    """1.0..4.5 (G.107 annex B)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def quality(loss: float, jitter_ms: float, rtt_ms: float | None) -> float:
    """The MOS of one direction: a jitter buffer of twice the jitter is reckoned in, and half the round trip
    (0 while it is unknown)."""
    delay = FRAME_MS + 2 * jitter_ms + (rtt_ms or 0.0) / 2
    return round(mos(rating(min(max(loss, 0.0), 1.0), delay)), 2)


def light(value: float) -> Literal["green", "yellow", "red"]:
    """A MOS as a page shows it."""
    return "green" if value >= GOOD else "yellow" if value >= FAIR else "red"


def _delay(delay_ms: float) -> float:
    """Idd: nothing up to 100 ms, then more and more."""
    if delay_ms <= 100:
        return 0.0
    x = log2(delay_ms / 100)
    return 25.0 * float((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2)


def _loss(loss: float) -> float:
    """Ie,eff with Ie 0 and random loss (BurstR 1)."""
    percent = 100 * loss
    return 95 * percent / (percent + CONCEALED)
