"""A telephone line: what is left of clean speech at the far end of a call.

Pure; all chance is seeded by the line's seed and the recording's name, so that a recording meets the same
noise in every run and beside whatever others. In the order of a real call: the room's noise and the voice go
through the telephone band together (300-3400 Hz, ITU-T G.712), then G.711, then packets are lost in bursts
(Gilbert's two states). A lost packet is silence, as this bridge gives it to its recogniser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from zlib import crc32

import numpy as np

from asr.samples import (
    TELEPHONE_RATE,
    FloatSamples,
    Noise,
    add_noise,
    band_pass,
    noise,
    through_alaw,
    through_ulaw,
    to_rate,
)

Band = Literal["none", "phone"]
Codec = Literal["alaw", "ulaw"]

LOW: Final = 300.0
HIGH: Final = 3400.0
_ORDERS: Final = (4, 10)
"""24 dB an octave below; above so steep that 4 kHz is 14 dB down, as G.712 asks."""
_PACKET: Final = TELEPHONE_RATE * 20 // 1000
_NOISES: Final = {"white": "白噪声", "pink": "粉红噪声", "hum": "交流声", "bursts": "阵发噪声"}
_CODECS: Final = {"alaw": "A 律", "ulaw": "µ 律"}


@dataclass(frozen=True, slots=True)
class Line:
    """`snr_db`: noise below the speech's active level, None for none; `loss`: share of 20 ms packets lost,
    0..1, in bursts of `burst` packets on average. Codec and loss belong to the telephone band only."""

    band: Band = "none"
    codec: Codec = "alaw"
    snr_db: float | None = None
    noise: Noise = "pink"
    loss: float = 0.0
    burst: float = 3.0
    seed: int = 2023

    def __str__(self) -> str:
        """For people, in Chinese."""
        parts = []
        if self.band == "phone":
            parts.append(f"电话 {LOW:.0f}–{HIGH:.0f} Hz、{_CODECS[self.codec]}")
        if self.snr_db is not None:
            parts.append(f"{_NOISES[self.noise]}信噪比 {self.snr_db:g} dB")
        if self.loss:
            parts.append(f"丢包 {self.loss:.1%}(每次平均 {self.burst:g} 个)")
        if self.snr_db is not None or self.loss:
            parts.append(f"种子 {self.seed}")
        return "、".join(parts) or "原音"


def carry(line: Line, samples: FloatSamples, rate: int, name: str) -> tuple[FloatSamples, int]:
    """The recording called `name` as it arrives, and its rate (8000 Hz from a telephone)."""
    chance = np.random.default_rng((line.seed, crc32(name.encode())))
    if line.band == "phone":
        samples, rate = to_rate(samples, rate, TELEPHONE_RATE), TELEPHONE_RATE
    hiss = None if line.snr_db is None else noise(line.noise, len(samples), rate, chance)
    if line.band == "phone":
        samples, hiss = _banded(samples), None if hiss is None else _banded(hiss)
    if hiss is not None and line.snr_db is not None:
        samples = add_noise(samples, hiss, line.snr_db, rate)
    if line.band == "phone":
        samples = (through_alaw if line.codec == "alaw" else through_ulaw)(samples)
        samples = _with_losses(samples, line, chance)
    return samples, rate


def _banded(samples: FloatSamples) -> FloatSamples:
    return band_pass(samples, TELEPHONE_RATE, LOW, HIGH, _ORDERS)


def _with_losses(samples: FloatSamples, line: Line, chance: np.random.Generator) -> FloatSamples:
    if not line.loss:
        return samples
    packets = -(-len(samples) // _PACKET)
    kept = np.repeat(~lost(packets, line.loss, line.burst, chance), _PACKET)[: len(samples)]
    return np.where(kept, samples, np.float32(0)).astype(np.float32)


def lost(packets: int, loss: float, burst: float, chance: np.random.Generator) -> np.ndarray:
    """Which packets are lost: a run of good ones, a run of lost ones, each of random (geometric) length."""
    out = np.zeros(packets, bool)
    good = burst * (1 - loss) / loss
    at = _run(good, chance)
    while at < packets:
        length = _run(burst, chance)
        out[at : at + length] = True
        at += length + _run(good, chance)
    return out


def _run(mean: float, chance: np.random.Generator) -> int:
    return int(chance.geometric(min(1.0, 1 / mean)))
