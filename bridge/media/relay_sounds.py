"""Every sound a plan may name, loaded before the first call: voice must never wait for a disk.

The tones come from `tones`, prompts from `<folder>/<name>.wav`; the administrator's own folder goes over the
shipped one, name by name. A file that cannot be played is logged and left out (`bridge check` says so
beforehand). Prompts in a row ("prompts:a+b+c") are put together when a plan asks for them: all parts are in
memory, so it costs some microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from bridge.errors import UnusableSound
from bridge.media import tones
from bridge.media.g711 import RATE, Samples
from bridge.media.plan import SEQUENCE
from bridge.media.tones import RINGBACK, Cadence, Sound
from bridge.media.wav import read_samples

log = structlog.get_logger(__name__)

MAX_SECONDS: Final = 120
"""A longer prompt is a mistake; it would sit in memory three times over."""
MAX_MUSIC_SECONDS: Final = 900
"""All music on hold together: a quarter of an hour, 29 MB."""
MAX_FILE: Final = 256 << 20
"""Octets; a quarter of an hour of 48 kHz stereo has 173 MB."""
MAX_PARTS: Final = 16
"""Prompts in a row; the longest announcement has five."""


@dataclass(frozen=True, slots=True)
class Own:
    """The administrator's own sounds. prompts: a folder, or None; hold: music on hold, played one after the
    other for ever, () for the soft tone shipped; ringback: the country's cadence."""

    prompts: Path | None = None
    hold: tuple[Path, ...] = ()
    ringback: Cadence = RINGBACK


class Sounds:
    """What is loaded, by the names plans use."""

    def __init__(self, named: Mapping[str, Sound]) -> None:
        self._named = dict(named)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def get(self, name: str) -> Sound | None:
        """The sound, or None. Of prompts in a row the parts nobody has are left out."""
        if not name.startswith(SEQUENCE):
            return self._named.get(name)
        parts = [f"prompt:{part}" for part in name.removeprefix(SEQUENCE).split("+")[:MAX_PARTS]]
        found = [self._named[part] for part in parts if part in self._named]
        if len(found) < len(parts):
            log.warning("prompts left out", missing=[part for part in parts if part not in self._named])
        return tones.join(found) if found else None


def load_sounds(prompts: Path, own: Own | None = None) -> Sounds:
    """Everything: "ringback", "busy", "hold", "prompt:<name>"."""
    own = own or Own()
    sounds = tones.tones(own.ringback)
    for folder in (prompts, own.prompts):
        for path in sorted(folder.glob("*.wav")) if folder is not None else ():
            try:
                sounds[f"prompt:{path.stem}"] = tones.sound(read_prompt(path), loops=False)
            except (UnusableSound, OSError) as error:
                log.warning("prompt left out", file=str(path), error=str(error))
    if own.hold:
        try:
            sounds["hold"] = tones.sound(read_music(own.hold), loops=True)
        except (UnusableSound, OSError) as error:
            log.warning("music on hold left out", error=str(error))
    return Sounds(sounds)


def read_prompt(path: Path) -> Samples:
    """A prompt's samples. Raises UnusableSound, OSError."""
    return _read(path, MAX_SECONDS)


def read_music(paths: tuple[Path, ...]) -> Samples:
    """The files one after the other. Raises UnusableSound, OSError."""
    music = np.concatenate([_read(path, MAX_MUSIC_SECONDS) for path in paths])
    if music.size > MAX_MUSIC_SECONDS * RATE:
        raise UnusableSound(f"等待音乐合起来超过 {MAX_MUSIC_SECONDS} 秒；少放几首")
    return music


def _read(path: Path, seconds: int) -> Samples:
    if path.stat().st_size > MAX_FILE:
        raise UnusableSound(f"{path.name}：文件超过 {MAX_FILE >> 20} MB；截短或转成 8 kHz 单声道")
    try:
        samples = read_samples(path.read_bytes())
    except UnusableSound as error:
        raise UnusableSound(f"{path.name}：{error}") from None
    if samples.size > seconds * RATE:
        raise UnusableSound(f"{path.name}：长 {samples.size // RATE} 秒，最长 {seconds} 秒；截短它")
    return samples
