"""Writes the spoken files the project ships: the demo's calls (tests/data/speech) and the bridge's prompts.

Says data/scenes.txt and data/prompts.txt with espeak-ng; beside each scene's WAV goes the text as a
recogniser would write it. All files are 8 kHz mono 16-bit, peak -6 dBFS.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asr.audio import Clip, wav_bytes
from asr.samples import TELEPHONE_RATE, FloatSamples, resample, set_peak, to_float, to_int16
from asr.training.espeak import SAMPLE_RATE, Prosody, Utterance
from asr.training.synth import Order, say
from asr.training.text import DATA, data_lines, written

PEAK_DBFS: Final = -6.0
"""Loud enough against line noise, 6 dB below clipping in any codec."""

_PROSODY: Final = Prosody(rate=190, pitch=50, pitch_range=55)
"""A clear, unhurried telephone manner."""

_FADE: Final = 40
"""5 ms: espeak-ng's end of speech is otherwise a click."""


@dataclass(frozen=True, slots=True)
class Line:
    """One file to be spoken: its name without suffix, the voice variant, the text with punctuation."""

    name: str
    voice: str
    text: str


def read_lines(path: Path) -> list[Line]:
    """The file's lines `name | voice | text`; raises ValueError on a line of another shape."""
    lines = []
    for row in data_lines(path):
        name, voice, text = (field.strip() for field in row.split("|"))
        lines.append(Line(name, voice, text))
    return lines


def scenes() -> list[Line]:
    """The demo's calls."""
    return read_lines(DATA / "scenes.txt")


def prompts() -> list[Line]:
    """The bridge's announcements."""
    return read_lines(DATA / "prompts.txt")


def build(scene_folder: Path, prompt_folder: Path) -> list[Path]:
    """Writes every WAV, and a .txt beside each scene's; returns the WAV files. Raises RuntimeError on a
    crash."""
    files = []
    for folder, lines in ((scene_folder, scenes()), (prompt_folder, prompts())):
        folder.mkdir(parents=True, exist_ok=True)
        for line in lines:
            path = folder / f"{line.name}.wav"
            path.write_bytes(wav_bytes(telephone_clip(_speak(line))))
            files.append(path)
    for line in scenes():
        (scene_folder / f"{line.name}.txt").write_text(written(line.text) + "\n", encoding="utf-8")
    return files


def _speak(line: Line) -> FloatSamples:
    utterance = say(line.voice, [Order(line.text, _PROSODY)])[0]
    if utterance is None:
        raise RuntimeError(f"espeak-ng could not say {line.name} with voice {line.voice}")
    return set_peak(_fade(telephone(utterance)), PEAK_DBFS)


def telephone(utterance: Utterance) -> FloatSamples:
    """The utterance at 8 kHz."""
    return resample(to_float(utterance.samples), TELEPHONE_RATE / SAMPLE_RATE)


def telephone_clip(samples: FloatSamples) -> Clip:
    """8 kHz samples as a clip."""
    return Clip(TELEPHONE_RATE, to_int16(samples).astype("<i2").tobytes())


def _fade(samples: FloatSamples) -> FloatSamples:
    faded = samples.copy()
    for index in range(min(_FADE, len(faded))):
        faded[index] *= index / _FADE
        faded[-1 - index] *= index / _FADE
    return faded
