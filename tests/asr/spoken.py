"""The shipped recordings (tests/data/speech) with what is said in them, for tests with the real model."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from asr.audio import Clip, Upsampler, read_wav

SPEECH = Path(__file__).parent.parent / "data" / "speech"


@dataclass(frozen=True)
class Spoken:
    """One recording: 8 kHz WAV and its text as a recogniser would write it."""

    path: Path
    text: str
    clip: Clip

    def heard_in(self, text: str) -> bool:
        """Whether a recogniser's text is this one but for a slip: the runtime is judged, not the model."""
        return SequenceMatcher(None, self.text, "".join(text.split()), autojunk=False).ratio() > 0.85


def spoken(name: str) -> Spoken:
    """The recording of that name, e.g. "a_agent_1"."""
    path = SPEECH / f"{name}.wav"
    return Spoken(path, path.with_suffix(".txt").read_text().strip(), read_wav(path.read_bytes()))


def raised(clip: Clip, rate: int) -> Clip:
    """The clip at a higher rate."""
    up = Upsampler(clip.rate, rate)
    return Clip(rate, up.feed(clip.pcm) + up.flush())
